"""How the service and the memory are, seen from outside: looks, judges, and gives the answer of `status --json`.

Not how it is shown (status_text.py) nor what to do about it (hints.py). It writes nothing, starts nothing, waits for
nobody and trusts no file alone: the lock says who runs, /proc whether that process and the workers still are the ones
that the state file names.
"""

from __future__ import annotations

from simple_memory import __version__, config, errors, locks
from simple_memory.service import hints, identity, installed, mounts, runfile
from simple_memory.store import glance as glances

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

RUNNING = "running"
STARTING = "starting"
STOPPING = "stopping"
STOPPED = "stopped"
CRASHED = "crashed"
UNRESPONSIVE = "unresponsive"
DEGRADED = "degraded"

EXIT_CODES = {
    RUNNING: errors.EXIT_OK,
    STARTING: errors.EXIT_OK,
    STOPPING: errors.EXIT_OK,
    STOPPED: errors.EXIT_NOT_RUNNING,
    CRASHED: errors.EXIT_ERROR,
    UNRESPONSIVE: errors.EXIT_DEGRADED,
    DEGRADED: errors.EXIT_DEGRADED,
}

BEHIND_S = 30.0
"""What waits longer than this, while nothing is read, is behind."""

START_S = 30.0
"""A service that holds the lock for so long without a word of its own is unresponsive."""

_SICK_DATABASE = frozenset({glances.FOREIGN, glances.NEWER, glances.DAMAGED})


class Sight:
    """What was seen at one moment.

    `holder` is the process that holds the lock, `state` the state file's content if it is of this boot, `workers` those
    processes that it names and that still live, `now` the boot clock; `replaced` says that the service was started from
    other files than those that are installed in their place now.
    """

    __slots__ = (
        "disk_free",
        "glance",
        "holder",
        "memory",
        "network",
        "now",
        "replaced",
        "state",
        "was_stopped",
        "workers",
    )

    def __init__(
        self,
        *,
        holder: identity.Process | None,
        state: dict[str, Any] | None,
        workers: dict[str, identity.Process],
        glance: glances.Glance,
        now: float,
        was_stopped: bool,
        memory: dict[int, int | None] | None = None,
        disk_free: int | None = None,
        replaced: bool = False,
        network: str | None = None,
    ) -> None:
        """Take what was seen at `now`, on the boot clock; `memory` is by pid, in bytes.

        `network` is the kind of the network's file system that the home is on, None for a disk.
        """
        self.holder = holder
        self.state = state
        self.workers = workers
        self.glance = glance
        self.now = now
        self.was_stopped = was_stopped
        self.memory = memory or {}
        self.disk_free = disk_free
        self.replaced = replaced
        self.network = network


def look(home: config.Home) -> Sight:
    """Look at the lock, the processes, the state file and the database. Raises StateUnknown."""
    import os

    holder, pid = None, locks.lock_holder(home.lock)
    if pid is not None:
        holder = identity.look(pid) or identity.Process(pid, "", "")
    state = _state_of_this_boot(home)
    workers = _living(state["workers"]) if state else {}
    pids = [seen.pid for seen in (holder, *workers.values()) if seen]
    return Sight(
        holder=holder,
        state=state,
        workers=workers,
        glance=glances.glance(home.database),
        now=runfile.now(),
        was_stopped=os.path.lexists(home.stopped),
        memory={pid: identity.private_bytes(pid) for pid in pids},
        disk_free=_disk_free(home.root),
        replaced=state is not None and installed.is_replaced(state.get("installed")),
        network=mounts.network_kind(home.root),
    )


def _state_of_this_boot(home: config.Home) -> dict[str, Any] | None:
    state = runfile.read_state(home)
    return state if state is not None and state["boot"] == runfile.boot_id() else None


def _living(workers: dict[str, Any]) -> dict[str, identity.Process]:
    """Return those of the recorded processes that still live, by name: a number that another has by now is not one."""
    living = {}
    for name, recorded in workers.items():
        seen = identity.look(recorded["pid"])
        if seen is not None and seen.token == recorded["token"]:
            living[name] = seen
    return living


def _disk_free(folder: str) -> int | None:
    """Return the bytes that are left where `folder` is or would be; None where the system does not say."""
    import os

    while not os.path.isdir(folder) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize


