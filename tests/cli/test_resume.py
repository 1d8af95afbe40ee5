"""`resume` gives the agent's own command for a session, or says why it would not work."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from simple_memory import errors
from tests import worlds
from tests.builders import transcript


def resumable(world: worlds.World, name: str = "it's a shop") -> transcript.Session:
    folder = world.root / name
    folder.mkdir()
    session = transcript.Session(project=str(folder)).prompt("Hello").reply("Hello.")
    session.delegate("Look", "Find it").report("Found.")
    session.write(world.claude)
    assert world.run("sync").returncode == 0
    return session


def fake_claude(world: worlds.World) -> str:
    """Put a program `claude` that tells where and how it was called on a PATH of its own, and return that."""
    folder = world.root / "bin"
    folder.mkdir()
    program = folder / "claude"
    program.write_text('#!/bin/sh\npwd\nprintf "%s\\n" "$@"\nprintf "%s\\n" "${CLAUDE_CONFIG_DIR:-none}"\nexit 7\n')
    program.chmod(0o700)
    return f"{folder}:/usr/bin:/bin"


def test_the_command_is_one_line_that_a_shell_takes_as_it_is(world: worlds.World) -> None:
    session = resumable(world)
    path = fake_claude(world)

    printed = world.run("resume", session.session[:8])
    ran = subprocess.run(
        ["/bin/sh", "-c", printed.stdout], env=world.environment(PATH=path), capture_output=True, text=True, check=False
    )

    assert (printed.returncode, printed.stdout.count("\n"), printed.stderr) == (0, 1, "")
    assert ran.stdout.splitlines()[:3] == [session.project, "--resume", session.session]


def test_run_becomes_the_agent_in_the_sessions_folder(world: worlds.World) -> None:
    session = resumable(world)

    ran = world.run("resume", session.session, "--run", PATH=fake_claude(world))

    assert ran.stdout.splitlines() == [session.project, "--resume", session.session, str(world.claude)]
    assert ran.returncode == 7


def test_an_agent_that_is_not_installed_is_said(world: worlds.World) -> None:
    session = resumable(world)

    ran = world.run("resume", session.session, "--run", PATH=str(world.root))

    assert ran.returncode == errors.EXIT_ERROR
    assert "no program 'claude'" in ran.stderr
    assert session.session in ran.stderr


def test_a_deleted_transcript_is_said_and_restore_mends_it(world: worlds.World) -> None:
    session = resumable(world)
    session.path(world.claude).unlink()

    refused = world.run("resume", session.session)
    assert (refused.returncode, refused.stdout) == (errors.EXIT_ERROR, "")
    assert "has deleted the transcript" in refused.stderr

    (advice,) = [line for line in refused.stderr.splitlines() if "restore" in line]
    assert world.run(*shlex.split(advice.split("`")[1])[1:]).returncode == 0
    assert world.run("resume", session.session).returncode == 0


def test_a_folder_that_is_gone_is_said(world: worlds.World) -> None:
    session = resumable(world)
    Path(session.project).rmdir()

    answer = world.ask("resume", session.session)

    assert [problem["code"] for problem in answer["problems"]] == ["folder_gone"]
    assert world.run("resume", session.session, "--json").returncode == errors.EXIT_ERROR


def test_a_subagent_leads_to_its_parent(world: worlds.World) -> None:
    session = resumable(world)
    (subagent,) = [
        row["session"] for row in world.ask("sessions", "--subagents")["sessions"] if row["kind"] == "subagent"
    ]

    told = world.run("resume", subagent)

    assert f"--resume {session.session}" in told.stdout
    assert "is a sub-agent" in told.stderr
    assert world.ask("resume", subagent)["asked"] == subagent


@pytest.mark.parametrize(("chosen", "named"), [(None, False), ("{claude}", False), ("{claude},/elsewhere", True)])
def test_the_agents_folder_is_named_only_where_the_agent_would_not_look_there(
    world: worlds.World, chosen: str | None, named: bool
) -> None:
    session = resumable(world)
    if chosen is None:
        del world.variables["CLAUDE_CONFIG_DIR"]
    else:
        world.variables["CLAUDE_CONFIG_DIR"] = chosen.format(claude=world.claude)

    assert ("CLAUDE_CONFIG_DIR=" in world.run("resume", session.session).stdout) is named


def test_run_and_json_do_not_go_together(world: worlds.World) -> None:
    assert world.run("resume", "x", "--run", "--json").returncode == errors.EXIT_USAGE
