"""The first step says one clear sentence on an old Python, or finds a newer one."""

import ast
import runpy
import sys
from pathlib import Path

import pytest

from scripts import bootstrap

FILE = Path(bootstrap.__file__)


def test_an_old_python_is_told_what_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    monkeypatch.setenv("PATH", "/nowhere")

    assert bootstrap.main() == 1
    said = capsys.readouterr().err
    assert "needs Python 3.11 or newer" in said
    assert "is Python 3.9" in said
    assert said.count("\n") == 1


def test_a_newer_python_on_the_path_is_found(tmp_path: Path) -> None:
    for name in ("python3.11", "python3.12"):
        (tmp_path / name).touch(mode=0o755)

    assert bootstrap.find_newer(f"/nowhere:{tmp_path}") == str(tmp_path / "python3.12")
    assert bootstrap.find_newer("/nowhere") is None


def test_any_python_3_can_read_it() -> None:
    ast.parse(FILE.read_text(encoding="utf-8"), feature_version=(3, 4))


def test_it_is_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(FILE), "--help"])

    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(FILE), run_name="__main__")

    assert ended.value.code == 0
