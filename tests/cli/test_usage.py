"""`stats --by`, from the outside: table with bars, picture, JSON; held against SQL over the promised views."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from simple_memory import __main__, errors
from simple_memory.cli import usage_plot, usage_table
from simple_memory.store.usage import Account, Usage
from tests import worlds
from tests.builders import transcript

BYS = ("day", "week", "month", "project", "model", "agent")


@pytest.fixture
def memory(world: worlds.World) -> worlds.World:
    first = transcript.Session(project="/home/ada/shop", start="2026-01-05T09:00:00.000Z")
    first.prompt("Question").tool("Bash", {"command": "ls"}, result="a").reply("Done.")
    first.delegate("Look", "Find it").report("Found.")
    first.reply("There.").write(world.claude)
    first.fork().prompt("And on").reply("On.").write(world.claude)
    other = transcript.Session(project="/home/ada/<b>", start="2026-01-09T09:00:00.000Z", model="strange-9")
    other.prompt("Else?").reply("Else.").write(world.claude)
    assert world.run("sync").returncode == 0
    return world


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = __main__.main(["stats", *arguments])
    done = capsys.readouterr()
    return code, done.out, done.err


@pytest.mark.parametrize("by", BYS)
def test_the_sums_are_those_of_sql_over_the_promised_views(memory: worlds.World, by: str) -> None:
    answer = memory.ask("stats", "--by", by)
    (sums,) = memory.ask(
        "sql",
        "SELECT sum(messages), sum(prompts), sum(input_tokens), sum(output_tokens), sum(cache_read_tokens),"
        " sum(cache_write_tokens) FROM sessions",
    )["rows"]
    names = ("messages", "prompts", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")

    assert [sum(row[name] for row in answer["rows"]) for name in names] == sums
    assert [answer["total"][name] for name in names] == sums
    assert answer["total"]["sessions"] == memory.ask("status")["database"]["sessions"]
    assert answer["total"]["messages"] == memory.ask("status")["database"]["messages"]
    assert answer["prices"]["unknown_models"] == ["strange-9"]


def test_calls_are_those_of_sql(memory: worlds.World) -> None:
    answer = memory.ask("stats", "--by", "tool")
    asked = "SELECT name, count(DISTINCT call_id) FROM tool_calls WHERE message_id IS NOT NULL GROUP BY 1 ORDER BY 1"

    assert [[row["key"], row["calls"]] for row in answer["rows"]] == memory.ask("sql", asked)["rows"]


def test_a_table_fits_eighty_columns_and_shows_days_without_anything(
    memory: worlds.World, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "--by", "day")
    lines = out.splitlines()

    assert code == 0
    assert [line.split()[0] for line in lines] == ["DAY", *(f"2026-01-0{day}" for day in range(5, 10)), "all"]
    assert max(map(len, lines)) <= 80
    assert "█" in lines[1]
    assert "█" not in lines[2]
    assert "\x1b" not in out
    assert "sub-agent" in err
    assert "strange-9" in err


@pytest.mark.parametrize("by", [*BYS, "tool"])
def test_no_line_is_wider_than_eighty_columns(
    memory: worlds.World, capsys: pytest.CaptureFixture[str], by: str
) -> None:
    assert max(map(len, run(capsys, "--by", by)[1].splitlines())) <= 80


def test_a_picture_stands_alone_and_is_well_formed(
    memory: worlds.World, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ""
    for by in ("day", "project"):
        path = tmp_path / f"{by}.svg"
        assert run(capsys, "--by", by, "--plot", "tokens", "--svg", str(path), "--since", "2026-01-01")[0] == 0
        text = path.read_text()
        words = " ".join(ElementTree.fromstring(text).itertext())
        assert f"Tokens by {by}, since 2026-01-01" in words
        assert "prefers-color-scheme" in text
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
        assert run(capsys, "--by", by, "--svg", str(path))[0] == errors.EXIT_USAGE
    assert "<b>" in words


def test_the_persons_own_prices_count(memory: worlds.World, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Path(memory.home.settings)
    settings.write_text('[prices."strange-9"]\ninput = 0\noutput = 1000000.0\ncache_read = 0\ncache_write = 0\n')
    rows = {row["key"]: row for row in json.loads(run(capsys, "--by", "model", "--json")[1])["rows"]}

    assert rows["strange-9"]["cost_usd"] == rows["strange-9"]["output_tokens"]
    settings.write_text("[prices.strange]\ninput = 1\n")
    assert run(capsys, "--by", "model")[0] == errors.EXIT_USAGE


@pytest.mark.parametrize(
    "arguments", [("--by", "tool", "--plot", "cost"), ("--by", "day", "--plot", "calls"), ("--since", "x")]
)
def test_what_cannot_be_counted_is_a_usage_error(
    memory: worlds.World, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert run(capsys, *arguments)[0] == errors.EXIT_USAGE


def test_nothing_found_is_said(memory: worlds.World, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Nothing was said" in run(capsys, "--since", "2027-01-01")[2]


def test_a_filter_alone_counts_by_day(memory: worlds.World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--project", "shop")[1].startswith("DAY")


def test_bars_are_drawn_to_an_eighth_of_a_column() -> None:
    assert [usage_table.bar(share, 2) for share in (0, 0.001, 0.25, 0.5, 1)] == ["", "▏", "▌", "█", "██"]


def test_the_marks_of_an_axis_are_round_and_reach_the_largest_value() -> None:
    for most in (1, 3.3, 7, 58e6, 0.02):
        plot = usage_plot.Plot("T", "day", "messages", [("a", most)])
        tree = ElementTree.fromstring("\n".join(usage_plot.columns(plot)))
        bars = [node for node in tree.iter() if node.get("class") == "bar"]
        assert 200 <= float(bars[0].get("height", "0")) <= 300


def test_holes_between_months_and_weeks_are_filled() -> None:
    account = Account([Usage("2025-11"), Usage("2026-02")], Usage(None), [])
    assert [row.key for row in usage_table.ordered(account, "month", "messages")] == [
        "2025-11", "2025-12", "2026-01", "2026-02",
    ]  # fmt: skip
    account = Account([Usage("1970-01-01"), Usage("2026-01-01")], Usage(None), [])
    assert len(usage_table.ordered(account, "day", "messages")) == 2
    for odd in ("-4713-11-24", "0000-01-01"):
        account = Account([Usage(odd), Usage("2026-01-01")], Usage(None), [])
        assert len(usage_table.ordered(account, "day", "messages")) == 2
    account = Account([Usage("2026-01-05"), Usage("2026-01-19")], Usage(None), [])
    assert len(usage_table.ordered(account, "week", "messages")) == 3


def test_models_are_told_without_their_dates_where_that_tells_them_apart() -> None:
    def shown(*models: str) -> list[str]:
        rows = [Usage(model, messages=1) for model in models]
        lines = usage_table.lines(rows, Usage(None), "model", "messages", hidden=0)
        return [line.split()[0] for line in lines[1:-1]]

    assert shown("claude-opus-4-20250514", "claude-opus-4-1-20250805") == ["claude-opus-4", "claude-opus-4-1"]
    assert shown("claude-opus-4", "claude-opus-4-20250514") == ["claude-opus-4", "claude-opus-4-20250514"]


def test_projects_whose_directories_end_alike_are_told_apart() -> None:
    rows = [Usage(path, messages=1) for path in ("/home/ada/shop/api", "/srv/api", "/home/ada/shop")]

    lines = usage_table.lines(rows, Usage(None), "project", "messages", hidden=0)

    assert [line.split()[0] for line in lines[1:-1]] == ["…me/ada/shop/api", "/srv/api", "shop"]


def test_nothing_is_explained_where_nothing_was_said(memory: worlds.World, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "--since", "2030")

    assert (code, out, err) == (0, "", "Nothing was said there and then.\n")
