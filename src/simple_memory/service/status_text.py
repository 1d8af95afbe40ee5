"""The answer of `status` for people: at most twenty lines; not what it says (status.py)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST_LINES = 20
MUCH_MEMORY_BYTES = 256_000_000
LITTLE_ROOM_BYTES = 2_000_000_000
"""The room on the disk is shown when there is less of it."""


def lines(answer: dict[str, Any]) -> list[str]:
    """Return the lines for `answer`, which is what `status --json` gives; text from outside is not escaped yet."""
    shown = [
        f"Simple Memory {answer['version']}: {answer['state']}" + (f": {answer['reason']}" if answer["reason"] else ""),
        f"  home         {answer['home']}",
        f"  database     {_database(answer['database'])}",
        f"  transcripts  {_transcripts(answer['transcripts'])}",
    ]
    if answer["transcripts"]["unknown_records"]:
        shown.append(f"  not known    {_unknown(answer['transcripts']['unknown_records'])}")
    if answer["redaction"]["on_read"] or answer["redaction"]["whole"]:
        shown.append(f"  secrets      {_redaction(answer['redaction'])}")
    if answer["last_sync_at"]:
        shown.append(f"  last read    {answer['last_sync_at'][:19].replace('T', ' ')} UTC")
    if answer["supervisor"]["pid"]:
        shown.append(f"  supervisor   {_process(answer['supervisor'])}")
        shown += [f"  {name:<11}  {_worker(worker)}" for name, worker in answer["workers"].items()]
    if answer["disk_free_bytes"] is not None and answer["disk_free_bytes"] < LITTLE_ROOM_BYTES:
        shown.append(f"  disk         {size(answer['disk_free_bytes'])} left")
    if answer["last_error"]:
        shown.append(f"  last error   {answer['last_error'][:300]}")
    return shown + [f"  ! {hint[:400]}" for hint in answer["hints"][: MOST_LINES - len(shown)]]


def _database(database: dict[str, Any]) -> str:
    if database["messages"] is None:
        return f"{database['state']}, {database['path']}"
    counts = f"{database['messages']:,} messages, {database['sessions']:,} sessions, {database['projects']:,} projects"
    return f"{counts}, {size(database['size_bytes'])}"


def _redaction(redaction: dict[str, Any]) -> str:
    if redaction["whole"]:
        return "keys and tokens are hidden before anything is stored"
    return "hidden before anything is stored, but not those of before (`simple-memory forget --secrets`)"


def _transcripts(transcripts: dict[str, Any]) -> str:
    if not transcripts["seen"]:
        return "none found" if transcripts["seen"] == 0 else "none read yet"
    parts = [f"{transcripts['seen']:,} seen"]
    if transcripts["behind"]:
        parts.append(_left(transcripts))
    elif transcripts["behind"] is not None:
        parts.append("all read")
    if transcripts["deleted_at_source"]:
        parts.append(f"{transcripts['deleted_at_source']:,} deleted by their agent and kept here")
    if transcripts["quarantined"]:
        parts.append(f"{transcripts['quarantined']:,} bad lines set aside")
    return ", ".join(parts)


def _left(transcripts: dict[str, Any]) -> str:
    """Say how much is read while some is left, and how much is left."""
    read, pending = transcripts["bytes_read"] or 0, transcripts["bytes_pending"] or 0
    share = f"{100 * read // (read + pending)} % read" if read + pending else "reading"
    return f"{share}, {transcripts['behind']:,} left with {size(pending)}"


def _unknown(records: dict[str, int]) -> str:
    """Say which types of records are only kept and counted; of many types the most frequent."""
    some = ", ".join(f"{number:,} {name[:40]}" for name, number in list(records.items())[:3])
    more = f" and {len(records) - 3} more types" if len(records) > 3 else ""
    return f"{some}{more}: records, kept as they are"


def _process(process: dict[str, Any]) -> str:
    uptime = process["uptime_s"]
    return f"pid {process['pid']}" + (f", up {duration(uptime)}" if uptime is not None else "")


def _worker(worker: dict[str, Any]) -> str:
    parts = [worker["state"].replace("_", " ")]
    if worker["pid"]:
        parts.append(_process(worker))
    if (worker["memory_bytes"] or 0) >= MUCH_MEMORY_BYTES:
        parts.append(f"holds {size(worker['memory_bytes'])} of memory")
    if worker["restarts"]:
        parts.append(f"restarted {worker['restarts']} times" if worker["restarts"] > 1 else "restarted once")
        if worker["last_error"]:
            parts.append(f"last because: {worker['last_error'][:200]}")
    return ", ".join(parts)


def size(count: float) -> str:
    """Return a number of bytes for people: decimal units, as disks are sold."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def duration(seconds: float) -> str:
    """Return a span of time for people, in its two largest units."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"