def report(home: config.Home) -> dict[str, Any]:
    """Look, and return the answer of `status --json`. Raises StateUnknown."""
    return judge(look(home), home, version=__version__)


def judge(sight: Sight, home: config.Home, *, version: str) -> dict[str, Any]:
    """Return the answer of `status --json` for what was seen; pure."""
    state = state_of(sight)
    recorded = sight.state if _is_recorded(sight) else None
    facts = _facts(sight) if recorded else {}
    counters = sight.glance.counters
    answer: dict[str, Any] = {
        "state": state,
        "healthy": state == RUNNING,
        "reason": reason(sight) if state == DEGRADED else None,
        "version": recorded["version"] if recorded else version,
        "home": home.root,
        "supervisor": {
            "pid": sight.holder.pid if sight.holder else None,
            "uptime_s": _since(sight, recorded["supervisor"]["started"]) if recorded else None,
            "memory_bytes": sight.memory.get(sight.holder.pid) if sight.holder else None,
        },
        "workers": {name: _worker(name, sight) for name in runfile.WORKERS},
        "database": {
            "path": home.database,
            "state": sight.glance.state,
            "size_bytes": sight.glance.size_bytes,
            "messages": counters.get("messages"),
            "sessions": counters.get("sessions"),
            "projects": counters.get("projects"),
            "schema_version": sight.glance.schema_version,
            "network": sight.network,
        },
        "transcripts": _transcripts(sight, facts),
        "canary": facts.get("canary"),
        "redaction": {
            "on_read": facts.get("redact_on_read"),
            "whole": bool(counters["redacted"]) if counters.get("redacted") is not None else None,
        },
        "disk_free_bytes": sight.disk_free,
        "last_event_at": facts.get("last_event_at"),
        "last_rescan_at": facts.get("last_rescan_at"),
        "last_sync_at": facts.get("last_sync_at") or counters.get("last_sync_at"),
        "last_error": last_error(sight),
    }
    answer["hints"] = hints.hints(answer, sight, home, version=version)
    return answer


def state_of(sight: Sight) -> str:
    """Return the one word for what was seen; pure."""
    state = sight.state
    if sight.holder is None:
        return STOPPED if _has_ended(sight) else CRASHED
    if sight.holder.frozen:
        return UNRESPONSIVE
    if not _is_recorded(sight) or state is None:
        return STARTING if _holder_age(sight) < START_S else UNRESPONSIVE
    if sight.now - state["heartbeat"] > state["stall_s"]:
        return UNRESPONSIVE
    if state["phase"] in {STARTING, STOPPING}:
        return str(state["phase"])
    return _health(sight, state)


def _has_ended(sight: Sight) -> bool:
    """Return whether a service that does not run ended as it should, or never ran since the machine started."""
    return sight.state is None or sight.state["phase"] in {runfile.STOPPED, runfile.FAILED} or sight.was_stopped


def _transcripts(sight: Sight, facts: dict[str, Any]) -> dict[str, Any]:
    """Return how far they are read; before they have been looked for what the database knows of them."""
    counters = sight.glance.counters
    has_looked = "seen" in facts and facts.get("rescans", 1) > 0
    return {
        "seen": facts["seen"] if has_looked else counters.get("transcripts") or None,
        "behind": facts.get("behind") if has_looked else None,
        "lag_s": facts.get("lag_s"),
        "bytes_pending": facts.get("bytes_pending"),
        "bytes_read": counters.get("archived_bytes"),
        "quarantined": counters.get("quarantined", facts.get("quarantined")),
        "deleted_at_source": counters.get("deleted_at_source", facts.get("deleted_at_source")),
        "unknown_records": sight.glance.unknown,
        "slowed_by": facts.get("slowed_by"),
    }


def _health(sight: Sight, state: dict[str, Any]) -> str:
    words = {_worker_state(name, sight) for name in state["workers"]}
    if words & {runfile.HUNG, runfile.FROZEN}:
        return UNRESPONSIVE
    well = words <= {runfile.RUNNING, runfile.STARTING} and not _is_sick(sight)
    facts = _facts(sight)
    troubled = facts.get("last_error") or facts.get("journal_bytes")
    reads = not troubled and not is_behind(sight) and not is_deaf(sight)
    return RUNNING if well and reads else DEGRADED


