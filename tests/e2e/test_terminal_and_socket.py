"""The service at a terminal and at its control socket, with real processes."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess

import pytest

from tests import worlds
from tests.e2e import services


@pytest.mark.fault("L12")
def test_the_end_of_a_terminal_does_not_end_a_background_service(world: worlds.World) -> None:
    service = services.Service(world).started()
    supervisor, worker = service.pid("supervisor"), service.pid("sync")
    services.kill(supervisor, signal.SIGHUP)
    services.kill(worker, signal.SIGHUP)
    assert service.status()["state"] == "running"
    assert (service.pid("supervisor"), service.pid("sync")) == (supervisor, worker)
    assert os.getsid(supervisor) == supervisor


def test_a_foreground_service_shows_a_live_line_and_ends_by_ctrl_c(world: worlds.World) -> None:
    service = services.Service(world, sync='serve(lambda: {"seen": 3, "behind": 0})')
    service.configure()
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        world.command("start", *service._options),
        env=world.environment(TERM="xterm"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    os.set_blocking(ours, False)

    def shows_activity() -> bool:
        nonlocal shown
        try:
            shown += os.read(ours, 65536)
        except OSError:
            pass
        return b"3 transcripts, all read" in shown

    worlds.wait_for(shows_activity, "the live line")
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(worlds.BOUND_S) == 0
    os.close(ours)
    assert world.holder() is None


def test_a_foreground_service_without_a_terminal_tells_events(world: worlds.World) -> None:
    service = services.Service(world)
    started = service.foreground()
    service.wait_for_state("running")
    second = world.run("start", *service._options)
    assert (second.returncode, "already running" in second.stdout) == (0, True)
    started.send_signal(signal.SIGTERM)
    assert started.wait(worlds.BOUND_S) == 0
    assert started.stderr is not None
    assert "service ended" in started.stderr.read()


def test_the_running_service_is_asked_over_its_socket(world: worlds.World) -> None:
    from simple_memory import errors
    from simple_memory.service import control

    body = """
    asked = 0
    link.ready()
    while not link.wait(0.05):
        asked += link.requests().count("rescan")
        link.beat({"asked": asked})
    """
    with pytest.raises(errors.NotRunning):
        control.request(world.home, "state")
    services.Service(world, sync=body).started()
    control.rescan(world.home)
    worlds.wait_for(lambda: control.sync_facts(world.home) == {"asked": 1}, "the worker to be asked")
    with pytest.raises(errors.SimpleMemoryError, match="no command"):
        control.request(world.home, "dance")


def test_rude_callers_harm_nobody(world: worlds.World) -> None:
    from simple_memory.service import control, sockets

    service = services.Service(world).started()
    rude = [sockets.connect(world.home.control_socket, 1.0) for _ in range(40)]
    for number, caller in enumerate(rude):
        caller.sendall(b"x" * (number * 300))
    rude[0].shutdown(socket.SHUT_RDWR)
    for caller in rude[1:]:
        caller.close()
    assert control.request(world.home, "state")["state"]["supervisor"]["pid"] == service.pid("supervisor")
