"""Where pip comes from on a Python that has none."""

import shutil
import stat
from pathlib import Path

import pytest

from scripts import pip_source

NO_SYSTEM = (Path("/nowhere/wheels"),)


def make_program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a PATH with nothing of the system's but what a script needs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "mkdir", "touch", "echo"):
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_the_systems_wheel_with_the_highest_version_is_taken(tmp_path: Path) -> None:
    for name in ("pip-9.0.1-py3-none-any.whl", "pip-23.0.1-py3-none-any.whl", "setuptools-66.1.1-py3-none-any.whl"):
        (tmp_path / name).touch()

    assert pip_source.find_wheel(tmp_path, folders=(tmp_path,)).name == "pip-23.0.1-py3-none-any.whl"


@pytest.mark.usefixtures("programs")
def test_without_apt_the_user_is_told_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(pip_source.NoPip, match="Install python3-venv"):
        pip_source.find_wheel(tmp_path / "scratch", folders=NO_SYSTEM)


def test_the_package_is_downloaded_and_unpacked(tmp_path: Path, programs: Path) -> None:
    make_program(programs, "apt-get", 'case "$*" in *download*) touch python3-pip-whl_23.0.1_all.deb;; esac')
    wheel = "usr/share/python-wheels/pip-23.0.1-py3-none-any.whl"
    make_program(programs, "dpkg-deb", f'mkdir -p "$3/usr/share/python-wheels" && touch "$3/{wheel}"')

    found = pip_source.find_wheel(tmp_path / "scratch", folders=NO_SYSTEM)

    assert found == tmp_path / "scratch" / "unpacked" / wheel


def test_package_lists_of_its_own_are_fetched_where_the_systems_are_empty(tmp_path: Path, programs: Path) -> None:
    log = tmp_path / "log"
    script = f"""echo "$*" >> {log}
case "$*" in
  *update) touch fresh;;
  *download*) [ -e fresh ] || {{ echo "E: Unable to locate package"; exit 100; }}; touch python3-pip-whl_1_all.deb;;
esac"""
    make_program(programs, "apt-get", script)

    found = pip_source.download(tmp_path / "scratch")

    assert found.name == "python3-pip-whl_1_all.deb"
    said = log.read_text(encoding="utf-8").split("\n")
    assert [line.split()[-1] for line in said if line] == ["python3-pip-whl", "update", "python3-pip-whl"]
    assert f"Dir::State::Lists={tmp_path / 'scratch' / 'lists'}" in said[1]


def test_a_failed_download_says_what_apt_said_and_what_to_do(tmp_path: Path, programs: Path) -> None:
    make_program(programs, "apt-get", "echo 'E: no network' >&2; exit 100")
    make_program(programs, "dpkg-deb", "exit 0")

    with pytest.raises(pip_source.NoPip, match=r"(?s)E: no network.*Install python3-venv"):
        pip_source.find_wheel(tmp_path / "scratch", folders=NO_SYSTEM)


def test_apt_writes_only_where_it_is_told_to(tmp_path: Path) -> None:
    written = [option for option in pip_source.private_options(tmp_path) if option.startswith("Dir::")]
    foreign = [option for option in written if str(tmp_path) not in option and not option.endswith("=")]

    assert foreign == [
        "Dir::State::status=/var/lib/dpkg/status",
        "Dir::State::Lists=/var/lib/apt/lists",
        "Dir::Log=/dev/null",
    ]
