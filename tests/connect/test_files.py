"""A settings file is replaced whole or not at all, with a copy of what it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from simple_memory import errors
from simple_memory.connect import files


def test_a_file_is_replaced_with_its_mode_and_a_private_copy_stays(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b"a\r\nb")
    path.chmod(0o644)
    backup = files.replace(str(path), files.read(str(path)), "new\n")
    assert path.read_bytes() == b"new\n"
    assert path.stat().st_mode & 0o777 == 0o644
    assert backup is not None
    assert Path(backup).read_bytes() == b"a\r\nb"
    assert os.stat(backup).st_mode & 0o777 == 0o600
    assert sorted(os.listdir(tmp_path)) == ["settings.json", "settings.json" + files.BACKUP]


def test_a_file_that_is_not_there_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "mcp.json"
    assert files.read(str(path)) == ""
    assert files.replace(str(path), "", "{}\n") is None
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "settings.json"
    real.parent.mkdir()
    real.write_text("old", encoding="utf-8")
    link = tmp_path / "settings.json"
    link.symlink_to(real)
    files.replace(str(link), "old", "new")
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == "new"


def test_a_file_that_its_agent_wrote_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text("theirs", encoding="utf-8")
    with pytest.raises(errors.ServiceFailed, match="changed just now"):
        files.replace(str(path), "what was read", "ours")
    assert path.read_text(encoding="utf-8") == "theirs"


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b"\xff\xfe{}")
    with pytest.raises(errors.SettingsInvalid):
        files.read(str(path))
