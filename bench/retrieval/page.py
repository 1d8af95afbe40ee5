"""The results as tables and pictures: on the terminal, and in docs/search.md between its marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import budgets, page, results
from scripts import plots

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "search.md"
HEAD = (
    "",
    "messages: recall@1",
    "@5",
    "@10",
    "MRR",
    "nDCG@10",
    "sessions: recall@1",
    "@5",
    "@10",
    "ms, median",
    "p95",
    "bytes",
)
MEASURES = ("recall_1", "recall_5", "recall_10", "mrr", "ndcg_10")


def tables(sets: Sequence[Mapping[str, Any]], half: str) -> str:
    """Return one table per set, of the half that is named."""
    return "\n\n".join(_table(each, half) for each in sets)


def _table(told: Mapping[str, Any], half: str) -> str:
    heading = (
        f"**{told['name']}**: {told['about']} {told['messages']:,} messages, {told['sessions']:,} sessions; "
        f"{told['questions'][half]} questions of the {half} half."
    )
    rows = [_row(outcome, [*told["halves"][half]]) for outcome in told["halves"][half]]
    return f"{heading}\n\n{page.table(HEAD, rows)}"


def _row(outcome: Mapping[str, Any], everybody: Sequence[Mapping[str, Any]]) -> list[str]:
    def share(level: str, name: str) -> str:
        best = max(each[level][name] for each in everybody)
        text = f"{outcome[level][name]:.3f}"
        return f"**{text}**" if outcome[level][name] == best > 0 else text

    cells = [outcome["system"], *(share("messages", name) for name in MEASURES)]
    cells += [share("sessions", name) for name in MEASURES[:3]]
    return [*cells, f"{outcome['median_ms']:.1f}", f"{outcome['p95_ms']:.1f}", f"{outcome['bytes']:,}"]


def whole() -> str:
    """Return docs/search.md as it is with the newest results."""
    told = results.load("retrieval") or {"sets": [], "complete": {"seeds": [], "memory": {}}}
    parts = {
        "retrieval": f"{tables(told['sets'], 'held')}\n\n![Messages found](search/messages.svg)\n\n"
        "![Sessions found](search/sessions.svg)",
        "complete": _complete(told["complete"]),
        "latency": _latency(),
    }
    return page.filled(PAGE.read_text(encoding="utf-8"), parts)


def _complete(told: Mapping[str, Any]) -> str:
    rows = [
        [str(each["seed"]), str(each["kinds"]), f"{each['planted'] - sum(each['lost'].values())} of {each['planted']}"]
        for each in told["seeds"]
    ]
    taken = [[name, f"{size:.1f} MiB"] for name, size in told["memory"].items()]
    found = page.table(("seed", "kinds of place", "words found"), rows)
    return f"{found}\n\n{page.table(('a query of', 'memory that it takes'), taken)}"


def _latency() -> str:
    told = results.load("growth") or {"rows": []}
    sizes = sorted(told["rows"], key=lambda row: int(row["conditions"]["messages"]))
    rows = []
    for key in [key for key in budgets.BUDGETS if key.startswith("query_")]:
        found = [{each.key: each for each in results.measured(row["measured"])}.get(key) for row in sizes]
        rows.append([budgets.plain(key), *(budgets.written(each) if each else "" for each in found)])
    return page.table(("", *(f"{row['conditions']['messages']:,} messages" for row in sizes)), rows)


def draw(level: str, title: str) -> str:
    """Return recall@10 of "messages" or "sessions" as bars: every set, everybody."""
    told = results.load("retrieval") or {"sets": []}
    rows = [
        (f"{each['name']}: {outcome['system']}", outcome[level]["recall_10"], f"{outcome[level]['recall_10']:.3f}")
        for each in told["sets"]
        for outcome in each["halves"]["held"]
    ]
    return plots.bars(title, rows, foot="The line is everything: longer is better.")


PICTURES: dict[str, Callable[[], str]] = {
    "docs/search/messages.svg": lambda: draw("messages", "Messages found among the first ten, held half"),
    "docs/search/sessions.svg": lambda: draw("sessions", "Sessions found among the first ten, held half"),
}
"""What draws each picture, by its path below the root."""
