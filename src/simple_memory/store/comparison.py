"""What a store tells, as digests by session, so that two stores can be compared without holding either in memory."""

from __future__ import annotations

import hashlib

import apsw

_TOLD = {
    "projects": "SELECT project, name, sessions, messages, started_at, ended_at FROM projects",
    "sessions": """
        SELECT session, agent, project, parent, kind, title, started_at, ended_at, messages, shown, prompts, turns,
            tool_calls, tool_results, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, model, branch,
            version
        FROM sessions
    """,
    "messages": """
        SELECT m.session, m.position, m.turn, m.uuid, m.parent_uuid, m.role, m.kind, m.timestamp, m.model, m.text,
            m.is_sidechain, counts.session, counts.position
        FROM messages AS m LEFT JOIN messages AS counts ON counts.id = m.copy_of
    """,
    "tool_calls": """
        SELECT t.session, t.call_id, t.name, t.input, t.path, t.result, t.extra, t.result_chars, t.is_error,
            t.output_name, t.ended_at, called.position, answered.position
        FROM tool_calls AS t LEFT JOIN message AS called ON called.id = t.message_id
            LEFT JOIN message AS answered ON answered.id = t.result_message_id
    """,
    "attachments": "SELECT session, position, kind, name, media_type, size_bytes, timestamp, text FROM attachments",
    "usage": """
        SELECT session.session, count(*), sum(response.input_tokens), sum(response.output_tokens),
            sum(response.cache_read_tokens), sum(response.cache_write_tokens), sum(response.cache_write_1h_tokens)
        FROM response JOIN session ON session.id = response.session_id GROUP BY session.id
    """,
    "notes": "SELECT session, position, kind, timestamp, text FROM notes",
}
"""What is promised of a store and comes from transcripts alone: no ids, no times of ours. The first column groups."""

Digests = dict[tuple[str, str], tuple[int, int]]
"""(view, session or project) → (number of rows, sum of their digests): the same whatever the order of the rows."""


def digests(connection: apsw.Connection) -> Digests:
    """Return what the store of a reader's connection tells. Raises apsw.Error, StoreDamaged."""
    found: Digests = {}
    for view, sql in _TOLD.items():
        for row in connection.execute(sql):
            digest = int.from_bytes(hashlib.sha256(repr(row).encode("utf-8", "surrogatepass")).digest()[:16], "big")
            number, total = found.get((view, str(row[0])), (0, 0))
            found[view, str(row[0])] = (number + 1, (total + digest) % (1 << 128))
    return found


def differences(ours: Digests, wanted: Digests) -> list[str]:
    """Return a sentence for each group of rows that is not the same in both."""
    told = []
    for key in sorted(ours.keys() | wanted.keys()):
        here, there = ours.get(key, (0, 0)), wanted.get(key, (0, 0))
        if here != there:
            numbers = f"{here[0]:,} rows instead of {there[0]:,}" if here[0] != there[0] else "other contents"
            told.append(f"{key[0]} of {key[1]}: {numbers}")
    return told
