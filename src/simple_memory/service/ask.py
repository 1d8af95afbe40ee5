"""Asks the running supervisor over `run/control.sock`; not how it is started and ended (control.py)."""

from __future__ import annotations

import time

from simple_memory import config, errors, locks
from simple_memory.service import sockets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

TIMEOUT_S = 5.0


def is_running(home: config.Home) -> bool:
    """Return whether a service of this home runs. Raises StateUnknown."""
    return locks.lock_holder(home.lock) is not None


def request(home: config.Home, command: str, timeout: float = TIMEOUT_S) -> dict[str, Any]:
    """Send `command` (`state`, `rescan` or `canary`) and return the answer.

    Raises NotRunning where nobody listens, ServiceFailed where no answer comes within `timeout` seconds, and what the
    supervisor refuses as an error with its own code.
    """
    try:
        with sockets.connect(home.control_socket, timeout) as connected:
            connected.sendall(command.encode("utf-8") + b"\n")
            line = _read_line(connected, time.monotonic() + timeout)
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise errors.NotRunning("The service is not running.", "`simple-memory start` starts it.") from error
    except OSError as error:
        raise errors.ServiceFailed(
            f"The service does not answer: {error}.",
            "`simple-memory status` tells more; `simple-memory restart` helps.",
        ) from error
    return _parse(line)


def _read_line(connected: Any, end: float) -> bytes:
    received = b""
    while not received.endswith(b"\n"):
        connected.settimeout(max(0.001, end - time.monotonic()))
        part = connected.recv(65536)
        if not part:
            raise ConnectionError("it hung up")
        received += part
    return received


def _parse(line: bytes) -> dict[str, Any]:
    import json

    answer = json.loads(line)
    refused = answer.get("error")
    if refused:
        error = errors.SimpleMemoryError(str(refused["message"]), str(refused["hint"]))
        error.code = str(refused["code"])
        if error.code == errors.NotRunning.code:
            error.exit_code = errors.EXIT_NOT_RUNNING
        raise error
    return dict(answer)


def rescan(home: config.Home) -> None:
    """Ask the sync worker to look at every transcript now; returns once it was told. Raises what `request` raises."""
    request(home, "rescan")


def canary(home: config.Home) -> None:
    """Ask the sync worker to send a canary now; its facts tell how it went. Raises what `request` raises."""
    request(home, "canary")


def _patiently(ask: Callable[[config.Home], Any], home: config.Home) -> Any:
    """Ask a worker that may just be starting: again, as long as it does not serve yet and TIMEOUT_S is not over."""
    end = time.monotonic() + TIMEOUT_S
    while True:
        try:
            return ask(home)
        except errors.SimpleMemoryError as error:
            if error.exit_code != errors.EXIT_NOT_RUNNING or time.monotonic() >= end:
                raise
        time.sleep(0.1)


def send_canary(home: config.Home, timeout: float) -> dict[str, Any] | None:
    """Have a canary sent and wait for it: {at, ok, latency_s}; None where none came back in `timeout` seconds.

    Raises what `request` raises.
    """
    before = _patiently(sync_facts, home).get("canary")
    _patiently(canary, home)
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        found = sync_facts(home).get("canary")
        if found and found != before and found.get("ok") is not None:
            return dict(found)
        time.sleep(0.1)
    return None


def sync_facts(home: config.Home) -> dict[str, Any]:
    """Return what the sync worker last said about itself. Raises what `request` raises; NotRunning without a worker."""
    workers = request(home, "state")["state"]["workers"]
    facts = workers.get("sync", {}).get("facts")
    if not facts:
        raise errors.NotRunning("The sync worker is not running.", "`simple-memory status` tells more.")
    return dict(facts)
