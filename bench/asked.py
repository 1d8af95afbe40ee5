"""The classes of query that are timed: what each is called, and how a query of it is made; not the timing."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.builders import words

if TYPE_CHECKING:
    from bench.world import World

USUAL = ("tests", "returns", "socket", "index", "order", "branch", "parser", "retry", "token", "commit")
QUESTIONS = (
    "why does the retry of the socket wait so long",
    "which branch did we deploy after the rollback",
    "when should the parser drop a broken token",
    "how do we move the ledger to the other warehouse",
)
EVERYWHERE = ("error", "moved", "waits", "return", "limit", "update")
"""Words that a third of all messages have."""
LETTERS = "acdeiloprst"
SINCE = "2026-06-01"
"""A day after which a third of the corpus's messages were written."""

PLAIN = {
    "rare": ("rare word", "{rare}"),
    "common": ("common word", "{word}"),
    "several": ("several words", "{five}"),
    "question": ("question", "{question}"),
    "phrase": ("phrase", "{phrase}"),
    "prefix": ("prefix", "{prefix}"),
    "filtered": ("filtered", "{word} project:shop role:assistant"),
}
"""By name what a class is called, and a query with places for what differs."""
FILTERED = {
    "project": ("word, `project:`", "{word} project:shop"),
    "role": ("word, `role:`", "{word} role:assistant"),
    "kind": ("word, `kind:`", "{word} kind:tool_result"),
    "tool": ("word, `tool:`", "{word} tool:bash"),
    "agent": ("word, `agent:`", "{word} agent:claude"),
    "file": ("word, `file:`", "{word} file:{file}"),
    "session": ("word, `session:`", "{word} session:{session}"),
    "branch": ("word, `branch:`", "{word} branch:basket"),
    "since": ("word, `since:`", "{word} since:" + SINCE),
    "until": ("word, `until:`", "{word} until:" + SINCE),
    "in": ("word, `in:`", "{word} in:tools"),
    "refused": ("word, `-project:`, `-session:`", "{word} -project:shop -session:{session}"),
    "several_project": ("several words, `project:`", "{five} project:shop"),
    "several_since": ("several words, `since:`", "{five} since:" + SINCE),
    "several_file": ("several words, `file:`, `tool:`", "{five} file:{file} tool:bash"),
    "several_branch": ("several words, `branch:`, `role:`", "{five} branch:basket role:user"),
    "question_project": ("question, `project:`", "{question} project:shop"),
    "question_since": ("question, `since:`, `in:`", "{question} in:conversation since:" + SINCE),
    "phrase_role": ("phrase, `role:`", "{phrase} role:assistant"),
    "phrase_since": ("phrase, `since:`, `kind:`", "{phrase} kind:tool_result since:" + SINCE),
    "prefix_project": ("prefix, `project:`", "{prefix} project:shop"),
    "only_filters": ("nothing but `role:`, `since:`", "role:user since:" + SINCE),
}
"""The same classes inside conditions, likewise."""
EXTREME = {
    "everywhere": ("words that are everywhere", "{everywhere}"),
    "fifty": ("fifty words", "{fifty}"),
    "letter": ("one letter and `*`", "{letter}*"),
    "inside": ("two letters inside words", "*{letter}{letter2}*"),
}
"""What nobody should ask, likewise."""
CLASSES = {**PLAIN, **FILTERED, **EXTREME}


def makers(world: World) -> dict[str, Callable[[random.Random], str]]:
    """Return by its name what makes a query of each class, from what stands in the memory."""
    values = _values(world)
    return {name: _maker(template, values) for name, (_, template) in CLASSES.items()}


def _maker(template: str, values: dict[str, Callable[[random.Random], str]]) -> Callable[[random.Random], str]:
    def make(chance: random.Random) -> str:
        return re.sub(r"\{(\w+)\}", lambda place: values[place[1]](chance), template)

    return make


def _values(world: World) -> dict[str, Callable[[random.Random], str]]:
    """Return what is put into a place of a query."""
    rare = world.planted("reply") + world.planted("tool_result") + world.planted("prompt")
    paths = "SELECT path FROM tool_calls WHERE path IS NOT NULL LIMIT 500"
    files = [path.rpartition("/")[2] for (path,) in world.ask(paths)]
    sessions = [session for (session,) in world.ask("SELECT session FROM sessions ORDER BY messages DESC LIMIT 50")]
    return {
        "rare": lambda chance: chance.choice(rare),
        "word": lambda chance: chance.choice(USUAL),
        "five": lambda chance: " ".join(chance.sample(USUAL, 5)),
        "question": lambda chance: chance.choice(QUESTIONS),
        "phrase": lambda chance: '"' + " ".join(chance.sample(USUAL, 2)) + '"',
        "prefix": lambda chance: chance.choice(USUAL)[:4] + "*",
        "file": lambda chance: chance.choice(files),
        "session": lambda chance: chance.choice(sessions),
        "everywhere": lambda chance: " ".join(chance.sample(EVERYWHERE, 2)),
        "fifty": lambda chance: " ".join(chance.sample(words.WORDS, 50)),
        "letter": lambda chance: chance.choice(LETTERS),
        "letter2": lambda chance: chance.choice(LETTERS),
    }
