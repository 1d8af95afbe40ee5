"""The environment is made step by step, and only the steps that something changed for."""

import sys
from pathlib import Path

import pytest

from scripts import environment


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for name in (
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "requirements/run.txt",
        "requirements/dev.txt",
        "src/p/a.py",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("", encoding="utf-8")
    return root


class Steps:
    """Stands for the three steps that take time, and notes which were made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[str] = []
        monkeypatch.setattr(environment, "make_interpreter", self._make_interpreter)
        monkeypatch.setattr(environment, "install_packages", lambda _: self.made.append("packages"))
        monkeypatch.setattr(environment, "install_project", lambda _: self.made.append("project"))

    def _make_interpreter(self, plan: environment.Plan) -> None:
        self.made.append("interpreter")
        plan.python.parent.mkdir(parents=True, exist_ok=True)
        plan.python.touch()

    def again(self, project: Path, *, development: bool = False) -> list[str]:
        self.made = []
        environment.make(environment.Plan(project, development=development))
        return self.made


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    return Steps(monkeypatch)


def test_nothing_is_done_twice(project: Path, steps: Steps) -> None:
    assert steps.again(project) == ["interpreter", "packages", "project"]
    assert steps.again(project) == []


def test_a_changed_source_installs_the_package_again(project: Path, steps: Steps) -> None:
    steps.again(project)
    (project / "src/p/a.py").write_text("x = 1\n", encoding="utf-8")

    assert steps.again(project) == ["project"]


def test_a_changed_source_matters_not_where_the_package_is_in_place(project: Path, steps: Steps) -> None:
    steps.again(project, development=True)
    (project / "src/p/a.py").write_text("x = 1\n", encoding="utf-8")

    assert steps.again(project, development=True) == []


def test_a_changed_lock_installs_packages_and_project(project: Path, steps: Steps) -> None:
    steps.again(project)
    (project / "requirements/run.txt").write_text("a==1\n", encoding="utf-8")

    assert steps.again(project) == ["packages", "project"]


def test_the_development_lock_is_nothing_to_the_users_environment(project: Path, steps: Steps) -> None:
    steps.again(project)
    (project / "requirements/dev.txt").write_text("a==1\n", encoding="utf-8")

    assert steps.again(project) == []


def test_another_python_makes_everything_anew(project: Path, steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    steps.again(project)
    monkeypatch.setattr(sys, "version", "3.99.0 (another)")

    assert steps.again(project) == ["interpreter", "packages", "project"]


def test_a_step_that_failed_is_made_again(project: Path, steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: environment.Plan) -> None:
        raise environment.Failed("no network")

    with monkeypatch.context() as broken:
        broken.setattr(environment, "install_packages", fail)
        with pytest.raises(environment.Failed):
            steps.again(project)

    assert steps.again(project) == ["packages", "project"]


def test_a_command_that_fails_is_told_with_the_end_of_what_it_said() -> None:
    with pytest.raises(environment.Failed, match=r"(?s)sh -c.*line 40$") as caught:
        environment.run(["sh", "-c", "for i in $(seq 40); do echo line $i; done; exit 3"])

    assert "line 20\n" not in str(caught.value)


def test_pythons_own_variables_do_not_reach_the_installers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")

    environment.run(["sh", "-c", 'test -z "$PYTHONPATH"'])


def test_a_link_in_the_place_of_the_environment_is_left_alone(project: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (project / ".venv").symlink_to(tmp_path / "precious")

    with pytest.raises(environment.Failed, match="is a link"):
        environment.make_interpreter(environment.Plan(project, development=False))

    assert (tmp_path / "precious").exists()
