"""What status advises: for each thing that is wrong, one sentence with its cause and its remedy."""

from __future__ import annotations

from simple_memory import config
from simple_memory.service import runfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from simple_memory.service import status

_DATABASE = {
    "foreign": "Move it away, or set SIMPLE_MEMORY_HOME; a new one is made from the transcripts.",
    "newer": "Update simple-memory: this version is older than the one that wrote the database.",
    "older": "The next `simple-memory start` or `simple-memory sync` brings it up to date, after a backup.",
    "damaged": "`simple-memory doctor` mends it, from the newest backup and the transcripts; what is damaged is kept.",
    "busy": "Another program holds the database; its counts are shown again once that lets go.",
}

_LONG_S = 30
"""Transcripts that have waited for so long are told of, where something is wrong."""


def hints(answer: dict[str, Any], sight: status.Sight, home: config.Home, *, version: str) -> list[str]:
    """Return the advice for `answer`, the most urgent first."""
    given = [_about_state(answer, sight, home), *_about_workers(answer)]
    given.append(_about_database(answer, sight))
    given.append(about_network(answer["database"]["network"]))
    given += _about_reading(answer, sight, home)
    if answer["supervisor"]["pid"] and answer["version"] != version:
        given.append(f"Version {answer['version']} runs, {version} is installed: `simple-memory start` restarts it.")
    elif answer["supervisor"]["pid"] and sight.replaced:
        given.append("The program was installed anew since it started: `simple-memory start` restarts it.")
    return [hint for hint in given if hint]


def _about_state(answer: dict[str, Any], sight: status.Sight, home: config.Home) -> str:
    log = home.log_file(runfile.SUPERVISOR)
    match answer["state"]:
        case "stopped" if answer["last_error"]:
            return f"The last start failed; {log} tells more. Then `simple-memory start --daemon`."
        case "stopped":
            return "Search and MCP work; new messages wait for `simple-memory start --daemon`."
        case "crashed":
            return f"The supervisor was killed or crashed; {log} may tell more. `simple-memory start --daemon` helps."
        case "unresponsive" if sight.holder is not None and sight.holder.frozen:
            return f"The supervisor is frozen (SIGSTOP): `kill -CONT {sight.holder.pid}`, or `simple-memory restart`."
        case "unresponsive" if _has_worker(answer, runfile.HUNG, runfile.FROZEN):
            return "A worker gives no sign of life; it is restarted by itself within half a minute."
        case "unresponsive":
            return "The supervisor gives no sign of life: `simple-memory restart --force`."
    return ""


def _has_worker(answer: dict[str, Any], *states: str) -> bool:
    return any(worker["state"] in states for worker in answer["workers"].values())


def _about_workers(answer: dict[str, Any]) -> list[str]:
    return [
        f"The {name} worker crashed again and again and is left alone: see `simple-memory logs --{name}`, "
        "then `simple-memory restart`."
        for name, worker in answer["workers"].items()
        if worker["state"] == runfile.GAVE_UP
    ]


def _about_database(answer: dict[str, Any], sight: status.Sight) -> str:
    if answer["database"]["state"] == "missing" and answer["state"] == "degraded":
        return (
            "The database was removed while the service runs: within a minute a new one is made from the transcripts. "
            "`simple-memory backup --list` shows the backups."
        )
    advice = _DATABASE.get(answer["database"]["state"])
    return f"{sight.glance.reason} {advice}" if advice else ""


def about_network(kind: str | None) -> str:
    """Return what it means that the home is on a network's file system of that kind; "" for a disk."""
    if not kind:
        return ""
    return (
        f"The home is on a network's file system ({kind}), where SQLite's locks and shared memory cannot be trusted: "
        "set SIMPLE_MEMORY_HOME to a folder on a disk of this machine."
    )


def _about_reading(answer: dict[str, Any], sight: status.Sight, home: config.Home) -> list[str]:
    facts = sight.state["workers"].get("sync", {}).get("facts", {}) if sight.state and sight.holder else {}
    transcripts = answer["transcripts"]
    error = str(facts.get("last_error") or "")
    return [
        _about_error(error),
        _about_journal(facts),
        "" if error else _about_lag(answer),
        _about_pace(transcripts),
        "" if error else _about_canary(facts),
        _about_watching(facts),
        "" if transcripts["seen"] else _about_none(facts, home),
    ]


def _about_error(error: str) -> str:
    if "full" in error.lower():
        return "The disk is full, or nearly: make room, reading goes on by itself and nothing is lost."
    return "Reading is tried again by itself; `simple-memory logs --sync` tells more." if error else ""


def _about_lag(answer: dict[str, Any]) -> str:
    behind, lag_s = answer["transcripts"]["behind"], answer["transcripts"]["lag_s"] or 0
    if answer["state"] != "degraded" or not behind or lag_s < _LONG_S:
        return ""
    return f"{behind} transcripts wait since {lag_s:.0f} s and are not read: `simple-memory logs --sync` tells why."


def _about_canary(facts: dict[str, Any]) -> str:
    canary = facts.get("canary")
    if not canary or canary.get("ok"):
        return ""
    return (
        f"A test transcript of our own was written and not read within 30 s (at {str(canary.get('at'))[:19]}): new "
        "messages may come late. `simple-memory restart`; `simple-memory logs --sync` may tell why."
    )


def _about_watching(facts: dict[str, Any]) -> str:
    watching = facts.get("watching", "files")
    if watching == "files":
        return ""
    remedy = "" if "watched_folders_at_most" in watching else " (raise fs.inotify.max_user_watches)"
    return f"{watching}: transcripts are looked at every 5 s instead{remedy}."


def _about_journal(facts: dict[str, Any]) -> str:
    """Return what a journal that cannot be emptied means, and who keeps it; "" where there is none."""
    if not facts.get("journal_bytes"):
        return ""
    who = ", ".join(map(str, facts.get("journal_readers") or ())) or "Another program"
    return (
        f"{who} reads the database and does not end, so its journal has grown to {facts['journal_bytes'] / 1e6:,.0f} "
        "MB: end it. At 512 MB nothing more is read until then."
    )


def _about_pace(transcripts: dict[str, Any]) -> str:
    why = {"battery": "the machine runs on battery", "load": "others want the machine"}.get(transcripts["slowed_by"])
    if not why or not transcripts["behind"]:
        return ""
    return f"What came before is read slowly while {why}; `simple-memory sync` reads it at once. New lines never wait."


def _about_none(facts: dict[str, Any], home: config.Home) -> str:
    """Return where transcripts were looked for in vain; "" where nobody has looked yet."""
    if not facts.get("rescans", 1):
        return ""
    return f"No transcripts were found. Looked in: {', '.join(_looked_in(facts, home))}."


def _looked_in(facts: dict[str, Any], home: config.Home) -> list[str]:
    """Return where the service looks, as it says itself: its environment may be another than ours."""
    roots = facts.get("roots")
    if not isinstance(roots, list):
        return config.claude_config_dirs()
    return [str(root) for root in roots if not str(root).startswith(home.canary)]
