"""`browse` under a real terminal: it draws, answers, leaves, and gives the terminal back; without one it says so."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Iterator

import pytest

from tests import worlds
from tests.builders import transcript
from tests.store.memory import Memory


class Terminal:
    """A program under a terminal of 80 columns and 24 lines; what it wrote is in `shown`."""

    def __init__(self, world: worlds.World, *arguments: str, **more: str) -> None:
        self.ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(self.theirs)
        os.set_blocking(self.ours, False)
        self.shown = b""
        self.program = subprocess.Popen(
            world.command(*arguments),
            env=world.environment(TERM="xterm-256color", **more),
            stdin=self.theirs,
            stdout=self.theirs,
            stderr=self.theirs,
            start_new_session=True,
            cwd=world.root,
        )

    def read(self) -> bytes:
        try:
            self.shown += os.read(self.ours, 65536)
        except OSError:
            pass
        return self.shown

    def sees(self, text: str) -> None:
        found = worlds.reached(lambda: text.encode() in self.read())
        assert found, f"waited for {text!r} in {self.shown!r}"

    def keys(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def ends(self) -> int:
        worlds.wait_for(lambda: self.read() is not None and self.program.poll() is not None, "the end")
        self.read()
        return self.program.wait(worlds.BOUND_S)

    def close(self) -> None:
        if self.program.poll() is None:
            self.program.kill()
            self.program.wait(worlds.BOUND_S)
        os.close(self.ours)
        os.close(self.theirs)


@pytest.fixture
def memory(world: worlds.World) -> Iterator[Memory]:
    """Give a memory with one session."""
    made = Memory(world.home)
    session = made.session("11111111-0000-4000-8000-000000000001", title="Basket total", shown=2)
    made.say(session, "Why is the basket off by a cent?")
    made.reply(session, "Floats. Count in zzcents instead.")
    made.index()
    yield made
    made.close()


def test_it_searches_opens_and_gives_the_terminal_back(world: worlds.World, memory: Memory) -> None:
    terminal = Terminal(world, "browse")
    try:
        terminal.keys("zzcents")  # before it is ready: no key may be lost
        terminal.sees("11111111:1")
        terminal.keys("\r")
        terminal.sees("hit 1/1")
        terminal.keys("y")
        terminal.sees("\x1b]52;c;MTExMTExMTE6MQ==\x07")
        terminal.keys("q")
        terminal.keys("\x03")
        assert terminal.ends() == 0
        assert terminal.shown.endswith(b"\x1b[?1049l")
        assert termios.tcgetattr(terminal.theirs) == terminal.before
    finally:
        terminal.close()


def test_without_colour_nothing_is_coloured_and_hits_are_still_marked(world: worlds.World, memory: Memory) -> None:
    terminal = Terminal(world, "browse", "zzcents", NO_COLOR="1")
    try:
        terminal.sees("11111111:1")
        worlds.wait_for(lambda: re.search(rb"\x1b\[1;4[0-9;]*mzzcents", terminal.read()), "the mark")
        terminal.keys("\x03")
        assert terminal.ends() == 0
        colours = [f"\x1b[{code}m".encode() for code in (31, 32, 33, 34, 35, 36)]
        assert not any(
            colour in terminal.shown or colour.replace(b"[", b"[1;4;") in terminal.shown for colour in colours
        )
        assert b"38;2;" not in terminal.shown
        assert b"38;5;" not in terminal.shown
    finally:
        terminal.close()


def test_sixteen_colours_are_enough(world: worlds.World, memory: Memory) -> None:
    terminal = Terminal(world, "browse", "zzcents")
    try:
        terminal.sees("11111111:1")
        terminal.sees("zzcents")
        terminal.keys("\x03")
        assert terminal.ends() == 0
        assert b"38;2;" not in terminal.shown
        assert b"48;2;" not in terminal.shown
        assert b";5;" not in terminal.shown
    finally:
        terminal.close()


def test_a_resumed_session_is_run_after_the_terminal_is_given_back(world: worlds.World) -> None:
    folder = world.root / "shop"
    folder.mkdir()
    session = transcript.Session(project=str(folder)).prompt("Hello").reply("Count in zzcents.")
    session.write(world.claude)
    assert world.run("sync").returncode == 0
    programs = world.root / "programs"
    programs.mkdir()
    (programs / "claude").write_text('#!/bin/sh\necho "claude $@ in $(pwd)"\nexit 7\n')
    (programs / "claude").chmod(0o700)
    terminal = Terminal(world, "browse", "zzcents", PATH=f"{programs}:{os.environ['PATH']}")
    try:
        terminal.sees("1 message")
        terminal.keys("\tR")
        terminal.sees("R again leaves and runs")
        terminal.keys("R")
        terminal.sees(f"\x1b[?1049lclaude --resume {session.session} in {folder}")
        assert terminal.ends() == 7
        assert termios.tcgetattr(terminal.theirs) == terminal.before
    finally:
        terminal.close()


def test_without_a_terminal_it_says_so(world: worlds.World, memory: Memory) -> None:
    ended = world.run("browse")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "needs a terminal" in ended.stderr


def test_without_a_memory_it_says_what_to_do(world: worlds.World) -> None:
    terminal = Terminal(world, "browse")
    try:
        assert terminal.ends() == 1
        assert b"There is no memory yet" in terminal.shown
        assert b"simple-memory start" in terminal.shown
        assert b"\x1b[?1049h" not in terminal.shown
    finally:
        terminal.close()
