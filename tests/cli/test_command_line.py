"""Ordinary command lines, read without argparse, mean what argparse says they mean."""

import importlib
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simple_memory import __main__, errors
from simple_memory.cli import command_line

NAMES = sorted(name for name, _, _ in __main__.COMMANDS)
WORDS = (
    "word",
    "7",
    "0",
    "user",
    "conversation",
    "2026-01-31",
    "-x",
    "--",
    "--help",
    "",
    "a b",
    "--limit=3",
    "-n",
    "text",
)


def module_of(name: str) -> ModuleType:
    return importlib.import_module(next(module for known, module, _ in __main__.COMMANDS if known == name))


def by_argparse(name: str, given: list[str]) -> dict[str, object] | None:
    module = module_of(name)
    parser = __main__.build_parser(name, module)
    parse = getattr(module, "parse", None)
    try:
        return vars(parser.parse_args(given) if parse is None else parse(parser, given))
    except (errors.UsageError, SystemExit):
        return None


def directly(name: str, given: list[str]) -> dict[str, object] | None:
    module = module_of(name)
    found = command_line.read(module, given)
    return None if found is None else vars(found)


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, list[str]]:
    name = draw(st.sampled_from(NAMES))
    module = module_of(name)
    options = [each for argument in command_line.declared(module).arguments for each in argument.names]
    word = st.sampled_from(WORDS) | (st.sampled_from(options) if options else st.nothing())
    return name, draw(st.lists(word, max_size=6))


@settings(max_examples=400, deadline=None)
@given(lines())
def test_a_line_that_is_read_directly_means_what_argparse_says(line: tuple[str, list[str]]) -> None:
    name, given = line
    found = directly(name, given)
    assert found is None or found == by_argparse(name, given)


@pytest.mark.parametrize(
    "line",
    [
        ["search", "word", "--limit", "3", "other", "--json"],
        ["search", "word", "-other", "--in=tools"],
        ["show", "abc:3", "--around", "2"],
        ["sessions", "--limit=5", "--json"],
        ["projects"],
        ["files", "src/app.py", "--diff"],
        ["stats", "--by", "model"],
        ["sql", "SELECT 1"],
        ["resume", "abc", "--run"],
        ["logs", "-n", "3", "--sync"],
        ["stop", "--timeout", "2.5"],
        ["connect", "codex", "claude-code"],
    ],
    ids=" ".join,
)
def test_what_people_type_is_read_directly(line: list[str]) -> None:
    found = directly(line[0], line[1:])
    assert found is not None
    assert found == by_argparse(line[0], line[1:])


@pytest.mark.parametrize(
    "line",
    [
        ["search"],
        ["search", "x", "--limit", "0"],
        ["show", "x", "--nonsense"],
        ["logs", "--sync", "--mcp"],
        ["show", "-h"],
    ],
    ids=" ".join,
)
def test_a_mistake_or_a_wish_for_help_is_left_to_argparse(line: list[str]) -> None:
    assert directly(line[0], line[1:]) is None
