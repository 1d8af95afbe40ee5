"""`search` from the outside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from simple_memory import __main__, errors
from simple_memory.cli import search
from tests import worlds
from tests.store.memory import Memory

SHOP = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def memory(world: worlds.World) -> Iterator[Memory]:
    made = Memory(world.home)
    session = made.session(SHOP, title="Fix the \x1b[31mcart")
    made.say(session, "the cart total is \x1b]0;evil\x07 wrong")
    made.reply(session, "the cart is right again")
    made.index()
    yield made
    made.close()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = __main__.main(["search", *arguments])
    done = capsys.readouterr()
    return code, done.out, done.err


def test_hits_are_shown_with_their_place_and_how_to_read_on(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "cart", "total")

    assert code == 0
    assert "11111111:0" in out
    assert "cart total is" in out
    assert "simple-memory show 11111111:0" in err


def test_nothing_that_a_terminal_obeys_comes_out(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, err = run(capsys, "cart")

    assert "\x1b" not in out + err
    assert "\x07" not in out + err
    assert "\\x1b" in out


def test_json_has_the_promised_fields(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "total", "--json")
    answer = json.loads(out)

    assert code == 0
    assert list(answer) == ["query", "took_ms", "indexed_to", "pending", "total", "hits", "next", "notes", "suggestion"]
    assert answer["pending"] == {"files": 0, "bytes": 0}
    (hit,) = answer["hits"]
    assert list(hit) == [
        "session", "agent", "project", "title", "position", "message_id", "uuid", "role", "kind", "timestamp",
        "snippet", "score",
    ]  # fmt: skip
    assert (hit["session"], hit["position"]) == (SHOP, 0)
    assert "cart **total** is" in hit["snippet"]


def test_an_empty_answer_says_how_fresh_it_is(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "zebra")

    assert (code, out) == (0, "")
    assert "Nothing found for 'zebra' (indexed to 20" in err


def test_an_empty_answer_says_what_was_not_looked_through(
    memory: Memory, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.writer.execute("UPDATE counter SET quarantined = 2")
    monkeypatch.setattr("simple_memory.search.backlog._unread", lambda _: (3, 100))

    assert ", 3 files pending, 2 bad lines)" in run(capsys, "zebra")[2].replace("\n", " ")


def test_hits_of_one_session_stand_under_one_title(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "cart", "--group", "none")

    assert out.count("Fix the") == 1
    assert out.count("11111111:") == 2


def test_a_page_of_hits_is_cited_marked_and_harmless(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "<script>alert(1)</script>"
    hostile = memory.session("hostile", title=f"{evil} *t*", project=f"/p/{evil}")
    memory.say(hostile, f"zebra {evil} **bold** [link](http://x)")
    memory.index()

    html = run(capsys, "zebra", evil, "--format", "html")[1]
    markdown = run(capsys, "zebra", evil, "--format", "markdown")[1]

    assert "<script" not in html
    assert "<mark>zebra</mark>" in html
    assert "<code>hostile:0</code>" in html
    assert "src=" not in html.replace("default-src=", "")
    assert "> **zebra** " in markdown
    assert "## \\<script\\>" in markdown
    assert "[link](" not in markdown
    assert re.search(r"(?<!\\)<script", markdown) is None


def test_the_format_json_is_the_same_as_json(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    answers = [json.loads(run(capsys, "cart", *more)[1]) for more in (("--json",), ("--format", "json"))]

    assert answers[0]["hits"] == answers[1]["hits"]


def test_a_session_is_looked_through_message_by_message(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "cart", "--session", "1111", "--json")

    assert {hit["position"] for hit in json.loads(out)["hits"]} == {0, 1}


def test_pages_follow(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, err = run(capsys, "cart", "--group", "none", "--limit", "1")
    _, second, _ = run(capsys, "cart", "--group", "none", "--limit", "1", "--after", "1")

    assert "--after 1" in err
    assert out != second


@pytest.mark.parametrize(
    "arguments", [("cart", "--limit", "0"), ("cart", "--in", "x"), ("cart", "--since", "soon"), ()]
)
def test_what_is_of_no_form_is_a_usage_error(
    arguments: tuple[str, ...], memory: Memory, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, *arguments)

    assert (code, out) == (errors.EXIT_USAGE, "")
    assert err


def test_without_a_memory_it_says_what_to_run(world: worlds.World, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "cart", "--json")

    assert code == errors.EXIT_ERROR
    assert json.loads(out)["error"]["code"] == "store_missing"


def test_matches_are_painted_where_colour_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simple_memory.config.colour_wanted", lambda _: True)

    (line,) = search.snippet_lines("a \x02match\x03 here", 80)

    assert line == "a \x1b[1;33mmatch\x1b[0m here"


def test_a_match_that_goes_over_two_lines_is_painted_on_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simple_memory.config.colour_wanted", lambda _: True)

    assert search.snippet_lines("\x02one two\x03 x", 6) == ["\x1b[1;33mone\x1b[0m", "\x1b[1;33mtwo\x1b[0m x"]


def test_explain_shows_the_score_as_a_sum(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "cart", "total", "--explain")
    (hit,) = json.loads(run(capsys, "cart", "total", "--explain", "--json")[1])["hits"]

    assert code == 0
    assert f"{hit['score']:.2f} = " in out
    assert "total " in out
    assert "other matches of its session" in out
    assert sum(reason["score"] for reason in hit["reasons"]) == pytest.approx(hit["score"], abs=0.001)
    told = [{key: reason[key] for key in ("what", "how", "where")} for reason in hit["reasons"]]
    assert {"what": "total", "how": "word", "where": "conversation"} in told
    assert "how many of the words" in out
    assert run(capsys, "cart", "--json")[1].count("reasons") == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("cart", "-wrong"),
        ("-wrong", "cart"),
        ("cart", "--limit", "3", "-wrong"),
        ("--limit=3", "--", "cart", "-wrong"),
        ("cart -wrong",),
    ],
)
def test_a_word_to_leave_out_stands_anywhere_on_the_command_line(
    memory: Memory, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    code, out, _ = run(capsys, "--group", "none", *arguments)

    assert code == 0
    assert "right again" in out
    assert "evil" not in out


def test_words_stand_before_and_after_options(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "cart", "--json", "total")

    assert (code, json.loads(out)["query"]) == (0, "cart total")


def test_an_option_that_is_not_there_is_no_word(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "cart", "--nonsense")

    assert (code, out) == (errors.EXIT_USAGE, "")
    assert "--nonsense" in err


def test_help_is_still_an_option(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(capsys, "-h")
    assert "QUERY" in capsys.readouterr().out


def test_what_was_asked_is_told_harmless_and_readable(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = run(capsys, "\x1bzebra's")

    assert "Nothing found for '\\x1bzebra's' (" in err


def test_talk_keeps_within_80_columns(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    long = "zebra" * 8
    for number in range(12):
        memory.say(memory.session(f"{number}" * 40), "cart of a long id")
    memory.index()

    for words in (["cart", "--limit", "1"], [long], [long, "since:nonsense", "role:nobody"], ["carrt"]):
        talk = run(capsys, *words)[2]
        assert talk
        assert [line for line in talk.split("\n") if len(line) > 80] == []


def test_the_last_line_says_that_there_is_more_only_where_there_is(
    memory: Memory, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "the best of them above" in run(capsys, "cart", "--limit", "1")[2]
    assert "the best of them above" not in run(capsys, "cart", "--group", "none")[2]


def test_explain_says_what_part_of_a_word_matched(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    assert "   newest first; matches *art*" in run(capsys, "*art*", "--explain")[1].split("\n")


def test_who_asked_nothing_is_told_that_alone(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "  ")

    assert (code, out) == (0, "")
    assert "Nothing was asked" in err
    assert "Nothing found" not in err


@pytest.mark.parametrize("signs", ["***", "{}", "🚀", "=>"])
def test_who_asks_for_signs_is_told_that_they_need_a_word(
    memory: Memory, capsys: pytest.CaptureFixture[str], signs: str
) -> None:
    code, out, err = run(capsys, signs)

    assert (code, out) == (0, "")
    assert "Signs are not looked for by themselves" in err
    assert f"Nothing found for '{signs}'" in err
    assert "Fewer words" not in err


def test_where_a_word_is_suggested_no_other_words_are_asked_for(
    memory: Memory, capsys: pytest.CaptureFixture[str]
) -> None:
    err = run(capsys, "totla")[2]

    assert "Did you mean 'total'?" in err
    assert "Fewer words" not in err


def test_a_title_that_is_found_is_not_told_twice(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    session = memory.session("named", title="Zebra crossing")
    memory.say(session, "Zebra crossing", role="note", kind="ai-title", position=None)
    memory.index()

    assert run(capsys, "zebra")[1].count("ebra crossing") == 1


def test_where_a_hit_stands_keeps_within_a_narrow_terminal(
    memory: Memory, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = memory.session("6a085920-0f4e-4e0a-9d7e-1b2c3d4e5f60", project="/home/ada/a-long-name-of-a-project")
    for _ in range(2):
        memory.say(
            session, "zebra", role="attachment", kind="agent_listing_delta", timestamp="2026-01-01T10:00:00.000Z"
        )
    memory.index()
    monkeypatch.setattr("simple_memory.cli.render.width", lambda: 80)

    (place, *_) = [line for line in run(capsys, "zebra")[1].split("\n") if "agent_listing_delta" in line]

    assert place.endswith("  +1")
    assert len(place) <= 80
