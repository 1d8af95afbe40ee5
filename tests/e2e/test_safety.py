"""The service among hostile surroundings, with real processes: the rows P1 to P11, L18 and L19 of the faults."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simple_memory import config
from tests import worlds
from tests.e2e import services

AS_ROOT = os.geteuid() == 0


def everything(home: config.Home) -> dict[str, int]:
    """Return the mode of everything in the home."""
    found = {home.root: 0}
    for folder, folders, files in os.walk(home.root):
        found.update({os.path.join(folder, name): 0 for name in (*folders, *files)})
    return {path: stat.S_IMODE(os.lstat(path).st_mode) for path in found}


@pytest.mark.fault("P1")
def test_a_flood_of_output_never_passes_the_cap_and_shows_its_newest_line(world: worlds.World) -> None:
    body = """
    link.ready()
    number = 0
    while not link.stop_requested():
        for _ in range(2000):
            number += 1
            print(f"error {number} " + "x" * 900, flush=False)
        sys.stdout.flush()
        link.beat({"printed": number})
        if number >= 60000:
            print("the newest error", flush=True)
            break
    serve()
    """
    service = services.Service(world, sync=body)
    service.configure(services.SETTINGS + "log_bytes_total = 300_000\n")
    service.start()
    logs = Path(world.home.logs)
    most = 0

    def is_over() -> bool:
        nonlocal most
        try:
            most = max(most, sum(file.stat().st_size for file in logs.glob("*")))
            return "the newest error" in service.log("sync")
        except FileNotFoundError:  # a log that is being rotated at this moment: look again
            return False

    worlds.wait_for(is_over, "the newest line")
    assert most <= 300_000
    assert "lines left out" in service.log("sync") + Path(world.home.log_file("sync") + ".1").read_text()
    assert service.status()["state"] == "running"


@pytest.mark.fault("P2")
def test_the_service_works_on_without_its_log_folder(world: worlds.World) -> None:
    service = services.Service(world).started()
    shutil.rmtree(world.home.logs)
    before = service.pid("sync")
    services.kill(before)
    worlds.wait_for(lambda: service.status()["workers"]["sync"]["pid"] not in {None, before}, "a new worker")
    worlds.wait_for(lambda: os.path.exists(world.home.log_file("supervisor")), "a new log")


@pytest.mark.parametrize("mask", ["000", "777"])
@pytest.mark.fault("P3")
def test_everything_is_for_its_owner_alone_whatever_the_umask(world: worlds.World, mask: str) -> None:
    service = services.Service(world, mcp=services.WELL)
    command = " ".join(["umask", mask, "&&", "exec", *service.launch()])
    subprocess.run(["sh", "-c", command], env=world.environment(), check=True, timeout=20, cwd=world.root)
    worlds.wait_for(lambda: os.path.exists(world.home.control_socket), "the socket")
    modes = everything(world.home)
    assert {mode for path, mode in modes.items() if os.path.isdir(path)} == {0o700}
    assert {mode for path, mode in modes.items() if not os.path.isdir(path)} == {0o600}


@pytest.mark.fault("P6")
def test_a_home_that_others_could_read_is_closed_to_them(world: worlds.World) -> None:
    os.mkdir(world.home.root, 0o755)
    os.chmod(world.home.root, 0o755)
    services.Service(world).started()
    assert os.stat(world.home.root).st_mode & 0o777 == 0o700


@pytest.mark.skipif(not AS_ROOT, reason="only root can give a folder away")
@pytest.mark.fault("P6")
def test_a_home_of_another_user_is_refused_and_named(world: worlds.World) -> None:
    os.mkdir(world.home.root)
    os.chown(world.home.root, 4321, 4321)
    ended = services.Service(world).start()
    assert ended.returncode == 1
    assert "another user" in ended.stderr
    assert os.listdir(world.home.root) == []


@pytest.mark.parametrize("planted", ["run", "logs"])
@pytest.mark.fault("P5")
def test_a_planted_link_for_a_folder_is_refused(world: worlds.World, planted: str) -> None:
    target = world.root / "target"
    target.mkdir()
    os.mkdir(world.home.root, 0o700)
    os.symlink(target, os.path.join(world.home.root, planted))
    ended = services.Service(world).start()
    assert ended.returncode == 1
    assert "not a folder" in ended.stderr
    assert os.listdir(target) == []


@pytest.mark.fault("P5")
def test_planted_links_for_files_are_refused_or_replaced_and_their_targets_untouched(world: worlds.World) -> None:
    service = services.Service(world)
    config.make_home(world.home)
    target = world.root / "precious"
    target.write_text("precious")
    for path in (world.home.state, world.home.pid_file("sync"), world.home.log_file("sync"), world.home.stopped):
        os.symlink(target, path)
    assert service.start().returncode == 0
    world.run("stop")
    os.symlink(target, world.home.stopped + ".new")
    world.run("stop")
    os.unlink(world.home.lock)
    os.symlink(target, world.home.lock)
    ended = service.start()
    assert (ended.returncode, world.home.lock in ended.stderr) == (4, True)
    assert target.read_text() == "precious"


@pytest.mark.skipif(not AS_ROOT or shutil.which("setpriv") is None, reason="needs root and setpriv")
@pytest.mark.fault("P4")
def test_another_user_can_read_nothing_and_is_told_that_it_cannot_tell(world: worlds.World) -> None:
    services.Service(world).started()
    other = ["setpriv", "--reuid=4321", "--regid=4321", "--clear-groups"]
    for path in everything(world.home):
        assert subprocess.run([*other, "cat", path], capture_output=True, check=False).returncode != 0


@pytest.mark.fault("P11")
def test_a_hostile_environment_does_not_reach_the_service(world: worlds.World) -> None:
    planted = world.root / "planted"
    planted.mkdir()
    mark = world.root / "reached"
    trap = f"import os; open({str(mark)!r} + str(os.getpid()), 'w').close()\n"
    for name in ("simple_memory.py", "sitecustomize.py", "json.py", "startup.py"):
        (planted / name).write_text(trap)
    service = services.Service(world)
    service.configure()
    program = f"import sys; sys.path.insert(0, {str(Path(services.__file__).parents[2] / 'src')!r})\n"
    program += "from simple_memory import __main__; sys.exit(__main__.main(sys.argv[1:]))"
    ended = subprocess.run(
        [sys.executable, "-I", "-c", program, *service.launch()[3:]],
        env=world.environment(PYTHONPATH=str(planted), PYTHONSTARTUP=str(planted / "startup.py"), PYTHONHOME=""),
        cwd=planted,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert service.status()["state"] == "running"
    assert list(world.root.glob("reached*")) == []


@pytest.mark.fault("L11")
def test_settings_that_cannot_be_read_fail_the_start_in_one_sentence(world: worlds.World) -> None:
    service = services.Service(world)
    service.configure("heartbeat_s = 'often'\n")
    ended = service.start()
    assert ended.returncode == 1
    assert "heartbeat_s must be a positive number" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.fault("L18")
def test_status_is_quick_and_true_while_everything_hangs(world: worlds.World) -> None:
    import apsw

    service = services.Service(world, sync="link.ready()\ntime.sleep(3600)")
    service.configure("heartbeat_s = 0.2\nstall_s = 60\n")
    service.start()
    holder = apsw.Connection(world.home.database)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE; CREATE TABLE a (b); BEGIN EXCLUSIVE; INSERT INTO a VALUES (1)")
    began = time.monotonic()
    shown = world.run("status")
    assert time.monotonic() - began < 2
    assert len(shown.stdout.splitlines()) <= 20
    holder.close()


REAL_WORKER = """
from simple_memory.daemon import sync_worker

