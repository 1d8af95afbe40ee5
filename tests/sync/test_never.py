"""What config.toml says is never read is known by its path and by its folder's name, before it is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_memory import config, errors, model
from simple_memory.sync import never, scan


def found(folder: str) -> scan.Found:
    place = model.Place(agent="claude-code", form=model.Form.LINES, session="s", folder=folder)
    return scan.Found(f"/home/ada/.claude/projects/{folder}/s.jsonl", place, 1, 1, 1, 1)


@pytest.mark.parametrize(
    ("entry", "folder", "is_covered"),
    [
        ("/home/ada/vault", "-home-ada-vault", True),
        ("/home/ada/vault/", "-home-ada-vault-inner", True),
        ("/home/ada/vault", "-home-ada-vaults", False),
        ("/home/ada/my.vault", "-home-ada-my-vault", True),
        ("*/clients/*", "-srv-clients-acme", True),
        ("*/clients/*", "-srv-client-acme", False),
        ("/home/ada/.claude/projects/-x", "-x", True),
        ("*.jsonl", "-x", True),
        ("/srv", "-home-ada-srv", False),
    ],
)
def test_an_entry_covers_a_directory_and_what_is_below(entry: str, folder: str, is_covered: bool) -> None:
    assert never.covers([entry], found(folder)) is is_covered
    assert never.covers([], found(folder)) is False


def test_the_setting_is_a_list_of_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    home = config.Home(str(tmp_path))
    Path(home.settings).write_text('never = ["~/vault", "*/x/*"]\n', encoding="utf-8")
    assert config.load_settings(home).never == ["/home/ada/vault", "*/x/*"]
    for wrong in ('never = "~/vault"', "never = [1]", 'never = [""]'):
        Path(home.settings).write_text(wrong, encoding="utf-8")
        with pytest.raises(errors.SettingsInvalid):
            config.load_settings(home)
