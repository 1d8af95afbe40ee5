"""The lock files: exact, hashed, for every platform, and silent about where packages come from."""

import re
import tomllib
from pathlib import Path

import pytest

from scripts import lock

ROOT = lock.ROOT
LOCKS = [ROOT / lock.RUN, ROOT / lock.DEVELOPMENT]


def names_in(path: Path) -> set[str]:
    return {
        match.lower().replace("_", "-")
        for match in re.findall(r"^([\w.-]+)==", path.read_text(encoding="utf-8"), re.MULTILINE)
    }


def declared(requirements: list[str]) -> set[str]:
    return {re.findall(r"[\w.-]+", line)[0].lower().replace("_", "-") for line in requirements}


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: str(path.name))
def test_every_locked_package_has_a_version_and_hashes(path: Path) -> None:
    entries = re.split(r"(?m)^(?=[\w.-]+==)", path.read_text(encoding="utf-8"))[1:]

    assert entries
    assert [entry[:40] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: str(path.name))
def test_no_lock_names_an_index(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert re.findall(r"(?i)\w+://|--\w*index|--find-links|^-e ", text) == []


def test_every_declared_package_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    running = project["project"]["dependencies"] + project["build-system"]["requires"]
    checking = project["dependency-groups"]["dev"]

    assert declared(running) <= names_in(LOCKS[0])
    assert declared(checking) <= names_in(LOCKS[0]) | names_in(LOCKS[1])


def test_the_locks_of_what_runs_and_what_checks_agree() -> None:
    def versions(path: Path) -> dict[str, str]:
        return dict(re.findall(r"(?m)^([\w.-]+)==(\S+)", path.read_text(encoding="utf-8")))

    run, development = versions(LOCKS[0]), versions(LOCKS[1])

    assert {name: version for name, version in development.items() if run.get(name, version) != version} == {}


def test_locking_emits_hashes_and_no_index() -> None:
    for command in lock.commands("uv", upgrade=True):
        assert {"--generate-hashes", "--no-emit-index-url", "--universal", "--upgrade"} <= set(command)
