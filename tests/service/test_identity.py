import os
import signal
import sys

from simple_memory.service import control, identity
from tests import worlds

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]


def test_a_process_is_the_same_only_with_its_own_start_time(world: worlds.World) -> None:
    started = world.spawn_command(SLEEP)
    seen = identity.look(started.pid)
    assert seen is not None
    assert identity.is_same(started.pid, seen.token)
    assert not identity.is_same(started.pid, "1")


def test_a_zombie_is_no_process(world: worlds.World) -> None:
    started = world.spawn_command(SLEEP)
    os.kill(started.pid, signal.SIGKILL)
    worlds.wait_for(lambda: identity.look(started.pid) is None, "it to count as gone")
    assert started.returncode is None  # not reaped: a zombie


def test_a_name_with_brackets_and_spaces_does_not_confuse(world: worlds.World) -> None:
    name = world.root / "a) S (b"
    os.symlink(sys.executable, name)
    started = world.spawn_command([str(name), *SLEEP[1:]])
    assert started.stdout is not None
    started.stdout.readline()
    assert identity.look(started.pid) is not None


def test_nobody_is_signalled_whose_identity_is_not_proved(world: worlds.World) -> None:
    started = world.spawn_command(SLEEP)
    assert identity.prove(started.pid, lambda seen: seen.token == "1") is None
    proved = identity.prove(started.pid, lambda _: True)
    assert proved is not None
    with proved:
        assert not proved.wait(0)
        proved.send(signal.SIGKILL)
        assert proved.wait(worlds.BOUND_S)
        proved.send(signal.SIGKILL)  # to nobody; harms nobody
    assert identity.prove(2**22 + 1, lambda _: True) is None


def test_versions_are_compared_by_their_numbers() -> None:
    assert control.is_newer("0.10.0", "0.9.3")
    assert control.is_newer("1.0.0", "0.99")
    assert not control.is_newer("0.1.0", "0.1.0")
    assert not control.is_newer("0.1.0rc1", "0.1.0")
    assert not control.is_newer("nonsense", "0.1.0")


def test_no_token_proves_nothing() -> None:
    """It is what a process has where no /proc tells when it began."""
    assert not identity.is_same(os.getpid(), "")
