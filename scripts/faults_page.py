"""docs/faults.md: which test proves which fault, from the marks `@pytest.mark.fault("L1")` in the tests."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

HEAD = """\
<!-- Written by `make docs` from the marks in the tests. Do not edit. -->
# Faults

What goes wrong with services, and what must be seen then. Each row is proved by the tests beside it: they bring the
fault about, with real processes, files and signals. Tests that a machine cannot run (no root, no `unshare`, no
`faketime`) are skipped by name. *Long* ones run with `make chaos`.
"""

ROWS = {
    "Life cycle": {
        "L1": ("many starts at once", "one service; every start exits 0"),
        "L2": ("start while it runs", '"already running, pid N", exit 0'),
        "L3": ("a worker is killed", "it serves again within 3 s, nothing is lost, status shows the restart"),
        "L4": ("the supervisor is killed", "no worker outlives it by more than 2 s; the next start works"),
        "L5": ("nothing runs", "status exits 3; stop says so and exits 0"),
        "L6": ("a frozen worker or supervisor", "status says unresponsive, exit 150; plain stop ends it"),
        "L7": ("a worker ignores SIGTERM", "stop exits 1 with a hint; stop --force ends it"),
        "L8": ("a pid that another process has by now", "never signalled, never reported as ours"),
        "L9": ("look-alikes, a foreign listener on our port", "left alone; start says what is wrong"),
        "L10": ("a zombie", "never reported as running; none is left after 200 crashes"),
        "L11": ("a start that fails", "exit 1 with a cause; no process is left"),
        "L12": ("the terminal is closed", "the service lives"),
        "L13": ("a worker crashes again and again", "1, 2, 4, 8, 16 s, then it gives up and status says so"),
        "L14": ("the home is deleted under it", "it ends, and writes nothing elsewhere"),
        "L15": ("a newer program, an older service", "start restarts it once"),
        "L16": ("the clock jumps by years", "the heart beats on, nothing is read again"),
        "L17": ("a reboot", "not running; nobody is signalled"),
        "L18": ("everything hangs, a million messages", "status is instant, at most 20 lines, and writes nothing"),
        "L19": ("alive, and deaf", "the slow look catches up; status is degraded, not healthy"),
    },
    "Limits and privacy": {
        "P1": ("a flood of log lines", "the cap holds at every instant; the newest line is seen"),
        "P2": ("no log folder, no room", "the service works on"),
        "P3": ("umask 000", "folders 0700, files and sockets 0600"),
        "P4": ("another user", "reads nothing"),
        "P5": ("planted links", "refused or replaced; the target is untouched"),
        "P6": ("a home that is open, or another's", "repaired, or refused and named"),
        "P7": ("secrets in transcripts", "not in logs, not in status, redacted on the way out"),
        "P8": ("control characters", "escaped in terminals and logs"),
        "P9": ("a phrase, a session or a project is to be forgotten", "gone from every file, and it stays gone"),
        "P10": ("little memory, few files", "a clear error, recovery, nothing lost"),
        "P11": ("a hostile environment", "it does not reach the service"),
    },
}
"""What each row is about: (fault, what must be seen). Every one of them has a test."""


def proofs(folder: Path) -> dict[str, list[tuple[str, str, bool]]]:
    """Return, per row, its tests below `folder`: (path from the root, name, whether it is a long one)."""
    found: dict[str, list[tuple[str, str, bool]]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        for function in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                marks = list(_marks(function))
                rows = [row for name, given in marks for row in given if name == "fault"]
                is_long = any(name == "chaos" for name, _ in marks)
                for row in rows:
                    found.setdefault(row, []).append((str(path.relative_to(ROOT)), function.name, is_long))
    return found


def _marks(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, list[str]]]:
    """Yield each mark of a test with its texts."""
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        given = decorator.args if isinstance(decorator, ast.Call) else []
        if isinstance(called, ast.Attribute) and ast.unparse(called.value) == "pytest.mark":
            yield called.attr, [str(one.value) for one in given if isinstance(one, ast.Constant)]


def page() -> str:
    """Return the whole page. Raises KeyError for a row without a test."""
    found = proofs(ROOT / "tests")
    parts = [HEAD]
    for title, rows in ROWS.items():
        parts.append(f"\n## {title}\n\n| row | fault | what is seen | tests |\n|---|---|---|---|\n")
        parts += [f"| {row} | {fault} | {seen} | {_cell(found[row])} |\n" for row, (fault, seen) in rows.items()]
    return "".join(parts)


def _cell(tests: list[tuple[str, str, bool]]) -> str:
    return "<br>".join(
        f"[{name.removeprefix('test_').replace('_', ' ')}](../{path})" + (" (*long*)" if is_long else "")
        for path, name, is_long in tests
    )
