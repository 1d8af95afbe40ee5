"""A small database made of rows, for tests that read; not how transcripts become rows."""

from __future__ import annotations

import apsw

from simple_memory import config
from simple_memory.store import connection, packing

SHOP = "11111111-1111-4111-8111-111111111111"
BLOG = "22222222-2222-4222-8222-222222222222"
AGENT = f"{SHOP}/agent-abc123"
LONG = "line of a long tool result\n" * 400


TALK = (
    (1, 1, 0, "user", "prompt", "The cart total is wrong by one cent"),
    (2, 1, 1, "assistant", "tool_call", ""),
    (3, 1, 2, "user", "tool_result", ""),
    (4, 1, 3, "assistant", "reply", "Rounding happens twice; I fixed money.py"),
    (5, 2, 0, "user", "prompt", "Explain the WAL of SQLite"),
    (6, 2, 1, "assistant", "thinking", "They want checkpoints explained"),
    (7, 2, 2, "assistant", "reply", "The write-ahead log keeps pages until a checkpoint"),
    (8, 3, 0, "user", "sidechain", "Find every place that rounds"),
    (9, 3, 1, "assistant", "reply", "money.py and invoice.py round"),
)
"""Id, session number, position, role, kind and text of every message."""


def make(home: config.Home) -> None:
    """Make the home and fill its database: two sessions with a sub-agent, nine messages, one tool call."""
    config.make_home(home)
    writer = connection.open_writer(home)
    writer.execute("BEGIN")
    _add_sessions(writer)
    _add_messages(writer)
    _add_call(writer)
    writer.execute(
        "UPDATE counter SET messages = 9, sessions = 2, subagents = 1, projects = 2, tool_calls = 1, tool_results = 1,"
        " transcripts = 3, last_sync_at = '2026-01-09T00:00:00.000Z'"
    )
    writer.execute("UPDATE index_state SET indexed_to = 9, indexed_at = '2026-01-09T00:00:00.000Z'")
    writer.execute("COMMIT")
    writer.close()


def _add_sessions(writer: apsw.Connection) -> None:
    writer.execute(
        "INSERT INTO project (id, path, name) VALUES (1, '/home/ada/shop', 'shop'), (2, '/home/ada/blog', 'blog')"
    )
    for number, (session, project, kind, parent, title) in enumerate(
        (
            (SHOP, 1, "main", None, "Fix the cart total"),
            (BLOG, 2, "main", None, "Write about SQLite"),
            (AGENT, 1, "subagent", SHOP, "Look for rounding"),
        ),
        start=1,
    ):
        writer.execute(
            "INSERT INTO session (id, session, agent, project_id, kind, parent, title, started_at, ended_at, shown,"
            " messages, prompts, tool_calls, tool_results, input_tokens, output_tokens, model, branch)"
            " VALUES (?, ?, 'claude-code', ?, ?, ?, ?, ?, ?, 3, 3, 1, 1, 1, 100, 50, 'opus', 'main')",
            (
                number,
                session,
                project,
                kind,
                parent,
                title,
                f"2026-01-0{number}T10:00:00.000Z",
                f"2026-01-0{number}T11:00:00.000Z",
            ),
        )
        writer.execute(
            "INSERT INTO transcript (id, agent, path, form, session_id, state, first_seen)"
            " VALUES (?, 'claude-code', ?, 'lines', ?, 'present', '2026-01-09T00:00:00.000Z')",
            (number, f"/home/ada/.claude/projects/{number}.jsonl", number),
        )


def _add_messages(writer: apsw.Connection) -> None:
    for number, session, position, role, kind, text in TALK:
        writer.execute(
            "INSERT INTO message (id, session_id, position, turn, role, kind, uuid, timestamp, text, transcript_id,"
            " generation, offset, length) VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, 0, 0, 0)",
            (
                number,
                session,
                position,
                role,
                kind,
                f"uuid-{number}",
                f"2026-01-0{session}T10:0{position}:00.000Z",
                text,
                session,
            ),
        )


def _add_call(writer: apsw.Connection) -> None:
    writer.execute(
        "INSERT INTO tool_call (id, session_id, call_id, message_id, result_message_id, name, input, path, result,"
        " packed, result_chars, ended_at)"
        " VALUES (1, 1, 'call-1', 2, 3, 'Read', ?, '/home/ada/shop/money.py', ?, ?, ?, ?)",
        (
            '{"file_path": "/home/ada/shop/money.py"}',
            LONG[: packing.BEGINNING],
            packing.pack(LONG),
            len(LONG),
            "2026-01-01T10:02:00.000Z",
        ),
    )
