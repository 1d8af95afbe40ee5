"""The results on disk: one small JSON file for each kind of measurement, in bench/results/. It measures nothing."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import budgets

FOLDER = Path(__file__).with_name("results")


def load(name: str) -> dict[str, Any] | None:
    """Return the results of that name; None where it was never measured."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def save(name: str, results: dict[str, Any]) -> None:
    """Write the results of that name."""
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps(results, indent=1, ensure_ascii=False)
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def conditions(*, messages: int, sessions: int, size: int) -> dict[str, Any]:
    """Return what was measured on what: the corpus (`bytes` of transcripts), the interpreter, the machine."""
    return {
        "messages": messages,
        "sessions": sessions,
        "bytes": size,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count() or 1,
    }


def as_json(found: list[budgets.Measured]) -> list[dict[str, Any]]:
    """Return the numbers with four digits: more would be noise."""
    return [
        {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(each).items()}
        for each in found
    ]


def measured(rows: list[dict[str, Any]]) -> list[budgets.Measured]:
    """Return what `as_json` made into JSON; rows of budgets that are no more are left out."""
    return [budgets.Measured(**row) for row in rows if row["key"] in budgets.BUDGETS]
