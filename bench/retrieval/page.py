"""The results as tables: on the terminal, and in docs/search.md between its marks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "search.md"
RESULTS = ROOT / "bench" / "results" / "retrieval.json"
BEGIN = "<!-- retrieval: begin -->"
END = "<!-- retrieval: end -->"
HEAD = (
    "| | messages: recall@1 | @5 | @10 | MRR | nDCG@10 | sessions: recall@1 | @5 | @10 | ms, median | p95 | bytes |",
    "|---|---|---|---|---|---|---|---|---|---|---|---|",
)


def tables(results: Mapping[str, Any], half: str) -> str:
    """Return one table per set, of the half that is named."""
    return "\n\n".join(_table(each, half) for each in results["sets"])


def _table(told: Mapping[str, Any], half: str) -> str:
    heading = (
        f"**{told['name']}**: {told['about']} {told['messages']:,} messages, {told['sessions']} sessions; "
        f"{told['questions'][half]} questions of the {half} half."
    )
    return "\n".join([heading, "", *HEAD, *(_row(outcome) for outcome in told["halves"][half])])


def _row(outcome: Mapping[str, Any]) -> str:
    messages, sessions = outcome["messages"], outcome["sessions"]
    shares = [messages[name] for name in ("recall_1", "recall_5", "recall_10", "mrr", "ndcg_10")]
    shares += [sessions[name] for name in ("recall_1", "recall_5", "recall_10")]
    cells = [f"{share:.3f}" for share in shares]
    cells += [f"{outcome['median_ms']:.1f}", f"{outcome['p95_ms']:.1f}", f"{outcome['bytes']:,}"]
    return f"| {outcome['system']} | {' | '.join(cells)} |"


def whole() -> str:
    """Return docs/search.md as it is with the newest results."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{tables(results, 'held')}\n{END}{rest.partition(END)[2]}"
