"""The comparison as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench import page
from bench.peers import place

KILLED = -9
"""What a program ends with that took too long."""


def rounded(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the results with three digits after the point."""

    def small(value: Any) -> Any:
        if isinstance(value, float):
            return round(value, 3)
        return {name: small(each) for name, each in value.items()} if isinstance(value, dict) else value

    return [{name: small(value) for name, value in each.items()} for each in found]


def tables(told: Mapping[str, Any]) -> str:
    """Return the tables: costs and what is found; the times of queries; how each was used and what it leaves out."""
    size = told["conditions"]["bytes"]
    costs = [_costs(each, size) for each in told["programs"]]
    heads = ("", "index from nothing: CPU", "wall", "peak memory", "on disk, of the transcripts", "planted words found")
    times = [_times(each) for each in told["programs"] if each["queries"]]
    classes = ("rare word", "common word", "three words", "absent word", "append → found")
    left_out = [_left_out(each) for each in told["programs"]]
    network = "without network" if told["conditions"]["alone"] else "with network"
    return "\n\n".join(
        [
            f"{page.conditions(told['conditions'])} All {network}, in one home that was made for it.",
            page.table(heads, costs),
            "Milliseconds, medians, the whole program from its start to its end:",
            page.table(("", *classes), times),
            page.table(("", "as used here", "surfaces where words are missing"), left_out),
            *([" ".join(told["absent"])] if told.get("absent") else []),
        ]
    )


def _named(each: Mapping[str, Any]) -> str:
    return f"{each['name']} {place.versions().get(each['name'], '')}".strip()


def _costs(each: Mapping[str, Any], size: int) -> tuple[str, ...]:
    if not each["wall"]:
        return (_named(each), "–", "–", "–", "–", _found(each["recall"]))
    if each["code"] == KILLED:
        return (_named(each), "–", f"> {each['wall']:.0f} s", "–", "–", "–")
    failed = f" (exit {each['code']})" if each["code"] else ""
    times = (f"{each['cpu']:.1f} s{failed}", f"{each['wall']:.1f} s", f"{each['peak'] / 1e6:.0f} MB")
    return (_named(each), *times, f"{each['size'] / size:.2f}", _found(each["recall"]))


def _found(recall: Mapping[str, Any] | None) -> str:
    """Return how many words were found, and of how many that were asked for in how long, where that is not all."""
    if not recall or not recall["asked"]:
        return "–"
    found = f"{recall['found']} of {recall['asked']}"
    return found if recall["asked"] == recall["of"] else f"{found} asked in {recall['seconds']:.0f} s"


def _times(each: Mapping[str, Any]) -> tuple[str, ...]:
    times = [each["queries"].get(name) for name in ("rare", "common", "several", "absent")]
    asked = ["–" if time is None else f"{time:.0f}" for time in times]
    return (_named(each), *asked, "> 15,000" if each["append"] is None else f"{each['append']:.0f}")


def _left_out(each: Mapping[str, Any]) -> tuple[str, str, str]:
    missing = (each["recall"] or {"missing": {}})["missing"]
    told = ", ".join(f"{name} {share}" for name, share in sorted(missing.items()))
    return _named(each), each["about"], each["failed"] or told or "none"