class Deaf:
    trouble = ""
    def __init__(self, _): self.reader, self.writer = os.pipe()
    def watch(self, roots): return False
    def take(self): return set()
    def has_news(self): return False
    def fileno(self): return self.reader
    def close(self): pass

sys.exit(sync_worker.run(home, settings, link, make_watcher=Deaf))
"""


@pytest.mark.fault("L19")
def test_with_a_deaf_watcher_the_slow_look_catches_up(world: worlds.World) -> None:
    service = services.Service(world, sync=REAL_WORKER)
    service.configure(services.SETTINGS + "rescan_s = 0.5\n")
    ended = service.start()
    assert ended.returncode == 0, ended.stderr
    folder = world.projects / "-work"
    folder.mkdir()
    (folder / "0b8f0c2e-0000-4000-8000-000000000001.jsonl").write_text(LINE)
    worlds.wait_for(lambda: service.status()["database"]["messages"] == 1, "the message")


LINE = (
    '{"type":"user","uuid":"0b8f0c2e-0000-4000-8000-00000000000a","parentUuid":null,"cwd":"/work",'
    '"sessionId":"0b8f0c2e-0000-4000-8000-000000000001","timestamp":"2026-01-01T00:00:00.000Z","version":"2.0.0",'
    '"message":{"role":"user","content":"hello"}}\n'
)


@pytest.mark.fault("T11")
def test_the_real_sync_worker_sees_appended_lines_in_a_root_that_appeared_later(world: worlds.World) -> None:
    shutil.rmtree(world.claude)
    service = services.Service(world)
    service.configure(services.SETTINGS)
    started = world.run("start", "--daemon", "--sync-only", timeout=30)
    assert started.returncode == 0, started.stderr
    worlds.wait_for(lambda: any("Looked in" in hint for hint in service.status()["hints"]), "where it looked in vain")
    folder = world.projects / "-work"
    folder.mkdir(parents=True)
    file = folder / "0b8f0c2e-0000-4000-8000-000000000001.jsonl"
    file.write_text(LINE)
    worlds.wait_for(lambda: service.status()["database"]["messages"] == 1, "the first message")
    with open(file, "a") as stream:
        stream.write(LINE.replace("00000000000a", "00000000000b"))
    worlds.wait_for(lambda: service.status()["database"]["messages"] == 2, "the second message", 3.0)
    assert service.wait_for_state("running")["transcripts"]["behind"] == 0


@pytest.mark.skipif(not AS_ROOT or shutil.which("unshare") is None, reason="needs a user namespace")
@pytest.mark.fault("T13")
def test_without_watches_it_says_so_and_reads_all_the_same(world: worlds.World) -> None:
    for number in range(8):
        (world.projects / f"-p{number}").mkdir()
    service = services.Service(world)
    service.configure(services.SETTINGS)
    limit = "echo 3 > /proc/sys/user/max_inotify_watches && exec "
    command = limit + " ".join(world.command("start", "--daemon", "--sync-only"))
    ended = subprocess.run(
        ["unshare", "-Ur", "sh", "-c", command],
        env=world.environment(), cwd=world.root, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    if "ermitted" in ended.stderr or "denied" in ended.stderr:
        pytest.skip("no user namespaces here")
    assert ended.returncode == 0, ended.stderr
    worlds.wait_for(lambda: any("max_user_watches" in hint for hint in service.status()["hints"]), "the hint")
    (world.projects / "-p1" / "0b8f0c2e-0000-4000-8000-000000000001.jsonl").write_text(LINE)
    worlds.wait_for(lambda: service.status()["database"]["messages"] == 1, "the message")
