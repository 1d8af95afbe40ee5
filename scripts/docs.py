"""Write the generated pages, or tell which are stale (`--check`)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from bench import performance
from bench.retrieval import page as retrieval_page
from scripts import cli_page, faults_page, schema_page
from simple_memory.store import schema

ROOT = Path(__file__).resolve().parent.parent
PAGES: dict[str, Callable[[], str]] = {
    "docs/cli.md": cli_page.page,
    "docs/faults.md": faults_page.page,
    "docs/performance.md": performance.whole,
    "docs/search.md": retrieval_page.whole,
    "docs/schema.md": lambda: schema_page.page(schema.current_sql()),
    **performance.PICTURES,
    **retrieval_page.PICTURES,
}
"""Where each generated page is, and what makes it."""


def stale(root: Path) -> list[str]:
    """Return the generated pages below `root` that are not what they would be now."""
    return [name for name, make in PAGES.items() if _read(root / name) != make()]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main(arguments: list[str]) -> int:
    """Write the stale pages; with `--check` name them and return 1 instead."""
    found = stale(ROOT)
    for name in found:
        if "--check" in arguments:
            print(f"{name} is stale: run `make docs`.", file=sys.stderr)
        else:
            (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / name).write_text(PAGES[name](), encoding="utf-8")
            print(f"{name} written.")
    return 1 if found and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
