"""The shape of Python code: how long its files and functions are, how they branch, what is documented, what is banned.

Pure but for reading the files. tests/test_style.py holds the numbers to the house's budgets.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

BANNED = ("manager", "handler", "helper", "utils", "util", "common", "base", "impl", "data", "info", "do", "process")
"""Words that say nothing, banned as parts of names; `do` at the beginning only, `process` there too (as a verb)."""
_FIRST_ONLY = frozenset({"do", "process"})
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
_BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.IfExp, ast.match_case)

Function = ast.FunctionDef | ast.AsyncFunctionDef
Defined = Function | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Piece:
    """A file, a function or a class: where it is, and its numbers. `lines` counts all of its lines."""

    path: Path
    name: str
    line: int
    lines: int
    branches: int = 0
    documented: bool = True
    public: bool = False
    is_class: bool = False

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.name}"


def python_files(folder: Path) -> list[Path]:
    """Return the Python files below `folder`, sorted."""
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def parse(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def measure_file(path: Path) -> Piece:
    """Return the numbers of a file as a whole; its docstring is the module's."""
    text = path.read_text(encoding="utf-8")
    documented = ast.get_docstring(parse(path)) is not None
    return Piece(path, path.name, 1, len(text.splitlines()), documented=documented or not text.strip(), public=True)


def measure_definitions(path: Path) -> list[Piece]:
    """Return the numbers of every function and class of a file, inner ones too."""
    return [
        Piece(
            path,
            name,
            node.lineno,
            (node.end_lineno or node.lineno) - node.lineno + 1,
            branches=0 if isinstance(node, ast.ClassDef) else count_branches(node),
            documented=ast.get_docstring(node) is not None,
            public=public,
            is_class=isinstance(node, ast.ClassDef),
        )
        for node, name, public in _definitions(parse(path), "", public=True)
    ]


def _definitions(tree: ast.AST, prefix: str, *, public: bool) -> Iterator[tuple[Defined, str, bool]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Defined):
            name = f"{prefix}{node.name}"
            seen = public and not node.name.startswith("_")
            yield node, name, seen
            yield from _definitions(node, f"{name}.", public=seen and isinstance(node, ast.ClassDef))
        else:
            yield from _definitions(node, prefix, public=public)


def count_branches(function: Function) -> int:
    """Return how many ways lead through `function` and what is defined inside it.

    That is one, one more for each `if`, loop, `except`, conditional expression and case, for each further operand of
    `and` and `or`, and for each condition of a comprehension.
    """
    return 1 + sum(_ways(node) for node in ast.walk(function))


def _ways(node: ast.AST) -> int:
    """Return how many further ways a node opens by itself."""
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.comprehension):
        return len(node.ifs)
    return int(isinstance(node, _BRANCHES))


def banned_names(path: Path) -> list[str]:
    """Return the names of a file, its functions, classes and arguments that hold a banned word."""
    found = [path.stem] if is_banned(path.stem) else []
    for node in ast.walk(parse(path)):
        names: list[str] = []
        if isinstance(node, Defined):
            names = [node.name]
        elif isinstance(node, ast.arg):
            names = [node.arg]
        found += [f"{path}:{node.lineno} {name}" for name in names if is_banned(name)]  # type: ignore[attr-defined]
    return found


def is_banned(name: str) -> bool:
    """Return whether a banned word is a part of `name` (snake_case or CamelCase)."""
    parts = [part.lower() for part in _PARTS.findall(name)]
    if not parts or name.startswith("__"):
        return False
    if parts[0] in _FIRST_ONLY and len(parts) > 1:
        return True
    return any(part in BANNED and part not in _FIRST_ONLY for part in parts)


def banned_calls(path: Path, banned: dict[str, str]) -> list[str]:
    """Return where a file uses one of `banned`: a name ("print", "time.sleep"), or any object's ("*.splitlines")."""
    found = []
    for node in ast.walk(parse(path)):
        if not isinstance(node, ast.Name | ast.Attribute):
            continue
        dotted = ast.unparse(node)
        for pattern, why in banned.items():
            wanted = pattern.removeprefix("*")
            hit = dotted.endswith(wanted) and isinstance(node, ast.Attribute) if pattern[0] == "*" else dotted == wanted
            if hit:
                found.append(f"{path}:{node.lineno} {dotted}: {why}")
    return found


def texts(path: Path) -> list[str]:
    """Return every string that stands in a file."""
    found = (node.value for node in ast.walk(parse(path)) if isinstance(node, ast.Constant))
    return [value for value in found if isinstance(value, str)]


def import_graph(folder: Path, package: str) -> dict[str, set[str]]:
    """Return which module of `package` (below `folder`) imports which others, wherever in the file it does so.

    Imports under `if TYPE_CHECKING:` are left out: nothing loads them.
    """
    modules = {_module_name(path, folder): path for path in python_files(folder / package)}
    return {name: set(_imports(parse(path), modules.keys())) - {name} for name, path in modules.items()}


def _module_name(path: Path, folder: Path) -> str:
    parts = path.relative_to(folder).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(tree: ast.AST, known: Container[str]) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from _imported_from(node.module, node.names, known)
        yield from _imports(node, known)


def _imported_from(module: str, names: list[ast.alias], known: Container[str]) -> Iterator[str]:
    """Yield which modules `from module import names` loads: what is imported may be one itself."""
    for alias in names:
        inner = f"{module}.{alias.name}"
        if inner in known:
            yield inner
        elif module in known:
            yield module


def find_cycle(graph: dict[str, set[str]]) -> list[str]:
    """Return the modules of one cycle in `graph`, first and last the same; [] where there is none."""
    done: set[str] = set()
    for start in graph:
        path: list[str] = []
        found = _walk(graph, start, path, done)
        if found:
            return found
    return []


def _walk(graph: dict[str, set[str]], module: str, path: list[str], done: set[str]) -> list[str]:
    if module in path:
        return [*path[path.index(module) :], module]
    if module in done:
        return []
    path.append(module)
    for imported in sorted(graph.get(module, ())):
        found = _walk(graph, imported, path, done)
        if found:
            return found
    path.pop()
    done.add(module)
    return []
