"""The service's life with real processes: started, found, stopped, killed, frozen; the rows L1 to L12 of the faults."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simple_memory.service import runfile
from tests import worlds
from tests.e2e import services


def test_a_service_starts_is_seen_and_stops_without_a_trace_of_processes(world: worlds.World) -> None:
    service = services.Service(world, mcp=services.WELL)
    service.configure()
    began = time.monotonic()
    started = service.start()
    assert started.returncode == 0, started.stderr
    assert time.monotonic() - began < 5
    answer = service.status()
    pids = [answer["supervisor"]["pid"], *(worker["pid"] for worker in answer["workers"].values())]
    assert all(str(pid) in started.stdout for pid in pids)
    assert (answer["state"], answer["healthy"]) == ("running", True)
    assert int(Path(world.home.pid_file("sync")).read_text()) == answer["workers"]["sync"]["pid"]
    stopped = world.run("stop")
    assert stopped.returncode == 0
    assert all(str(pid) in stopped.stdout for pid in pids)
    assert all(services.is_gone(pid) for pid in pids)
    assert world.run("status").returncode == 3
    assert sorted(os.listdir(world.home.run)) == ["service.lock", "state.json", "stopped"]


@pytest.mark.fault("L1")
def test_many_starts_at_once_make_one_service(world: worlds.World) -> None:
    service = services.Service(world)
    service.configure()
    starts = [world.spawn_command(service.launch()) for _ in range(12)]
    assert [start.wait(worlds.BOUND_S) for start in starts] == [0] * 12
    told = [start.stdout.read() for start in starts if start.stdout]
    assert sum("runs" in text and "already" not in text for text in told) == 1
    assert service.log().count("service 0.1.0 started") == 1
    assert len(services.children(service.pid("supervisor"))) == 1


@pytest.mark.fault("L2")
def test_a_second_start_says_who_runs(world: worlds.World) -> None:
    service = services.Service(world).started()
    again = service.start()
    assert (again.returncode, again.stdout) == (
        0,
        f"Simple Memory is already running, pid {service.pid('supervisor')}.\n",
    )


@pytest.mark.parametrize("name", ["sync", "mcp"])
@pytest.mark.fault("L3")
def test_a_killed_worker_is_serving_again_and_status_tells(world: worlds.World, name: str) -> None:
    service = services.Service(world, mcp=services.WELL).started()
    before = service.pid(name)
    services.kill(before)
    worlds.wait_for(lambda: service.status()["workers"][name]["pid"] not in {None, before}, "a new worker", 3.0)
    answer = service.wait_for_state("running", seconds=3.0)
    assert answer["workers"][name]["restarts"] == 1
    assert "SIGKILL" in answer["workers"][name]["last_error"]


@pytest.mark.fault("L4")
def test_a_killed_supervisor_takes_its_workers_along_and_the_next_start_works(world: worlds.World) -> None:
    service = services.Service(world, mcp=services.WELL).started()
    supervisor, workers = service.pid("supervisor"), [service.pid("sync"), service.pid("mcp")]
    services.kill(supervisor)
    worlds.wait_for(lambda: all(map(services.is_gone, workers)), "the workers to end", 2.0)
    ended = world.run("status")
    assert ended.returncode == 1
    assert "crashed" in ended.stdout
    assert world.holder() is None
    assert service.start().returncode == 0
    assert service.status()["state"] == "running"


@pytest.mark.fault("L4")
def test_workers_end_even_where_the_kernel_does_not_tell_them(world: worlds.World) -> None:
    body = """
    import ctypes
    ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)  # as on a system without a parent-death signal
    serve()
    """
    service = services.Service(world, sync=body).started()
    worker = service.pid("sync")
    services.kill(service.pid("supervisor"))
    worlds.wait_for(lambda: services.is_gone(worker), "the worker to end", 2.0)


@pytest.mark.fault("L5")
def test_where_nothing_runs_status_and_stop_say_so(world: worlds.World) -> None:
    assert world.run("status").returncode == 3
    stopped = world.run("stop")
    assert (stopped.returncode, "not running" in stopped.stdout) == (0, True)
    assert not os.path.exists(world.home.root)


@pytest.mark.fault("L6")
def test_a_frozen_supervisor_is_unresponsive_and_still_stops(world: worlds.World) -> None:
    service = services.Service(world).started()
    supervisor = service.pid("supervisor")
    services.kill(supervisor, signal.SIGSTOP)
    assert world.run("status").returncode == 150
    assert service.status()["state"] == "unresponsive"
    assert world.run("stop").returncode == 0
    assert services.is_gone(supervisor)


@pytest.mark.fault("L6")
def test_a_frozen_worker_is_unresponsive_and_replaced(world: worlds.World) -> None:
    service = services.Service(world).started()
    frozen = service.pid("sync")
    services.kill(frozen, signal.SIGSTOP)
    assert service.status()["state"] == "unresponsive"
    worlds.wait_for(lambda: services.is_gone(frozen), "the frozen worker to end", 10.0)
    answer = service.wait_for_state("running")
    assert answer["workers"]["sync"]["pid"] != frozen
    assert "sign of life" in answer["workers"]["sync"]["last_error"]


@pytest.mark.fault("L6")
def test_a_service_with_a_frozen_worker_stops(world: worlds.World) -> None:
    service = services.Service(world)
    service.configure("heartbeat_s = 0.2\nstall_s = 20\n")
    service.start()
    services.kill(service.pid("sync"), signal.SIGSTOP)
    assert world.run("stop").returncode == 0
    assert world.holder() is None


@pytest.mark.fault("L7")
def test_a_worker_that_does_not_end_is_killed_by_force_only(world: worlds.World) -> None:
    body = """
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    link.ready()
    while True:
        link.beat({})
        time.sleep(0.1)
    """
    service = services.Service(world, sync=body).started()
    worker, supervisor = service.pid("sync"), service.pid("supervisor")
    refused = world.run("stop", "--timeout", "1")
    assert refused.returncode == 1
    assert "stop --force" in refused.stderr
    assert not services.is_gone(worker)
    forced = world.run("stop", "--force", "--timeout", "1")
    assert (forced.returncode, forced.stdout.startswith("Killed")) == (0, True)
    assert services.is_gone(worker)
    assert services.is_gone(supervisor)
    assert service.status()["state"] == "stopped"


@pytest.mark.fault("L8")
def test_a_foreign_process_that_a_state_file_names_is_neither_ours_nor_signalled(world: worlds.World) -> None:
    service = services.Service(world).started()
    state = service.state()
    services.kill(service.pid("supervisor"))
    worlds.wait_for(lambda: world.holder() is None, "the lock to be free")
    foreign = world.spawn_command([sys.executable, "-c", "import time; time.sleep(60)", "simple_memory.daemon"])
    state["supervisor"]["pid"] = state["workers"]["sync"]["pid"] = foreign.pid
    runfile.write_state(world.home, state)
    assert service.status()["state"] == "crashed"
    assert service.status()["workers"]["sync"]["pid"] is None
    assert world.run("stop", "--force").returncode == 0
    assert foreign.poll() is None


@pytest.mark.fault("L17")
def test_another_boot_is_no_crash_and_nobody_is_signalled(world: worlds.World) -> None:
    service = services.Service(world).started()
    state = service.state()
    services.kill(service.pid("supervisor"))
    worlds.wait_for(lambda: world.holder() is None, "the lock to be free")
    state["boot"] = "another"
    state["workers"]["sync"].update(pid=os.getpid(), token=str(runfile.now()))
    runfile.write_state(world.home, state)
    assert service.status()["state"] == "stopped"
    assert world.run("stop").returncode == 0


@pytest.mark.fault("L10")
def test_an_unreaped_worker_is_not_reported_as_running(world: worlds.World) -> None:
    service = services.Service(world).started()
    supervisor, worker = service.pid("supervisor"), service.pid("sync")
    services.kill(supervisor, signal.SIGSTOP)  # it cannot reap
    services.kill(worker)
    worlds.wait_for(lambda: (worker, "Z") in services.children(supervisor), "a zombie")
    assert service.status()["workers"]["sync"]["state"] == "restarting"
    services.kill(supervisor, signal.SIGCONT)
    service.wait_for_state("running")
    assert all(state != "Z" for _, state in services.children(supervisor))


@pytest.mark.fault("L11")
def test_a_worker_that_cannot_start_ends_the_start_with_its_reason(world: worlds.World) -> None:
    body = """
    link.failed(errors.StoreDamaged("The memory is damaged.", "Mend it."))
    sys.exit(1)
    """
    service = services.Service(world, sync=body, mcp=services.WELL)
    ended = service.start()
    assert (ended.returncode, ended.stderr) == (1, "The memory is damaged.\nMend it.\n")
    assert world.holder() is None
    answer = service.status()
    assert (answer["state"], answer["last_error"]) == ("stopped", "The memory is damaged.")


@pytest.mark.fault("L11")
def test_a_worker_that_breaks_at_its_start_shows_its_last_line_and_the_log(world: worlds.World) -> None:
    ended = services.Service(world, sync="raise ValueError('no such thing')").start()
    assert ended.returncode == 1
    assert "ValueError: no such thing" in ended.stderr
    assert world.home.log_file("supervisor") in ended.stderr
    assert world.holder() is None


@pytest.mark.parametrize("lie", ["0 bytes too many", "{", '{"format": 1}', "[]"])
def test_a_spoilt_state_file_hides_nothing(world: worlds.World, lie: str) -> None:
    service = services.Service(world)
    service.configure("heartbeat_s = 0.2\nstall_s = 60\n")
    service.start()
    supervisor = service.pid("supervisor")
    Path(world.home.state).write_text(lie)
    answer = service.status()
    assert answer["supervisor"]["pid"] == supervisor
    assert answer["state"] in {"starting", "running"}


@pytest.mark.fault("L13", "P8")
def test_a_crash_loop_backs_off_and_is_given_up(world: worlds.World) -> None:
    body = """
    marker = home.run + "/once"
    if os.path.exists(marker):
        print("it \\x1b[2J hurts", flush=True)
        sys.exit(1)
    open(marker, "w").close()
    serve()
    """
    service = services.Service(world, sync=body, mcp=services.WELL).started()
    services.kill(service.pid("sync"))
    answer = service.wait_for_state("degraded")
    worlds.wait_for(lambda: service.status()["workers"]["sync"]["state"] == "gave_up", "it to give up")
    answer = service.status()
    assert (answer["state"], answer["workers"]["mcp"]["state"]) == ("degraded", "running")
    assert "hurts" in answer["last_error"]
    assert any("simple-memory restart" in hint for hint in answer["hints"])
    assert [f"again in {delay} s" in service.log() for delay in (1, 2, 4, 8, 16)] == [True] * 5
    assert "\x1b" not in world.run("status").stdout + service.log("sync")
    os.unlink(world.home.run + "/once")
    assert world.run("restart").returncode == 0
    assert service.status()["state"] == "running"


@pytest.mark.fault("L14")
def test_the_home_deleted_under_it_ends_the_service_and_nothing_is_made_anew(world: worlds.World) -> None:
    service = services.Service(world).started()
    pids = [service.pid("supervisor"), service.pid("sync")]
    subprocess.run(["rm", "-r", world.home.root], check=True)
    worlds.wait_for(lambda: all(map(services.is_gone, pids)), "the service to end", 10.0)
    assert not os.path.exists(world.home.root)


@pytest.mark.fault("L14")
def test_a_home_replaced_under_it_is_left_to_its_new_service(world: worlds.World) -> None:
    service = services.Service(world).started()
    first = service.pid("supervisor")
    os.rename(world.home.root, world.home.root + ".away")
    service.started()
    second = service.pid("supervisor")
    worlds.wait_for(lambda: services.is_gone(first), "the first service to end", 10.0)
    assert (service.pid("supervisor"), service.status()["state"]) == (second, "running")


@pytest.mark.fault("L15")
def test_a_newer_program_restarts_an_older_service_once(world: worlds.World) -> None:
    service = services.Service(world).started()
    before = service.state()["instance"]
    program = "import sys, simple_memory; simple_memory.__version__ = '99.0.0'\nfrom simple_memory import __main__\n"
    newer = [sys.executable, "-c", program + "sys.exit(__main__.main(sys.argv[1:]))"]
    asked = subprocess.run(
        [*newer, "status", "--json"], env=world.environment(), capture_output=True, timeout=20, check=False
    )
    assert any("99.0.0 is installed" in hint for hint in json.loads(asked.stdout)["hints"])
    started = world.spawn_command([*newer, *service.launch()[3:]])
    assert started.wait(worlds.BOUND_S) == 0
    assert started.stdout is not None
    assert "instead of version 0.1.0" in started.stdout.read()
    assert service.state()["instance"] != before
    assert service.log().count("service 0.1.0 started") == 2


@pytest.mark.fault("L15")
def test_a_program_installed_anew_restarts_its_service_once_and_another_installation_does_not(
    world: worlds.World,
) -> None:
    service = services.Service(world).started()
    path, inode, _ = str(service.state()["installed"]).rsplit(" ", 2)

    def run_as(stamp: str, *arguments: str) -> str:
        program = f"from simple_memory.service import installed\ninstalled.stamp = lambda: {stamp!r}\n"
        program += "from simple_memory import __main__\nimport sys\nsys.exit(__main__.main(sys.argv[1:]))"
        command = [sys.executable, "-c", program, *arguments]
        done = subprocess.run(command, env=world.environment(), capture_output=True, text=True, timeout=20, check=False)
        return done.stdout

    before = service.state()["instance"]
    start = service.launch()[3:]
    beside = f"/elsewhere{path} {inode} 1"
    assert "installed anew" not in run_as(beside, "status")
    assert "already running" in run_as(beside, *start)
    anew = f"{path} {inode} 1"
    assert "installed anew" in run_as(anew, "status")
    assert "as it is installed now" in run_as(anew, *start)
    after = service.state()["instance"]
    assert after != before
    assert "already running" in world.run(*start).stdout
    assert service.state()["instance"] == after


def test_a_deliberate_stop_is_remembered_until_the_next_start(world: worlds.World) -> None:
    service = services.Service(world).started()
    world.run("stop")
    assert os.path.exists(world.home.stopped)
    service.start()
    assert not os.path.exists(world.home.stopped)


def test_restart_keeps_how_it_ran(world: worlds.World) -> None:
    service = services.Service(world).started()
    before = service.state()
    assert world.run("restart").returncode == 0
    after = service.state()
    assert after["options"] == before["options"]
    assert after["instance"] != before["instance"]


@pytest.mark.fault("P10")
def test_a_worker_that_holds_too_much_memory_is_replaced(world: worlds.World) -> None:
    body = """
    marker = home.run + "/once"
    if not os.path.exists(marker):
        open(marker, "w").close()
        held = bytearray(64 << 20)
        held[::4096] = b"x" * len(held[::4096])
    serve()
    """
    service = services.Service(world, sync=body)
    service.configure(services.SETTINGS + "sync_memory_bytes = 50_000_000\n")
    service.start()
    worlds.wait_for(lambda: service.status()["workers"]["sync"]["restarts"] == 1, "a restart")
    assert "memory" in service.wait_for_state("running")["workers"]["sync"]["last_error"]


@pytest.mark.chaos
@pytest.mark.timeout(1800)
@pytest.mark.fault("L10")
def test_two_hundred_crash_cycles_leave_no_zombie_and_no_orphan(world: worlds.World) -> None:
    service = services.Service(world, mcp=services.WELL)
    service.configure()
    for cycle in range(200):
        assert service.start().returncode == 0
        pids = [service.pid("supervisor"), service.pid("sync"), service.pid("mcp")]
        if cycle % 2:
            services.kill(pids[cycle % 3])
        if cycle % 4:
            world.run("stop")
        else:
            services.kill(pids[0])
        worlds.wait_for(lambda: all(map(services.is_gone, pids)), "all to end")  # noqa: B023 # called at once


@pytest.mark.chaos
@pytest.mark.timeout(1800)
@pytest.mark.fault("L1")
def test_ten_rounds_of_twenty_starts_make_one_service_each(world: worlds.World) -> None:
    service = services.Service(world)
    service.configure()
    for rounds in range(10):
        starts = [world.spawn_command(service.launch()) for _ in range(20)]
        assert [start.wait(60) for start in starts] == [0] * 20
        assert service.log().count("service 0.1.0 started") == rounds + 1
        assert world.run("stop").returncode == 0
