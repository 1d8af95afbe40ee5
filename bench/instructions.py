"""A guard against slow-downs that holds on a busy machine: instructions, counted by valgrind, against recorded ones.

`python -m bench.instructions` counts and compares; `--record` (`make baseline`) writes what it finds into
bench/results/instructions.json. A baseline holds for one Python, one kind of machine and the versions of the libraries
that do the work. On another patch of the same Python the nearest baseline is compared with, and the bound is wider; on
another Python, machine or library there is nothing to compare with.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import hot_paths, results

ROOT = Path(__file__).resolve().parent.parent
NAMES = (*hot_paths.PATHS, "status")
LIBRARIES = ("apsw", "msgspec", "tantivy")
BOUND = 1.12
"""A path may take so many times its baseline. Between runs `index` differed by 1 %, `search` by 0.3 %, the others by
less than 0.001 %; the rest is room for what one adds on purpose."""
SLACK = 0.9
"""Below so many times its baseline a path has become so fast that the baseline would let a slow-down through."""
WIDE = 1.5
"""What it may take of the baseline of another patch. Two builds of 3.11, from Debian and from elsewhere, differ by 26 %
in `status`, 11 % in `search` and less in the others."""
ADVICE = "If that is on purpose: `make baseline`, and commit bench/results/instructions.json."
STATUS = "import os; os.getpgid(0); from simple_memory import __main__ as p; p.main(['status']); os.getpgid(0)"
_VALGRIND = ("valgrind", "--tool=callgrind", "--dump-before=getpgid")


def is_possible() -> bool:
    """Return whether valgrind is there."""
    return sys.platform == "linux" and shutil.which("valgrind") is not None


def key() -> str:
    """Return what a baseline belongs to: this Python, this kind of machine, the libraries' versions."""
    return key_of(platform.python_version(), {name: importlib.metadata.version(name) for name in LIBRARIES})


def key_of(python: str, versions: dict[str, str]) -> str:
    """Return the key for a version of Python and of each library, on this kind of machine."""
    return " ".join([f"python {python}", platform.machine(), *(f"{name} {versions[name]}" for name in LIBRARIES)])


def locked() -> dict[str, str]:
    """Return the versions of the libraries that the lock file names."""
    found = re.findall(r"(?m)^([\w-]+)==([\w.]+)", (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8"))
    return {name: version for name, version in found if name in LIBRARIES}


@dataclass(frozen=True, slots=True)
class Baseline:
    """Recorded counts, what they belong to, and whether that is this very Python."""

    counts: Mapping[str, int]
    key: str
    is_own: bool


def baseline() -> Baseline | None:
    """Return what to compare with here; None where nothing can be."""
    return nearest(results.load("instructions") or {}, key())


def nearest(told: Mapping[str, Mapping[str, int]], wanted: str) -> Baseline | None:
    """Return the counts of `told` for the key `wanted`, else for the nearest patch of the same Python; else None."""
    minor, patch, rest = _parts(wanted)
    near = [
        (abs(number - patch), each)
        for each, (same, number, others) in ((each, _parts(each)) for each in told)
        if (same, others) == (minor, rest)
    ]
    if not near:
        return None
    distance, found = min(near)
    return Baseline(told[found], found, distance == 0)


def _parts(of: str) -> tuple[str, int, str]:
    """Return of a key the version of Python without its patch, the patch, and all else."""
    _, version, rest = of.split(" ", 2)
    minor, _, patch = version.rpartition(".")
    return minor, int(re.match(r"\d*", patch)[0] or 0), rest  # type: ignore[index]  # it always matches


def count() -> dict[str, int]:
    """Count the instructions of each path once. Raises CalledProcessError where valgrind or a path fails."""
    with tempfile.TemporaryDirectory(prefix="simple-memory-count-") as made:
        folder = Path(made)
        environment = {
            "PATH": os.environ.get("PATH", ""), "HOME": made, "LANG": "C.UTF-8",
            "SIMPLE_MEMORY_HOME": str(folder / "memory"), "CLAUDE_CONFIG_DIR": str(folder / "claude"),
            "PYTHONHASHSEED": "0",
        }  # fmt: skip
        program = [sys.executable, "-m", "bench.hot_paths", made]
        subprocess.run(program, cwd=ROOT, env=environment, check=True, capture_output=True)
        status = [sys.executable, "-c", STATUS]
        subprocess.run(status, cwd=made, env=environment, check=True, capture_output=True)  # byte-code is written
        found = _between_marks([*program, "go"], ROOT, environment, folder / "paths")
        found += _between_marks(status, folder, environment, folder / "status")
    return dict(zip(NAMES, found, strict=True))


def _between_marks(command: list[str], where: Path, environment: dict[str, str], out: Path) -> list[int]:
    """Return the instructions from each odd mark to the next one."""
    counted = [*_VALGRIND, f"--callgrind-out-file={out}", *command]
    subprocess.run(counted, cwd=where, env=environment, check=True, capture_output=True)
    parts = sorted(out.parent.glob(f"{out.name}.*"), key=lambda path: int(path.suffix[1:]))
    return [_total(path) for path in parts[1::2]]


def _total(path: Path) -> int:
    found = re.search(r"(?m)^summary: (\d+)", path.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{path} has no sum")
    return int(found[1])


def complaints(found: Mapping[str, int], before: Baseline) -> list[str]:
    """Return a sentence for each path that takes too much of its baseline, or so little that the baseline is stale."""
    bound, least = (BOUND, SLACK) if before.is_own else (WIDE, 0.0)
    told = []
    for name in NAMES:
        share = found[name] / before.counts[name]
        if not least <= share <= bound:
            change = "slower" if share > bound else "so much faster that a slow-down would not show"
            told.append(
                f"{name}: {found[name]:,} instructions, {share:.2f} × the baseline of {before.key}: {change}. {ADVICE}"
            )
    return told


def main(arguments: list[str]) -> int:
    """Count; record or compare. Return 1 where there is something to complain about."""
    parser = argparse.ArgumentParser(prog="python -m bench.instructions", description=__doc__)
    parser.add_argument("--record", action="store_true", help="write what is found as the baseline")
    chosen = parser.parse_args(arguments)
    found, before = count(), baseline()
    for name in NAMES:
        ratio = f"{found[name] / before.counts[name]:.3f} × the baseline" if before else "no baseline"
        print(f"{name:8} {found[name]:>13,}  {ratio}")
    if chosen.record:
        results.save("instructions", {**(results.load("instructions") or {}), key(): found})
        return 0
    told = complaints(found, before) if before else []
    print("\n".join(told) or "Nothing to complain about.")
    return int(bool(told))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
