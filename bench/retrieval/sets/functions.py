"""Questions about code: functions of Python's standard library, read by an agent; asked in their docstrings' words.

The docstring is taken out of the code, so that the question and its answer share what the code itself says and no more.
"""

from __future__ import annotations

import ast
import hashlib
import random
import re
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.retrieval import questions
from bench.retrieval.sets import wording
from tests.builders import records, transcript

MODULES = (
    "argparse", "ast", "base64", "bisect", "bz2", "calendar", "codecs", "collections", "configparser", "contextlib",
    "copy", "csv", "datetime", "difflib", "dis", "doctest", "email", "enum", "filecmp", "fileinput", "fnmatch",
    "fractions", "ftplib", "functools", "getpass", "gettext", "glob", "gzip", "hashlib", "heapq", "html", "http",
    "imaplib", "importlib", "inspect", "ipaddress", "json", "linecache", "locale", "logging", "lzma", "mailbox",
    "mimetypes", "multiprocessing", "netrc", "ntpath", "numbers", "optparse", "os", "pathlib", "pdb", "pickle",
    "pickletools", "pkgutil", "platform", "plistlib", "poplib", "posixpath", "pprint", "profile", "pstats", "queue",
    "quopri", "random", "re", "reprlib", "sched", "secrets", "selectors", "shelve", "shlex", "shutil", "smtplib",
    "socket", "socketserver", "ssl", "statistics", "string", "subprocess", "symtable", "sysconfig", "tarfile",
    "tempfile", "textwrap", "threading", "timeit", "tokenize", "traceback", "tracemalloc", "types", "typing",
    "unittest", "urllib", "uuid", "venv", "wave", "weakref", "webbrowser", "xml", "xmlrpc", "zipapp", "zipfile",
)  # fmt: skip
ASKED = 600
"""Functions that are asked for; all others of the same modules stand beside them."""
PER_SESSION = 14
LONGEST = 70
"""Lines of a function, at most."""
FEWEST_WORDS = 4
STARTS = ("how do we", "where do we", "which code does this:", "the routine to", "find what lets us", "code to")
_FORMAL = re.compile(r"[=<>\[\]|{}/*`]|\w\(")
"""Grammars and signatures, which nobody asks with."""
_SENTENCE = re.compile(r"\s*(.+?)(?:\.(?:\s|$)|\n\s*\n|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Function:
    """A function: the module's file below the library, its name, its code without docstring, its first sentence."""

    file: str
    name: str
    code: str
    sentence: str


def make() -> questions.EvaluationSet:
    """Return the set, made of the running interpreter's own library."""
    found = sorted(_library(Path(sysconfig.get_path("stdlib"))), key=lambda each: (each.file, each.name))
    wanted = {each.name + each.file for each in _sample(found)}
    sessions: list[transcript.Session] = []
    asked: list[questions.Question] = []
    for number, group in enumerate(_groups(found)):
        session = transcript.Session(
            "/home/ada/library",
            session=records.uuid_of("functions", number),
            start=f"2026-02-{1 + number % 28:02d}T09:00:00.000Z",
        )
        session.prompt("Let us read on from where we were.")
        for function in group:
            told = _tell(session, function)
            if function.name + function.file in wanted:
                asked.append(_question(function, told, session.session))
        sessions.append(session)
    version = ".".join(map(str, sys.version_info[:3]))
    about = f"{len(found):,} functions of the standard library of Python {version}, without their docstrings."
    return questions.EvaluationSet("functions", about, tuple(sessions), tuple(asked))


def _library(root: Path) -> Iterator[Function]:
    for module in MODULES:
        folder = root / module
        files = sorted(folder.rglob("*.py")) if folder.is_dir() else [root / f"{module}.py"]
        for file in files:
            if file.exists() and "test" not in file.relative_to(root).parts:
                yield from read_functions(file.read_text(encoding="utf-8"), str(file.relative_to(root)))


def read_functions(source: str, file: str) -> list[Function]:
    """Return the functions and methods in `source` that say in a sentence what they do."""
    lines = source.split("\n")
    found: dict[str, Function] = {}
    waiting: list[tuple[str, ast.AST]] = [("", ast.parse(source))]
    while waiting:
        prefix, node = waiting.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                waiting.append((f"{prefix}{child.name}.", child))
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                sentence = _first_sentence(ast.get_docstring(child))
                code = _without_docstring(child, lines)
                if sentence and 3 <= code.count("\n") + 1 <= LONGEST:
                    name = prefix + child.name
                    found[name] = Function(file, name, code, sentence)
    return list(found.values())


def _first_sentence(docstring: str | None) -> str:
    match = _SENTENCE.match(docstring or "")
    sentence = " ".join(match[1].split()) if match else ""
    words = re.findall(r"[A-Za-z]{3,}", sentence)
    is_prose = FEWEST_WORDS <= len(words) <= 30 and not _FORMAL.search(sentence)
    return sentence if is_prose else ""


def _without_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> str:
    told = node.body[0]
    assert node.end_lineno is not None
    assert told.end_lineno is not None
    kept = [*lines[node.lineno - 1 : told.lineno - 1], *lines[told.end_lineno : node.end_lineno]]
    return "\n".join(kept)


def _sample(found: list[Function]) -> list[Function]:
    """Return ASKED functions whose sentences are unlike each other, chosen by the digest of their names."""
    alone: dict[str, list[Function]] = {}
    for function in found:
        alone.setdefault(function.sentence.lower(), []).append(function)
    single = [functions[0] for functions in alone.values() if len(functions) == 1]
    return sorted(single, key=lambda each: hashlib.sha256(f"{each.file} {each.name}".encode()).digest())[:ASKED]


def _groups(found: list[Function]) -> Iterator[list[Function]]:
    for begin in range(0, len(found), PER_SESSION):
        yield found[begin : begin + PER_SESSION]


def _tell(session: transcript.Session, function: Function) -> frozenset[str]:
    """Write the function as one of three things that happen to code; return the uuids of the messages that hold it."""
    path = f"/home/ada/library/{function.file}"
    way = hashlib.sha256(function.name.encode()).digest()[1] % 3
    if way == 0:
        session.call("Read", {"file_path": path}).result(function.code)
        return frozenset({session.leaf or ""})
    if way == 1:
        session.call("Edit", {"file_path": path, "old_string": "pass", "new_string": function.code})
        told = session.leaf or ""
        session.result(f"The file {path} has been updated.")
        return frozenset({told})
    session.reply(f"It is this:\n\n```python\n{function.code}\n```")
    return frozenset({session.leaf or ""})


def _question(function: Function, told: frozenset[str], session: str) -> questions.Question:
    id_ = f"functions:{function.file}:{function.name}"
    chance = random.Random(id_)
    said = wording.reworded(function.sentence[0].lower() + function.sentence[1:], chance, share=0.5)
    return questions.Question(id_, f"{chance.choice(STARTS)} {said}", (told,), frozenset({session}), "code")
