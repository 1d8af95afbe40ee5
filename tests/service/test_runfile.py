import os
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_memory import config, errors, locks
from simple_memory.service import lean_json, runfile
from tests import worlds


def good_state() -> dict[str, Any]:
    worker = {"state": "running", "pid": 7, "token": "1", "started": 1.0, "restarts": 0, "last_error": "", "facts": {}}
    return {
        "format": 1, "instance": "a", "boot": "b", "version": "0.1.0", "phase": "running", "heartbeat": 2.0,
        "stall_s": 20.0, "supervisor": {"pid": 6, "token": "1", "started": 1.0}, "workers": {"sync": worker},
    }  # fmt: skip


@pytest.fixture
def home(world: worlds.World) -> config.Home:
    config.make_home(world.home)
    return world.home


@pytest.mark.parametrize("name", ["lock", "state"])
def test_a_planted_link_is_refused_and_its_target_untouched(home: config.Home, world: worlds.World, name: str) -> None:
    target = world.root / "precious"
    target.write_text("precious")
    os.symlink(target, getattr(home, name))
    with pytest.raises(errors.HomeUnusable) if name == "lock" else pytest.raises(AssertionError):
        assert locks.take_lock(home.lock) is None
    assert runfile.read_state(home) is None
    runfile.write_state(home, good_state())
    assert target.read_text() == "precious"


def test_state_is_read_as_it_was_written_private_and_whole_blocks_long(home: config.Home) -> None:
    before = os.umask(0)
    try:
        runfile.write_state(home, good_state())
    finally:
        os.umask(before)
    assert runfile.read_state(home) == good_state()
    found = os.stat(home.state)
    assert (found.st_mode & 0o777, found.st_size % 4096) == (0o600, 0)


def test_state_is_overwritten_in_its_place_where_the_disk_is_full(
    home: config.Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    runfile.write_state(home, good_state())

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runfile, "write_private", refuse)
    runfile.write_state(home, {**good_state(), "phase": "stopping"})
    found = runfile.read_state(home)
    assert found is not None
    assert found["phase"] == "stopping"


@pytest.mark.parametrize(
    "wrong", [{"format": "1"}, {"heartbeat": None}, {"workers": {"sync": {}}}, {"supervisor": {"pid": 1}}]
)
def test_a_state_with_a_part_of_the_wrong_type_is_none(wrong: dict[str, object]) -> None:
    import json

    assert runfile.parse_state(json.dumps({**good_state(), **wrong}).encode()) is None


@given(st.binary(max_size=200))
def test_no_bytes_in_a_state_file_are_an_error(content: bytes) -> None:
    assert runfile.parse_state(content) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(json_values)
def test_the_lean_reader_reads_what_json_writes(value: object) -> None:
    import json

    assert lean_json.loads(json.dumps(value).encode() + b"  \n") == value


@pytest.mark.parametrize("content", [b"", b"{", b'{"a":', b"[1", b"nul", b"1 2", b"NaN", b'"\xff"', b"{'a':1}"])
def test_the_lean_reader_refuses_what_is_no_json_also_without_the_json_package(content: bytes) -> None:
    program = (
        "import sys; from simple_memory.service import lean_json\n"
        "try: lean_json.loads(bytes.fromhex(sys.argv[1]))\nexcept ValueError: sys.exit(7)"
    )
    ended = subprocess.run([sys.executable, "-c", program, content.hex()], timeout=20, check=False)
    assert ended.returncode == 7
