"""docs/performance.md and its pictures, from the results in bench/results/."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench import asked, budgets, page, results
from bench.peers import page as peers_page
from scripts import plots

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
NOT_YET = "Not measured yet: `{}`."
QUERIES = [key for key in budgets.BUDGETS if key.startswith("query_")]


def whole() -> str:
    """Return the page as it is with the newest results."""
    return page.filled(
        PAGE.read_text(encoding="utf-8"),
        {"budgets": _budgets(), "growth": _growth(), "grown": _grown(), "parts": _parts(), "peers": _peers()},
    )


def _budgets() -> str:
    told = results.load("budgets")
    if told is None:
        return NOT_YET.format("make bench")
    found = results.measured(told["measured"])
    kept = sum(budgets.within(each) is True for each in found)
    over = [budgets.plain(each.key) for each in found if budgets.within(each) is False]
    missed = f" Over theirs: {'; '.join(over)}." if over else ""
    lines = [
        f"{kept} of {len(budgets.BUDGETS)} budgets are kept.{missed}",
        page.conditions(told["conditions"]),
        "![Each number as a share of its budget](performance/budgets.svg)",
        page.of_budgets(found),
        *told["sentences"],
    ]
    return "\n\n".join(lines)


def _parts() -> str:
    told = results.load("budgets")
    if told is None or "parts" not in told:
        return NOT_YET.format("make bench")
    size = told["conditions"]["bytes"]
    rows = [(name, f"{held / 1e6:.1f} MB", f"{held / size:.3f}") for name, held in told["parts"].items()]
    return page.table(("part", "bytes", "of the transcripts"), rows)


def draw_budgets() -> str:
    """Return each number as a share of its budget."""
    told = results.load("budgets") or {"measured": []}
    rows = [
        (budgets.plain(each.key), each.value / limit, budgets.written(each).replace("`", ""))
        for each in results.measured(told["measured"])
        if each.value is not None and (limit := budgets.BUDGETS[each.key].limit)
    ]
    return plots.bars("Today, as a share of the budget", rows, foot="The line is the budget: shorter is better.")


def _rows(name: str = "growth") -> list[dict[str, Any]]:
    told = results.load(name) or {"rows": []}
    return sorted(told["rows"], key=lambda row: int(row["conditions"]["messages"]))


def _growth() -> str:
    rows = _rows()
    if not rows:
        return NOT_YET.format("make bench-growth")
    columns = [_column(row) | {"first imports, of which the median": str(row["rounds"])} for row in rows]
    body = [[name, *(column[name] for column in columns)] for name in columns[0]]
    heads = [f"{row['conditions']['messages']:,} messages" for row in rows]
    last = rows[-1]["conditions"]
    return "\n\n".join(
        [
            f"Python {last['python']}, {last['system']}, {last['cores']} cores.",
            page.table(["", *heads], body),
            "![Time of a search by the number of messages](performance/growth-queries.svg)",
            "![Rate of an import by the number of messages](performance/growth-import.svg)",
        ]
    )


def _grown() -> str:
    rows = _rows("grown")
    if not rows:
        return NOT_YET.format("make bench-grown PLACE=FOLDER")
    columns = [_column(row) | _step(row["step"]) for row in rows]
    body = [[name, *(column[name] for column in columns)] for name in columns[0]]
    return page.table(["", *(f"{row['conditions']['messages']:,} messages" for row in rows)], body)


def _step(step: Mapping[str, Any]) -> dict[str, str]:
    """Return the cells that tell of the last step alone."""
    return {
        "first import": f"{_rate_of(step):,.0f} messages/s",
        "taking note that the step's transcripts are deleted: CPU": f"{step['gone_cpu']:.2f} s",
        "transcripts, all deleted": f"{step['all_transcripts']:,}",
    }


def _rate_of(step: Mapping[str, Any]) -> float:
    """Return the messages that a step read in a second."""
    return float(step["messages"] / step["wall"])


def _peers() -> str:
    told = results.load("peers")
    return NOT_YET.format("make bench-peers") if told is None else peers_page.tables(told)


def _column(row: Mapping[str, Any]) -> dict[str, str]:
    told, found = row["conditions"], {each.key: each for each in results.measured(row["measured"])}

    def text(key: str) -> str:
        each = found.get(key)
        return "" if each is None else budgets.written(each)

    column = {"transcripts": f"{told['bytes'] / 1e6:,.0f} MB", "first import": f"{rate(row):,.0f} messages/s"}
    column |= {budgets.plain(key): text(key) for key in ("import_cpu", "import_wall", "import_peak", "again_cpu")}
    column |= {
        budgets.plain(key): text(key)
        for key in (
            "size", "size_quiet", "append", "append_stream", "append_import", "status", "status_up", "idle_cpu",
            "sync_rss", "sync_rss_import", "mcp_rss",
        )
    }  # fmt: skip
    return column | {budgets.plain(key): text(key) for key in QUERIES}


def rate(row: Mapping[str, Any]) -> float:
    """Return the messages that the first import read in a second; 0 where it was not measured."""
    wall = next((each.raw for each in results.measured(row["measured"]) if each.key == "import_wall"), None)
    return row["conditions"]["messages"] / wall if wall else 0.0


def _all_rows() -> list[dict[str, Any]]:
    """Return the rows of all sizes: of one import each, and beyond these the rows of the memory that grew."""
    rows = _rows()
    largest = rows[-1]["conditions"]["messages"] if rows else 0
    return rows + [row for row in _rows("grown") if row["conditions"]["messages"] > largest]


def draw_queries() -> str:
    """Return the 95th percentile of each plain class of query over the number of messages."""
    drawn = []
    for key in [f"query_{name}" for name in asked.PLAIN]:
        points = [
            (float(row["conditions"]["messages"]), each.value)
            for row in _all_rows()
            for each in results.measured(row["measured"])
            if each.key == key and each.value
        ]
        drawn.append(plots.Line(budgets.plain(key).removeprefix("search, p95: "), points))
    across, up = plots.Axis("messages", log=True), plots.Axis("ms, 95th percentile of a search in process", log=True)
    return plots.lines("Time of a search, and its budget", drawn, x=across, y=up, limit=12)


def draw_import() -> str:
    """Return the rate of the first import, and of the last million of a memory that grew, over what is there then."""
    drawn = [
        plots.Line("first import", [(float(row["conditions"]["messages"]), rate(row)) for row in _rows() if rate(row)]),
        plots.Line(
            "one step into a memory that grew",
            [(float(row["conditions"]["messages"]), _rate_of(row["step"])) for row in _rows("grown")],
        ),
    ]
    across, up = plots.Axis("messages in the end", log=True), plots.Axis("messages per second")
    return plots.lines("Rate of an import", [line for line in drawn if line.points], x=across, y=up)


PICTURES: dict[str, Callable[[], str]] = {
    "docs/performance/budgets.svg": draw_budgets,
    "docs/performance/growth-queries.svg": draw_queries,
    "docs/performance/growth-import.svg": draw_import,
}
"""What draws each picture, by its path below the root."""
