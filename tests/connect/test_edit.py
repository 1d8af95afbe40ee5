"""Settings are changed where they must be and nowhere else, in every agent's format."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from simple_memory import errors
from simple_memory.connect import agents, edit, jsonc, toml_text
from tests.connect import settings

COMMAND = agents.Command("/opt/memory/bin/simple-memory-mcp")
AT_HOME = agents.Command(COMMAND.program, (), (("SIMPLE_MEMORY_HOME", "/data/mémoire"),))
EVERY = pytest.mark.parametrize("agent", agents.AGENTS, ids=agents.NAMES)


def test_there_is_a_settings_file_of_every_agent() -> None:
    assert set(settings.BY_AGENT) == set(agents.NAMES)


def everything_of(before: str, after: str) -> bool:
    """Return whether all characters of `before` but space and commas stand in `after`, in their order."""
    rest = iter(after)
    return all(character in rest for character in before if not character.isspace() and character != ",")


@EVERY
@pytest.mark.parametrize("command", [COMMAND, AT_HOME], ids=["plain", "with a home"])
def test_our_server_is_added_and_every_other_line_stays(agent: agents.Agent, command: agents.Command) -> None:
    before = settings.BY_AGENT[agent.name]
    after = edit.connected(agent, before, command)
    assert agents.registered(agent, edit.entry_of(agent, after)) == command
    assert everything_of(before, after)
    for comment in ("// asks once", "/* none yet */", "// dark", '// "old": {}', "# fast", "// the last one"):
        assert (comment in before) == (comment in after)


@EVERY
def test_connecting_twice_changes_nothing_more(agent: agents.Agent) -> None:
    once = edit.connected(agent, settings.BY_AGENT[agent.name], AT_HOME)
    assert edit.connected(agent, once, AT_HOME) == once


@EVERY
def test_disconnecting_gives_the_settings_back(agent: agents.Agent) -> None:
    before = settings.BY_AGENT[agent.name]
    after = edit.disconnected(agent, edit.connected(agent, before, AT_HOME))
    if agent.name in {"copilot", "gemini", "zed"}:  # an empty table of servers or an empty file: it means the same
        read = tomllib.loads if agent.is_toml else jsonc.read
        assert {k: v for k, v in read(after).items() if v != {}} == {k: v for k, v in read(before).items() if v != {}}
    else:
        assert after == before
    assert edit.disconnected(agent, before) == before


@EVERY
def test_a_registration_is_brought_up_to_date_and_keeps_what_the_person_set(agent: agents.Agent) -> None:
    text = edit.connected(agent, settings.BY_AGENT[agent.name], AT_HOME)
    own = (
        toml_text.put(text, agent.path, {"startup_timeout_sec": 5})
        if agent.is_toml
        else jsonc.put(text, (*agent.path, "timeout"), 5)
    )
    moved = agents.Command("/new/place/simple-memory-mcp")
    after = edit.connected(agent, own, moved)
    entry = edit.entry_of(agent, after)
    assert agents.registered(agent, entry) == moved
    assert entry.get("timeout", entry.get("startup_timeout_sec")) == 5
    assert "SIMPLE_MEMORY_HOME" not in after


@EVERY
def test_settings_that_cannot_be_read_are_refused(agent: agents.Agent) -> None:
    for broken in ('{"a": ', "{'a': 1}", "[1, 2]", "a = = 1", '{"a" 1}', '{"a": 1 "b": 2}', '{"a": tru}'):
        if agent.is_toml and broken == "[1, 2]":
            continue
        with pytest.raises(errors.SettingsInvalid, match=agent.title):
            edit.connected(agent, broken, COMMAND)


def test_a_form_that_is_not_understood_is_refused_and_not_spoilt() -> None:
    codex = next(agent for agent in agents.AGENTS if agent.name == "codex")
    for odd in ('mcp_servers = { docs = { command = "x" } }\n', 'mcp_servers.simple-memory.command = "x"\n'):
        with pytest.raises(errors.SettingsInvalid, match="not changed automatically"):
            edit.connected(codex, odd, COMMAND)


def test_codex_tables_below_ours_go_with_it_and_the_next_tables_comment_stays() -> None:
    codex = next(agent for agent in agents.AGENTS if agent.name == "codex")
    text = (
        'model = "m"\n\n[mcp_servers.simple-memory]\ncommand = "/old" # mine\nargs = [\n  "x", # [y]\n]\n\n'
        '[mcp_servers.simple-memory.env]\nSIMPLE_MEMORY_HOME = "/a"\nOTHER = "b"\n\n'
        '[mcp_servers.simple-memory.tools.search_memory]\napproval_mode = "approve"\n\n# about the next\n[tui]\nx = 1\n'
    )
    after = edit.connected(codex, text, COMMAND)
    assert 'command = "/opt/memory/bin/simple-memory-mcp" # mine' in after
    assert 'OTHER = "b"' in after
    assert "SIMPLE_MEMORY_HOME" not in after
    assert edit.disconnected(codex, text) == 'model = "m"\n\n# about the next\n[tui]\nx = 1\n'


def test_a_server_of_another_kind_under_our_name_is_made_ours() -> None:
    cursor = next(agent for agent in agents.AGENTS if agent.name == "cursor")
    after = edit.connected(cursor, '{"mcpServers": {"simple-memory": "odd", "b": 1}}', COMMAND)
    assert jsonc.read(after)["mcpServers"]["b"] == 1
    assert agents.registered(cursor, edit.entry_of(cursor, after)) == COMMAND


scalars = some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False, allow_infinity=False)
values: Any = some.recursive(
    scalars | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
blanks = some.sampled_from(["", " ", "\n", "\t", " // a note\n", "/* x\ny */", "\r\n", "  "])


@some.composite
def jsonc_text(draw: Any, value: Any) -> Any:
    """Write a value with white space, comments and trailing commas wherever they may stand."""

    def put(each: Any) -> Any:
        if isinstance(each, dict):
            parts = [f"{draw(blanks)}{json.dumps(k)}{draw(blanks)}:{draw(blanks)}{put(v)}" for k, v in each.items()]
        elif isinstance(each, list):
            parts = [draw(blanks) + put(v) for v in each]
        else:
            return json.dumps(each, ensure_ascii=draw(some.booleans()))
        inner = ",".join(part + draw(blanks) for part in parts) + ("," if parts and draw(some.booleans()) else "")
        sign = "{}" if isinstance(each, dict) else "[]"
        return sign[0] + inner + draw(blanks) + sign[1]

    return draw(blanks) + put(value) + draw(blanks)


@given(some.data())
def test_any_json_keeps_its_values_its_comments_and_its_other_bytes(data: Any) -> None:
    before = data.draw(some.dictionaries(some.text(max_size=8), values, max_size=4))
    before.pop("mcpServers", None)
    text = data.draw(jsonc_text(before))
    assert jsonc.read(text) == before
    after = jsonc.put(text, ("mcpServers", "simple-memory"), {"command": "/x"})
    assert jsonc.read(after) == before | {"mcpServers": {"simple-memory": {"command": "/x"}}}
    assert everything_of(text, after)
    back = jsonc.take(after, ("mcpServers", "simple-memory"))
    assert jsonc.read(back) == before


keys = some.text(alphabet="abc-_ .\"'é", min_size=1, max_size=4)
toml_values = some.booleans() | some.integers(-9, 9) | some.text(max_size=12).filter(lambda x: "\x7f" not in x)


@given(some.dictionaries(keys, some.dictionaries(keys, toml_values, max_size=3), max_size=4), some.text(max_size=9))
def test_any_toml_keeps_its_values(tables: dict[str, dict[str, Any]], note: str) -> None:
    note = "".join(x for x in note if x.isprintable())
    text = f"# {note}\nfirst = '''\n[x]\n'''\n"
    for name, table in tables.items():
        text = toml_text.put(text, ["t", name], {**table, "list": ["[", "]", "#"]}) + f"  # {note}\n"
    before = tomllib.loads(text)
    after = toml_text.put(text, ["mcp_servers", "simple-memory"], {"command": "/x", "args": []})
    assert tomllib.loads(after) == before | {"mcp_servers": {"simple-memory": {"command": "/x", "args": []}}}
    assert toml_text.take(after, ["mcp_servers", "simple-memory"]) == text