def _is_sick(sight: Sight) -> bool:
    """Return whether the database cannot be used; one that is missing was there if the sync worker has spoken."""
    state = sight.glance.state
    return state in _SICK_DATABASE or (state == glances.MISSING and bool(_facts(sight)))


def reason(sight: Sight) -> str:
    """Return in a few words what is wrong with a service that runs: the gravest of it."""
    assert sight.state is not None
    words = {_worker_state(name, sight) for name in sight.state["workers"]}
    if runfile.GAVE_UP in words:
        return "a worker was given up"
    if _is_sick(sight):
        return f"the database is {sight.glance.state}"
    if _facts(sight).get("last_error"):
        return "reading fails"
    if is_behind(sight):
        return "behind"
    if is_deaf(sight):
        return "new lines are not noticed"
    if _facts(sight).get("journal_bytes"):
        return "a reader keeps the journal long"
    return "a worker is started again"


def is_deaf(sight: Sight) -> bool:
    """Return whether the last canary (our own test transcript) was written and not read in time."""
    canary = _facts(sight).get("canary")
    return bool(canary and not canary.get("ok"))


def is_behind(sight: Sight) -> bool:
    """Return whether transcripts have waited for long while nothing was read; an import that moves is no such thing."""
    facts = _facts(sight)
    if not facts.get("behind") or (facts.get("lag_s") or 0) < BEHIND_S:
        return False
    assert sight.state is not None
    return bool(sight.now - sight.state["workers"]["sync"].get("progressed", 0.0) > BEHIND_S)


def last_error(sight: Sight) -> str | None:
    """Return the error that still matters; None if there is none."""
    if sight.state is None:
        return None
    failure = sight.state.get("failure")
    if failure:
        return str(failure.get("message"))
    for name, worker in sight.state["workers"].items():
        if worker["last_error"] and (sight.holder is None or _worker_state(name, sight) != runfile.RUNNING):
            return str(worker["last_error"])
    if sight.holder is None:
        return None
    return _facts(sight).get("last_error") or sight.state.get("trouble") or None


def _facts(sight: Sight) -> dict[str, Any]:
    """Return what the sync worker last said about itself."""
    if sight.state is None:
        return {}
    return dict(sight.state["workers"].get("sync", {}).get("facts", {}))


def _is_recorded(sight: Sight) -> bool:
    """Return whether the state file was written by the process that holds the lock."""
    if sight.state is None or sight.holder is None:
        return False
    supervisor = sight.state["supervisor"]
    return bool(supervisor["pid"] == sight.holder.pid and supervisor["token"] == sight.holder.token)


def _holder_age(sight: Sight) -> float:
    import os

    try:
        return sight.now - int(sight.holder.token if sight.holder else "") / os.sysconf("SC_CLK_TCK")
    except ValueError:  # not Linux: its token is no number of ticks
        return 0.0


def _worker(name: str, sight: Sight) -> dict[str, Any]:
    recorded = sight.state["workers"].get(name) if sight.state and _is_recorded(sight) else None
    answer: dict[str, Any] = {
        "state": _worker_state(name, sight), "pid": None, "uptime_s": None, "memory_bytes": None,
        "restarts": 0, "last_error": None,
    }  # fmt: skip
    if not recorded:
        return answer
    answer.update(restarts=recorded["restarts"], last_error=recorded["last_error"] or None)
    alive = sight.workers.get(name)
    if alive is not None:
        uptime_s, memory_bytes = _since(sight, recorded["started"]), sight.memory.get(alive.pid)
        answer.update(pid=alive.pid, uptime_s=uptime_s, memory_bytes=memory_bytes)
    return answer


def _worker_state(name: str, sight: Sight) -> str:
    if sight.state is None or not _is_recorded(sight):
        return runfile.STOPPED
    recorded = sight.state["workers"].get(name)
    if recorded is None:
        return runfile.OFF
    alive = sight.workers.get(name)
    if alive is None:
        unseen = recorded["state"] in {runfile.RUNNING, runfile.STARTING, runfile.HUNG}
        return runfile.RESTARTING if unseen else str(recorded["state"])
    return runfile.FROZEN if alive.frozen else str(recorded["state"])


def _since(sight: Sight, started: float) -> float:
    return round(max(0.0, sight.now - started), 1)
