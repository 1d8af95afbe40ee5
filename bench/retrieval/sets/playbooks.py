"""Tasks for machines, from the examples in ansible-core's modules (GPL 3): which task was it that did this?

People named the examples for other people. The name is taken out of the task and is the question; the task's own text
is the answer. The module's manual, which an agent reads before it writes tasks, stands beside them and says the same.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bench.retrieval import packages, questions, systems
from tests.builders import records, transcript

PACKAGE = "ansible-core==2.17.1"
FEWEST_WORDS = 3
"""Words that say something, of a question."""
_NAME = re.compile(r"^- name: *(.+)$", re.MULTILINE)
_ABOUT = re.compile(r"^short_description: *(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Module:
    """A module: its name, what it is for, its manual, and its examples, each a name and the task without it."""

    name: str
    about: str
    manual: str
    tasks: tuple[tuple[str, str], ...]


def make() -> questions.EvaluationSet:
    """Return the set, made of the package's modules. Raises SystemExit where the package cannot be had."""
    folder = packages.folder_of(PACKAGE) / "ansible" / "modules"
    found = [read_module(path.read_text(encoding="utf-8"), path.stem) for path in sorted(folder.glob("[a-z]*.py"))]
    return from_modules([module for module in found if module.tasks])


def read_module(source: str, name: str) -> Module:
    """Return what the source of a module says of it."""
    told = {
        node.targets[0].id: node.value.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    manual, examples = (str(told.get(part, "")) for part in ("DOCUMENTATION", "EXAMPLES"))
    about = _ABOUT.search(manual)
    return Module(name, about[1].strip("'\"") if about else name, manual.strip(), tuple(_tasks(examples)))


def _tasks(examples: str) -> Iterator[tuple[str, str]]:
    places = [*_NAME.finditer(examples)]
    ends = [place.start() for place in places[1:]]
    for place, end in zip(places, [*ends, len(examples)], strict=False):
        lines = [line for line in examples[place.end() : end].split("\n") if line.strip() and line.strip()[0] != "#"]
        if lines:
            yield place[1].strip("'\""), "\n".join(["- " + lines[0].strip(), *lines[1:]])


def from_modules(modules: list[Module]) -> questions.EvaluationSet:
    """Return the set of these modules, one session for each."""
    told = [_tell(number, module) for number, module in enumerate(modules)]
    asked = tuple(question for _, some in told for question in some)
    about = f"{len(modules)} modules of a program that sets up machines (package {PACKAGE}, GPL 3), and their examples."
    return questions.EvaluationSet("playbooks", about, tuple(session for session, _ in told), asked)


def _tell(number: int, module: Module) -> tuple[transcript.Session, list[questions.Question]]:
    day = f"2026-{1 + number % 9:02d}-{1 + number % 28:02d}T09:00:00.000Z"
    name = records.uuid_of("playbooks", module.name)
    session = transcript.Session("/home/ada/machines", session=name, start=day)
    session.prompt(f"{module.about}: we need tasks for that.")
    session.call("Bash", {"command": f"ansible-doc {module.name}"}).result(module.manual)
    asked = []
    for place, (wanted, task) in enumerate(module.tasks):
        path = f"/home/ada/machines/roles/{module.name}/tasks/{place}.yml"
        if place % 2:
            session.reply(f"```yaml\n{task}\n```")
            told = session.leaf or ""
        else:
            session.call("Write", {"file_path": path, "content": task})
            told = session.leaf or ""
            session.result(f"File created successfully at: {path}")
        if len(systems.telling_words(wanted)) >= FEWEST_WORDS:
            id_ = f"playbooks:{module.name}:{place}"
            sessions = frozenset({session.session})
            asked.append(questions.Question(id_, wanted, (frozenset({told}),), sessions, "task"))
    return session, asked
