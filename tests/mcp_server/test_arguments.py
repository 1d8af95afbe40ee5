"""What agents give to tools: any reasonable form is taken, anything else is answered with what is allowed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_memory import errors
from simple_memory.mcp_server import arguments, tools


def test_defaults_are_filled_in_and_absent_arguments_are_none() -> None:
    taken = arguments.check("search_memory", {"query": "wal"})
    assert (taken["query"], taken["limit"], taken["scope"], taken["group"]) == ("wal", 10, "all", "session")
    assert taken["project"] is None
    assert arguments.check("memory_status", None) == {}


@pytest.mark.parametrize(
    ("given_", "key", "value"),
    [
        ({"limit": "7"}, "limit", 7),
        ({"limit": 7.0}, "limit", 7),
        ({"limit": None}, "limit", 10),
        ({"scope": "Tools"}, "scope", "tools"),
        ({"scope": " conversation "}, "scope", "conversation"),
        ({"since": " yesterday "}, "since", "yesterday"),
        ({"project": 42}, "project", "42"),
        ({"project": "a\ud800b"}, "project", "a?b"),
    ],
)
def test_forms_that_mean_the_same_are_taken(given_: dict[str, object], key: str, value: object) -> None:
    assert arguments.check("search_memory", {"query": "x", **given_})[key] == value


@pytest.mark.parametrize(
    ("tool", "given_", "said"),
    [
        ("search_memory", {}, "search_memory needs query. Allowed: query, project"),
        ("search_memory", {"query": ""}, "search_memory needs query."),
        ("search_memory", {"query": "x", "limt": 5}, "has no argument 'limt'. Did you mean limit? Allowed: query,"),
        ("search_memory", {"query": "x", "limit": 999}, "limit must be a whole number from 1 to 50."),
        ("search_memory", {"query": "x", "limit": 0}, "limit must be a whole number from 1 to 50."),
        ("search_memory", {"query": "x", "limit": "many"}, "limit must be a whole number from 1 to 50."),
        ("search_memory", {"query": "x", "limit": True}, "limit must be a whole number from 1 to 50."),
        ("search_memory", {"query": "x", "limit": 1.5}, "limit must be a whole number from 1 to 50."),
        ("search_memory", {"query": ["x"]}, "query must be text."),
        ("search_memory", {"query": "x" * 9000}, "query is longer than 8,000 characters."),
        ("search_memory", {"query": "x", "scope": "files"}, "scope must be one of all, conversation, tools."),
        ("read_session", {"session": "x", "around": -1}, "around must be 0 or more."),
        ("memory_status", {"verbose": True}, "memory_status has no argument 'verbose'. It takes none."),
        ("forget_all", {}, "There is no tool 'forget_all'. Tools: search_memory"),
    ],
)
def test_anything_else_is_answered_in_one_line_that_names_the_fix(
    tool: str, given_: dict[str, object], said: str
) -> None:
    with pytest.raises(errors.UsageError) as caught:
        arguments.check(tool, given_)
    line = f"{caught.value.message} {caught.value.hint}"
    assert said in line
    assert "\n" not in line
    assert len(line) < 220


@pytest.mark.parametrize(
    ("cited", "session", "position"),
    [
        ("abc:12", "abc", 12),
        (" `abc:12` ", "abc", 12),
        ("[abc/agent-1:0]", "abc/agent-1", 0),
        ("abc", "abc", None),
        ("a title: with words", "a title: with words", None),
        ("abc:", "abc:", None),
    ],
)
def test_a_citation_is_a_session_and_a_position(cited: str, session: str, position: int | None) -> None:
    assert arguments.split_citation(cited) == (session, position)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.sampled_from(tools.NAMES),
    st.dictionaries(st.sampled_from(["query", "limit", "session", "sql", "path", "x"]) | st.text(), _JSON),
)
def test_whatever_is_given_it_is_taken_or_refused(name: str, given_: dict[str, object]) -> None:
    try:
        arguments.check(name, given_)
    except errors.UsageError as error:
        assert error.message  # noqa: PT017 - either way is fine
