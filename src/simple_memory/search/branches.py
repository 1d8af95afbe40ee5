"""Sessions by the branch that a word of a query names, as one more way to match; the filter `branch:` is another."""

from __future__ import annotations

from collections.abc import Sequence

from simple_memory.search import query, words
from simple_memory.store import hits, index

TYPE_CHECKING = False
if TYPE_CHECKING:
    import tantivy

SCORE = 2.0
"""What standing in such a session is worth to a prompt: less than a rare word, more than a common one."""
USUAL = frozenset({"main", "master", "develop", "dev", "trunk", "head"})
"""Branches that name nothing: the words mean other things."""


def parts(store: hits.HitStore, schema: tantivy.Schema, sought: Sequence[query.Clause]) -> list[words.Part]:
    """Return what the `sought` words match by naming a branch, or the last part of one: prompts of its sessions."""
    import tantivy

    typed = {clause.text.lower() for clause in sought if clause.kind is query.Kind.WORD} - USUAL
    if not typed:
        return []
    made = []
    for branch in store.branches():
        name = branch.lower()
        named = {name, name.rpartition("/")[2]} & typed
        if not named or name in USUAL:
            continue
        sessions = tantivy.Query.term_set_query(schema, index.SESSION, store.sessions_on_branch(branch))
        prompts = tantivy.Query.term_query(schema, index.TAGS, index.tag("kind", "prompt"), "basic")
        both = tantivy.Query.boolean_query([(tantivy.Occur.Must, sessions), (tantivy.Occur.Must, prompts)])
        scored = tantivy.Query.const_score_query(both, SCORE)
        made.append(words.Part(max(named), "branch", "", scored))
    return made
