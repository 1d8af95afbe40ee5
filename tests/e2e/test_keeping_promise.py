"""docs/json.md names every field that the keeping commands answer with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests import worlds
from tests.builders import transcript

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "json.md"


def promised(section: str) -> set[str]:
    text = PAGE.read_text(encoding="utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    return set(re.findall(r"`(\w+)`", text))


def fields(answer: Any) -> set[str]:
    """Return every name of a field in an answer, however deep."""
    if isinstance(answer, list):
        return {name for one in answer for name in fields(one)}
    if isinstance(answer, dict):
        return answer.keys() | {name for value in answer.values() for name in fields(value)}
    return set()


def test_every_field_of_the_keeping_commands_is_promised(world: worlds.World) -> None:
    transcript.Session().prompt("Where?").reply("Here.").write(world.claude)
    assert world.run("sync").returncode == 0
    assert fields(world.ask("restore", "--all-deleted")) <= promised("restore")
    assert fields(world.ask("restore", world.ask("sessions")["sessions"][0]["session"])) <= promised("restore")
    made = world.ask("backup")
    assert fields(made) | fields(world.ask("backup", "--list")) <= promised("backup")
    assert fields(world.ask("backup", "--restore", made["backup"]["path"], timeout=60)) <= promised("backup")
    answer = world.ask("stats", "--space")
    assert fields(answer["space"]) | {"counts", "space"} <= promised("stats")
    Path(world.home.database).write_bytes(bytes(20_000))
    mended = world.ask("doctor", timeout=60)
    assert mended["mending"]["backup"] == made["backup"]["path"]
    assert fields(mended) <= promised("doctor")
    assert {"expires_at", "safe"} <= fields(world.ask("sessions", "--expiring", "60")) & promised("sessions")
