"""docs/schema.md from the schema itself: what people and models may query, column by column; pure but for SQLite."""

from __future__ import annotations

import re
from dataclasses import dataclass

import apsw

HEAD = """\
<!-- Written by `make docs` from src/simple_memory/store/schema.sql. Do not edit. -->
# The database

The memory is one SQLite database, `memory.db` in the home folder. Ask it with `simple-memory sql "SELECT …"`, with the
MCP tool `query_memory`, or with any SQLite program. The views below have names and columns that stay; the tables they
stand on, at the end of this page, may change with a new version.

{preface}

Words of the tables: [guide](guide.md). Full-text search inside SQL: `search('words')`, a table with the columns
`message_id`, `session`, `position`, `score` and `snippet`, which can be joined with `messages`:

```sql
SELECT sessions.title, messages.timestamp, hit.snippet
FROM search('pool timeout') AS hit
JOIN messages ON messages.id = hit.message_id
JOIN sessions ON sessions.session = messages.session
ORDER BY hit.score DESC
LIMIT 10;
```
"""
ABOUT = {
    "projects": "A project is the directory that sessions belong to.",
    "sessions": "A session is one conversation. A sub-agent is a session of kind `subagent` under its `parent`; "
    "a parent's counts and tokens leave its sub-agents' out, so that sums over all rows count everything once.",
    "messages": "A message is one record of a session: role `user`, `assistant` or `system`. A message that stands in "
    "several sessions has a row in each; all but one name the row that counts in `copy_of`.",
    "tool_calls": "A tool call and what came back, in one row.",
    "attachments": "What stood beside a message: images, documents, files, reminders, off-loaded tool output.",
    "notes": "What the agent noted about a session: titles, summaries, queued prompts.",
    "transcripts": "The agents' files, and how far each is read.",
}
"""What a row of each view is."""
MEANINGS = {
    ("projects", "id"): "number of the row",
    ("projects", "sessions"): "sessions in it, without sub-agents",
    ("projects", "messages"): "user and assistant messages in it, each counted once",
    ("*", "id"): "number of the row",
    ("*", "session"): "the agent's own id of the session; of a sub-agent `PARENT/agent-ID`",
    ("*", "project"): "the directory",
    ("*", "agent"): "which agent: `claude-code`, …",
    ("*", "kind"): "what kind of it (below)",
    ("*", "timestamp"): "when",
    ("*", "ended_at"): "latest time of its messages",
    ("*", "is_error"): "1: the tool failed",
    ("sessions", "kind"): "`main` or `subagent`",
    ("sessions", "title"): "the person's, else the agent's, else from what was said",
    ("sessions", "deleted_at_source"): "1: the agent has deleted its transcript; only the memory has it",
    ("sessions", "started_at"): "earliest time of its messages",
    ("sessions", "shown"): "user and assistant messages that stand in it",
    ("sessions", "messages"): "those of them that are counted here: each message counts in one session only",
    ("sessions", "turns"): "prompts and commands",
    ("sessions", "tool_calls"): "counted by distinct call",
    ("sessions", "tool_results"): "counted by distinct call",
    ("sessions", "input_tokens"): "tokens sent, each answer of a model once",
    ("sessions", "output_tokens"): "tokens answered, the same",
    ("sessions", "cache_read_tokens"): "tokens read from the cache, the same",
    ("sessions", "cache_write_tokens"): "tokens written to the cache, the same",
    ("messages", "parent_uuid"): "uuid of the record that it follows",
    ("messages", "text"): "what is said; what tools were given and gave is in `tool_calls`",
    ("tool_calls", "name"): "the tool; NULL: only the result was seen",
    ("tool_calls", "input"): "what it was given, as JSON",
    ("tool_calls", "result"): "what the model saw of the result, a long one's beginning; NULL: none",
    ("attachments", "kind"): "`image`, `document`, `tool_output`, `queued_prompt`, or as the agent names it",
    ("attachments", "name"): "file name, where there is one",
    ("attachments", "media_type"): "`image/png`, …",
    ("notes", "kind"): "`summary`, `custom-title`, `ai-title`, `last-prompt`, `queued_prompt`, …",
    ("notes", "text"): "its words",
    ("*", "started_at"): "earliest time of its messages",
    ("messages", "role"): "`user`, `assistant` or `system`",
    ("messages", "model"): "the model that answered",
    ("messages", "is_sidechain"): "1: written by or for a sub-agent, inside its parent's transcript",
    ("tool_calls", "call_id"): "the agent's own id of the call",
    ("tool_calls", "ended_at"): "when the result came",
    ("attachments", "id"): "number of the row; negative for text",
    ("attachments", "message_id"): "the message that it stands in",
    ("attachments", "size_bytes"): "its length: bytes, or characters of text",
    ("attachments", "text"): "its text, where it is text",
    ("transcripts", "path"): "where it is",
    ("transcripts", "form"): "`lines`: it grows; `whole`: it is replaced as a whole",
    ("transcripts", "first_seen"): "when it was first read",
    ("transcripts", "deleted_at"): "when it was found to be gone; NULL: it is there",
    ("transcripts", "generation"): "how often it was replaced or rewritten",
    ("transcripts", "lines"): "lines read",
    ("transcripts", "quarantined"): "parts of it that could not be understood; they are kept",
    ("transcripts", "session"): "the session that it holds",
    ("transcripts", "state"): "`present`, `deleted` or `unreadable`",
    ("transcripts", "read_bytes"): "how far it is read",
    ("transcripts", "size_bytes"): "how long it was when last looked at",
}
"""Meanings of columns that no comment in the schema tells; ("*", column) in any view."""
KINDS = """\
## Kinds of messages

| role | kinds |
|---|---|
| user | `prompt` (a person typed it), `command` (slash command), `shell_input` (typed after `!`), `tool_result`, \
`sidechain` (a prompt that an agent wrote), `compact_summary`, `interrupt`, `meta`, \
`injected` (the agent's own words in the person's place), `ide_context`, `empty` |
| assistant | `reply`, `thinking`, `tool_call`, `notice` (an error of the API) |
| system | as the agent names them: `compact_boundary`, `api_error`, `turn_duration`, … |
"""
_TABLE = re.compile(r"^CREATE TABLE (\w+) \(\n(.*?)^\)", re.MULTILINE | re.DOTALL)
_VIEW = re.compile(r"^CREATE VIEW (\w+) AS\n(.*?);\n", re.MULTILINE | re.DOTALL)
_COLUMN = re.compile(r"^    (\w+) +[A-Z].*?(?:,|$)? *(?:-- (.*))?$")
_SELECTED = re.compile(r"^ +(\w+)\.(\w+)(?: AS (\w+))?,?(?: *--.*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a view, and what it means ("" where nothing tells)."""

    name: str
    meaning: str


def page(sql: str) -> str:
    """Return docs/schema.md for the schema `sql`."""
    parts = [HEAD.format(preface=preface(sql))]
    for view, columns in views(sql).items():
        parts += [f"## {view}\n", ABOUT.get(view, "") + "\n", "| column | meaning |", "|---|---|"]
        parts += [f"| `{column.name}` | {column.meaning.replace('|', chr(92) + '|')} |" for column in columns]
        parts.append("")
    parts += [KINDS, "## The tables behind them\n", "```sql", tables(sql), "```", ""]
    return "\n".join(parts)


def preface(sql: str) -> str:
    """Return the comment at the top of the schema, without its first line and the words about views."""
    lines = [line.removeprefix("--").strip() for line in sql.split("\n\n", maxsplit=1)[0].split("\n")]
    text = " ".join(lines[2:])
    return text[text.index("Times are") :] if "Times are" in text else text


def tables(sql: str) -> str:
    """Return the part of the schema that stands before its views."""
    return sql[: sql.index("-- ── The promise")].strip()


def comments(sql: str) -> dict[tuple[str, str], str]:
    """Return what the comments say about columns: (table, column) → meaning."""
    found = {}
    for table, body in _TABLE.findall(sql):
        for line in body.split("\n"):
            column = _COLUMN.match(line)
            if column and column[2]:
                found[table, column[1]] = column[2]
    return found


def views(sql: str) -> dict[str, list[Column]]:
    """Return the columns of every view, in their order, each with its meaning."""
    connection = apsw.Connection(":memory:")
    connection.execute(sql)
    said = comments(sql)
    found = {}
    for view, body in _VIEW.findall(sql):
        origins = {name or column: (table, column) for table, column, name in reversed(_SELECTED.findall(body))}
        names = [str(row[1]) for row in connection.execute(f"PRAGMA table_info({view})")]
        found[view] = [Column(name, _meaning(view, name, origins, said)) for name in names]
    connection.close()
    return found


def _meaning(view: str, name: str, origins: dict[str, tuple[str, str]], said: dict[tuple[str, str], str]) -> str:
    ours = MEANINGS.get((view, name))
    return ours or said.get(origins.get(name, ("", "")), "") or MEANINGS.get(("*", name), "")
