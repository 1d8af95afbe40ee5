"""Transcripts that are rewritten, cut and replaced at will: every generation is kept, and nothing doubles (T7)."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.sync import stores, tangle


def versions(tmp_path: Path, seed: int) -> list[dict[str, bytes]]:
    """Return what the same few paths hold one after the other: other sessions, cut ones, and their first again."""
    chance = random.Random(seed)
    made = []
    for number in (seed, seed + 1, seed + 2):
        scratch = tmp_path / f"scratch-{number}"
        tangle.write(scratch, number)
        files = {Path(path).name: content for path, content in stores.every_file(scratch).items()}
        made.append([content for name, content in sorted(files.items()) if name.endswith(".jsonl")])
    names = [f"-home-ada-shop/{name}.jsonl" for name in "abcd"]
    told = [dict(zip(names, contents, strict=False)) for contents in made]
    cut = {name: content[: chance.randint(0, len(content))] for name, content in told[0].items()}
    return [told[0], told[1], cut, told[2], told[0]]


def with_a_line(generations: dict[str, list[bytes]]) -> dict[str, list[bytes]]:
    """Leave out what never held a whole line: such bytes wait for their end, and go with the file."""
    return {path: [content for content in contents if b"\n" in content] for path, contents in generations.items()}


@pytest.mark.parametrize("seed", range(0, 36, 3))
@pytest.mark.fault("T7")
def test_every_generation_is_kept_and_every_message_stays_once(tmp_path: Path, seed: int) -> None:
    claude = tmp_path / "claude"
    seen: set[str] = set()
    held: dict[str, list[bytes]] = {}
    with stores.Memory(tmp_path, claude) as memory:
        for contents in versions(tmp_path, seed):
            stores.lay_out(claude, contents)
            for name, content in contents.items():
                kept = held.setdefault(str(claude / "projects" / name), [])
                if kept and content.startswith(kept[-1]):
                    kept.pop()
                kept.append(content)
            memory.sync()
            stores.assert_counts_hold(memory)
            now = {text for (text,) in memory.ask("SELECT text FROM messages")}
            assert seen <= now
            seen = now
            assert memory.latest() == {path: kept[-1] for path, kept in held.items()}
        memory.restart()
        told = memory.tell()
        assert memory.sync(verify=True).tell() == told
        assert with_a_line(memory.generations()) == with_a_line(held)
        doubled = "SELECT 1 FROM messages WHERE uuid > '' GROUP BY session, uuid, kind, text HAVING count(*) > 1"
        assert memory.ask(doubled) == []
