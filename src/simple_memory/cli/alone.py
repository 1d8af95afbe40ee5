"""Work that needs the database to itself: the service stops for it and starts again, a process of its own does it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator

from simple_memory import config, errors
from simple_memory.cli import output
from simple_memory.service import control, launch, runfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@contextlib.contextmanager
def without_service(home: config.Home) -> Iterator[bool]:
    """Stop the service while the block runs, saying so, and start it again as it ran; give whether it ran."""
    runs = control.is_running(home)
    state = runfile.read_state(home)
    if runs:
        output.talk("The service stops for this, and starts again afterwards.")
        control.stop(home)
    try:
        yield runs
    finally:
        if runs:
            kept = launch.options_of(state.get("options")) if state is not None else None
            control.start(home, kept or launch.Options(runfile.WORKERS))


def run(module: str, *arguments: str) -> dict[str, Any]:
    """Run `python -m module` to its end and return its report. Raises the error that it tells."""
    command = [sys.executable, "-I", "-m", module, *arguments]
    report: dict[str, Any] | None = None
    environment = config.pass_environment()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment) as started:
        try:
            for line in started.stdout or ():
                step = json.loads(line)
                if "error" in step:
                    raise error_of(step["error"], started.wait())
                report = step.get("report", report)
        except BaseException:
            started.terminate()
            raise
    if started.returncode or report is None:
        raise errors.SimpleMemoryError(
            f"{module} ended with code {started.returncode}.", "Nothing that was there is lost."
        )
    return report


def error_of(told: dict[str, str], exit_code: int) -> errors.SimpleMemoryError:
    """Return the error that a process of ours told before it ended with `exit_code`."""
    error = errors.SimpleMemoryError(told["message"], told["hint"])
    error.code, error.exit_code = told["code"], exit_code
    return error
