"""The budgets, one row each; and what was measured for them."""

from __future__ import annotations

from dataclasses import dataclass

from bench import asked


@dataclass(frozen=True, slots=True)
class Budget:
    """What is measured, the most it may be, and how numbers of it are written (a format string)."""

    what: str
    limit: float
    shape: str


@dataclass(frozen=True, slots=True)
class Measured:
    """A number for a budget (None: it could not be measured), a remark, and what a ratio was made of.

    `raw` is in seconds or bytes.
    """

    key: str
    value: float | None
    remark: str = ""
    raw: float | None = None


PASS = "× `python -c pass`"
BUDGETS: dict[str, Budget] = {
    "status": Budget("`status`", 3, "{:.1f} " + PASS),
    "status_up": Budget("`status`, the service up", 3, "{:.1f} " + PASS),
    "status_lines": Budget("`status`: lines", 20, "{:.0f}"),
    "status_writes": Budget("`status`: files changed", 0, "{:.0f}"),
    "start": Budget("`start --daemon` to ready", 1.5, "{:.2f} s"),
    "stop": Budget("`stop`, idle", 1, "{:.2f} s"),
    "import_cpu": Budget("first import, every surface indexed and archived: CPU", 12, "{:.1f} × orjson.loads"),
    "import_wall": Budget("first import: wall", 7, "{:.1f} × orjson.loads"),
    "import_peak": Budget("first import: peak memory", 200, "{:.0f} MB"),
    "again_cpu": Budget("no-change restart: CPU", 0.3, "{:.2f} s"),
    "append": Budget("append → searchable, p95", 300, "{:.0f} ms"),
    "append_stream": Budget("append → searchable during 25 lines/s, p95", 300, "{:.0f} ms"),
    "append_import": Budget("append → searchable during 25 lines/s and a first import, p95", 300, "{:.0f} ms"),
    "idle_cpu": Budget("idle, all processes: CPU", 0.2, "{:.2f} %"),
    "supervisor_rss": Budget("resident: supervisor", 20, "{:.0f} MB"),
    "sync_rss": Budget("resident: sync", 80, "{:.0f} MB"),
    "sync_rss_import": Budget("resident: sync, after it took in everything", 80, "{:.0f} MB"),
    "mcp_rss": Budget("resident: mcp", 110, "{:.0f} MB"),
    "size": Budget("database and index", 0.7, "{:.2f} × the transcripts' bytes"),
    "size_quiet": Budget("database and index, once all was quiet for a day", 0.7, "{:.2f} × the transcripts' bytes"),
    **{
        f"query_{name}": Budget(f"… {what}" if number else f"search in process, p95: {what}", 12, "{:.1f} ms")
        for number, (name, (what, _)) in enumerate(asked.CLASSES.items())
    },
    "search": Budget("`search` on the command line, a common word", 5, "{:.1f} " + PASS),
    "shim": Budget("MCP shim to its first answer, service up", 3, "{:.1f} " + PASS),
    "logs": Budget("logs", 32, "{:.2f} MiB"),
}


def within(measured: Measured) -> bool | None:
    """Return whether a number keeps its budget; None where there is no number."""
    return None if measured.value is None else measured.value <= BUDGETS[measured.key].limit


def written(measured: Measured) -> str:
    """Return a number with its unit; "not measured" where there is none."""
    return "not measured" if measured.value is None else BUDGETS[measured.key].shape.format(measured.value)


def plain(key: str) -> str:
    """Return what is measured, without marks of Markdown and without a reference to the row above."""
    what = BUDGETS[key].what.replace("`", "").replace(", every surface indexed and archived", "")
    return what.replace("… ", "search, p95: ").replace("search in process, p95", "search, p95")


def cells(measured: Measured) -> list[str]:
    """Return the cells of a row: what, budget, today, share of the budget with a mark, remark."""
    budget = BUDGETS[measured.key]
    limit = budget.shape.format(budget.limit).replace(".00", "").replace(".0 ", " ")
    share = ""
    if measured.value is not None:
        part = f"{measured.value / budget.limit:.2f} × " if budget.limit else ""
        share = part + ("✓" if within(measured) else "**✗ over**")
    return [budget.what, f"≤ {limit}", written(measured), share, measured.remark]
