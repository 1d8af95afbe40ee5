"""What the shell is offered at each place of a line, from the commands and from the store."""

import argparse
import datetime
import importlib
import io
import sys

import pytest

from simple_memory import __main__ as program
from simple_memory.cli import command_line, completion
from simple_memory.search import conditions, query, times
from tests import worlds
from tests.builders import transcript

SHOP = "5e55a0aa-0000-4000-8000-000000000001"
NOTES = "5e55b0bb-0000-4000-8000-000000000002"


@pytest.fixture
def filled(world: worlds.World) -> worlds.World:
    shop = transcript.Session("/home/ada/shop", session=SHOP, branch="feat/basket")
    shop.prompt("Look").tool("Read", {"file_path": "/home/ada/shop/basket.py"}, result="x").ai_title("Basket total")
    shop.write(world.claude)
    transcript.Session("/home/ada/my notes", session=NOTES).prompt("The key is sk-ant-api03-" + "x" * 90).write(
        world.claude
    )
    assert world.run("sync").returncode == 0
    return world


def offered(*words: str, kept: str = "") -> list[str]:
    return [value for value, _ in completion.offers(["simple-memory", *words], kept, program.COMMANDS)]


def asked_by_bash(*words: str) -> list[str]:
    return [value for value, _ in completion.offers(*completion._joined("bash", list(words)), program.COMMANDS)]


def test_the_first_word_is_a_command() -> None:
    assert offered("se") == ["service", "search", "sessions"]
    assert set(offered("")) == {name for name, _, _ in program.COMMANDS}


def test_an_option_is_one_that_the_command_takes() -> None:
    assert offered("search", "--se") == ["--session"]
    assert "--json" in offered("status", "-")
    assert offered("nonsense", "--j") == []


def test_a_query_may_go_on_with_a_filter() -> None:
    assert offered("search", "basket", "pro") == ["project:"]
    assert offered("search", "-ro") == ["-role:"]
    assert offered("search", "") == [f"{name}:" for name in query.FIELDS]


def test_the_names_and_fixed_values_are_those_that_search_knows() -> None:
    assert completion.FILTERS == query.FIELDS
    assert completion.ROLES == conditions.ROLES
    assert completion.SCOPES == query.SCOPES


def test_every_time_that_is_offered_is_one() -> None:
    now = datetime.datetime(2026, 1, 31, tzinfo=datetime.UTC)

    assert [time for time in completion.TIMES if times.parse_time(time, now) is None] == []


def test_every_command_whose_words_are_sessions_is_known_as_one() -> None:
    taking = []
    for name, module, _ in program.COMMANDS:
        taken = command_line.declared(importlib.import_module(module)).arguments
        if any(argument.dest == "session" and not argument.names for argument in taken):
            taking.append(name)

    assert sorted(taking) == sorted(completion.OF_SESSIONS)


@pytest.mark.usefixtures("filled")
def test_values_of_filters_come_from_the_store() -> None:
    assert offered("search", "project:s") == ["project:shop"]
    assert offered("search", "project:/home/ada/s") == ["project:/home/ada/shop"]
    assert offered("search", "-agent:") == ["-agent:claude-code"]
    assert offered("search", "branch:f") == ["branch:feat/basket"]
    assert offered("search", "tool:") == ["tool:read"]
    assert offered("search", "tool:R") == ["tool:Read"]
    assert offered("search", "kind:tool_") == ["kind:tool_call", "kind:tool_result"]
    assert offered("search", "file:/home/ada/shop/b") == ["file:/home/ada/shop/basket.py"]
    assert offered("search", "file:ba") == ["file:basket.py"]
    assert offered("search", "file:shop/b") == ["file:shop/basket.py"]
    assert offered("search", "file:hop/b") == offered("search", "file:sk") == []
    assert offered("search", "session:5e55a") == [f"session:{SHOP}"]


@pytest.mark.usefixtures("filled")
def test_a_value_with_a_blank_is_put_in_quotes_inside_a_query() -> None:
    assert offered("search", "project:my") == ['project:"my notes"']
    assert offered("search", "--project", "my") == ["my notes"]


@pytest.mark.usefixtures("filled")
def test_values_of_options_are_offered_after_a_blank_and_after_an_equals_sign() -> None:
    assert offered("search", "--project", "sh") == ["shop"]
    assert offered("search", "--project=sh") == ["--project=shop"]
    assert offered("search", "--group", "") == ["session", "none"]
    assert offered("search", "--since", "yes") == ["yesterday"]


@pytest.mark.usefixtures("filled")
def test_sessions_and_files_are_offered_where_a_command_takes_them() -> None:
    assert set(offered("show", "")) == {SHOP, NOTES}
    assert offered("export", SHOP[:6]) == [SHOP]
    assert offered("files", "/home/ada/") == ["/home/ada/shop/basket.py"]
    assert offered("files", "bas") == ["basket.py"]


@pytest.mark.usefixtures("filled")
def test_agents_and_models_are_offered_where_a_command_takes_them() -> None:
    assert offered("connect", "cl") == ["claude", "claude-desktop"]
    assert "codex" in offered("disconnect", "")
    assert offered("sessions", "--model", "claude") == ["claude-sonnet-4-5"]


@pytest.mark.usefixtures("filled")
def test_bash_is_given_what_stands_after_the_colon_that_it_splits_at() -> None:
    assert asked_by_bash("simple-memory", "search", "project", ":", "s") == ["shop"]
    assert asked_by_bash("simple-memory", "search", "project", ":") == ['"my notes"', "shop"]
    assert asked_by_bash("simple-memory", "search", "--project", "=", "s") == ["shop"]
    assert asked_by_bash("simple-memory", "search", '"project:s') == ["project:shop"]


@pytest.mark.usefixtures("filled")
def test_keys_in_titles_are_hidden() -> None:
    about = dict(completion.values("session", NOTES))[NOTES]

    assert "The key is" in about
    assert "x" * 20 not in about


def test_a_value_that_holds_a_key_is_not_offered(world: worlds.World) -> None:
    for number, branch in enumerate(("feat/plain", f"feat/ghp_{'a1B2' * 9}")):
        session = f"{SHOP[:-1]}{number + 5}"
        transcript.Session("/home/ada/shop", session=session, branch=branch).prompt("x").write(world.claude)
    assert world.run("sync").returncode == 0

    assert offered("search", "branch:feat/") == ["branch:feat/plain"]


def test_help_in_completion_says_what_help_says_and_hides_what_is_hidden() -> None:
    assert "--stand-in" not in offered("start", "--")
    about = dict(completion.offers(["simple-memory", "search", "--limit"], "", program.COMMANDS))
    assert about == {"--limit": "hits at most (default: 10)"}


def test_without_a_memory_nothing_is_offered_and_nothing_is_said(
    world: worlds.World, capsys: pytest.CaptureFixture[str]
) -> None:
    for value in ("project:", "tool:", "session:"):
        assert completion.run_knowing(["--words", "fish", "simple-memory", "search", value], program.COMMANDS) == 0

    assert capsys.readouterr() == ("", "")


def test_a_person_gets_the_script_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for shell in ("bash", "zsh", "fish"):
        told = io.StringIO()
        monkeypatch.setattr(sys, "stdout", told)
        assert completion.run_knowing([shell], program.COMMANDS) is None
        completion.run(argparse.Namespace(shell=shell))

        assert f"completion --words {shell} " in told.getvalue()
