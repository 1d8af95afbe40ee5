"""Real transcripts of many people and agents, where they are at hand: nothing crashes, no byte is lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.builders import records
from tests.sync import stores

REAL = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "real"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the shared real transcripts are not here")


def laid_out(claude: Path, files: list[Path]) -> dict[str, bytes]:
    """Put every file where a session of Claude Code would be, one folder for each of their folders."""
    contents = {}
    for number, path in enumerate(files):
        folder = re.sub("[^A-Za-z0-9]", "-", str(path.parent.relative_to(REAL)))
        contents[f"{folder}/{records.uuid_of('real', number)}.jsonl"] = path.read_bytes()
    stores.lay_out(claude, contents)
    return contents


def test_every_file_of_every_agent_is_read_without_a_crash_and_comes_back_byte_for_byte(tmp_path: Path) -> None:
    files = sorted(path for path in REAL.rglob("*.jsonl") if path.is_file())
    laid_out(tmp_path / "claude", files)

    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        memory.sync()
        stores.assert_counts_hold(memory)
        assert memory.latest() == stores.every_file(tmp_path / "claude")
        assert memory.engine.totals().failed == set()
        memory.tell()  # every long text can be read back


def test_claude_codes_own_transcripts_are_understood_but_for_damaged_lines(tmp_path: Path) -> None:
    files = sorted(path for path in (REAL / "claude-code").rglob("*.jsonl") if path.is_file())
    files = [path for path in files if b'"display":' not in path.read_bytes()]  # the history of prompts: no transcript
    laid_out(tmp_path / "claude", files)

    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        memory.sync()
        lines = memory.one("SELECT sum(lines) FROM transcripts")
        bad = memory.ask("SELECT reason, count(*) FROM quarantine GROUP BY 1 ORDER BY 2 DESC")
        unknown = memory.ask("SELECT type, records FROM record_kind WHERE understood = 0 ORDER BY 2 DESC")

    assert sum(count for _, count in bad) <= lines / 500, bad
    assert sum(count for _, count in unknown) <= lines / 500, unknown


def growth() -> list[list[Path]]:
    """Return the steps of every session that was seen growing, each a list of files in order."""
    folders: dict[Path, list[Path]] = {}
    for path in sorted((REAL / "growth").rglob("*.jsonl")):
        folders.setdefault(path.parent, []).append(path)
    return [steps for steps in folders.values() if len(steps) > 1]


@pytest.mark.parametrize("number", range(len(growth()) if REAL.is_dir() else 0))
def test_a_session_read_step_by_step_as_it_grew_is_as_if_read_once(tmp_path: Path, number: int) -> None:
    steps = sorted(growth()[number], key=lambda path: path.stat().st_size)
    claude = tmp_path / "claude"
    name = f"-home-ada/{records.uuid_of('growth', number)}.jsonl"

    with stores.Memory(tmp_path, claude) as memory:
        for step in steps:
            stores.lay_out(claude, {name: step.read_bytes()})
            memory.sync()
        stores.assert_counts_hold(memory)
        found, archive = memory.tell(), memory.latest()

    wanted, whole = stores.once(tmp_path / "one-shot", claude)
    stores.assert_same(found, wanted)
    assert archive == whole


def test_the_order_in_which_real_transcripts_are_read_does_not_matter(tmp_path: Path) -> None:
    files = sorted(path for path in (REAL / "claude-code").rglob("*.jsonl") if path.is_file())
    laid_out(tmp_path / "claude", files)
    paths = sorted(stores.every_file(tmp_path / "claude"))
    told = []
    for number, order in enumerate((paths, paths[::-1])):
        with stores.Memory(tmp_path / str(number), tmp_path / "claude") as memory:
            memory.engine.note(order)
            memory.drain()
            stores.assert_counts_hold(memory)
            told.append(memory.tell())

    stores.assert_same(told[0], told[1])
