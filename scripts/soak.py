"""Run the service for a while under a steady stream of lines, and draw the memory of its processes over time.

`python -m scripts.soak [--minutes 60] [--every 10]` writes docs/soak.svg and says how much the memory grew. Everything
happens in a throw-away home.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scripts import plots

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "soak.svg"
NAMES = ("supervisor", "sync", "mcp")
LINES_PER_SECOND = 5
Samples = list[tuple[float, dict[str, float]]]
"""(seconds since the start, MB that each process alone holds)."""


class Soak:
    """A throw-away home with a service, and an agent that writes lines."""

    def __init__(self, root: Path) -> None:
        """Make the folders under `root`."""
        self._file = root / "claude" / "projects" / "-soak" / "soak.jsonl"
        self._file.parent.mkdir(parents=True)
        self._environment = {
            **os.environ, "HOME": str(root), "SIMPLE_MEMORY_HOME": str(root / "memory"),
            "CLAUDE_CONFIG_DIR": str(root / "claude"),
        }  # fmt: skip
        self._written = 0

    def run(self, *arguments: str) -> str:
        """Run a command of the program and return what it wrote. Raises CalledProcessError for a failed start."""
        command = [sys.executable, "-m", "simple_memory", *arguments]
        ended = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, check=arguments[0] == "start"
        )
        return ended.stdout

    def write(self, count: int) -> None:
        """Append `count` prompts to the transcript."""
        with open(self._file, "a", encoding="utf-8") as stream:
            for _ in range(count):
                self._written += 1
                record = {
                    "type": "user", "uuid": f"u{self._written}", "parentUuid": None, "sessionId": "soak",
                    "cwd": "/soak", "version": "2.0.0",
                    "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
                    "message": {"role": "user", "content": f"line {self._written} " + os.urandom(200).hex()},
                }  # fmt: skip
                stream.write(json.dumps(record) + "\n")

    def sample(self) -> dict[str, float]:
        """Return the memory of each process in MB. Raises RuntimeError where the service is not well."""
        answer = json.loads(self.run("status", "--json"))
        if answer["state"] != "running":
            raise RuntimeError(f"the service is {answer['state']}: {answer['hints']}")
        told = {"supervisor": answer["supervisor"], **answer["workers"]}
        return {name: (told[name]["memory_bytes"] or 0) / 1e6 for name in NAMES}

    def is_complete(self) -> bool:
        """Return whether every line that was written is in the store."""
        return bool(json.loads(self.run("status", "--json"))["database"]["messages"] == self._written)


def observe(soak: Soak, *, seconds: float, every: float) -> Samples:
    """Write lines for `seconds`, and sample every `every` seconds."""
    samples: Samples = []
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        if not samples or passed - samples[-1][0] >= every:
            samples.append((passed, soak.sample()))
        soak.write(LINES_PER_SECOND)
        time.sleep(1.0)
    return [*samples, (seconds, soak.sample())]


def growth(samples: Samples, name: str) -> float:
    """Return by how many MB the last quarter's mean lies above the second quarter's: the first one warms up."""
    values = [held[name] for _, held in samples]
    quarter = max(1, len(values) // 4)
    early, late = values[quarter : 2 * quarter] or values[:1], values[-quarter:]
    return sum(late) / len(late) - sum(early) / len(early)


def picture(samples: Samples) -> str:
    """Return the memory over time as SVG."""
    end = samples[-1][0] / 60
    drawn = [plots.Line(name, [(at / 60, held[name]) for at, held in samples]) for name in NAMES]
    return plots.lines(
        f"Memory of the processes over {end:.0f} minutes of appends, {LINES_PER_SECOND} lines a second",
        drawn,
        x=plots.Axis("minutes"),
        y=plots.Axis("MB that each process alone holds"),
    )


def main(arguments: list[str]) -> int:
    """Soak, draw, and return 1 if lines are missing at the end."""
    parser = argparse.ArgumentParser(prog="python -m scripts.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--every", type=float, default=10.0, help="seconds between samples")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(Path(folder))
        soak.run("start", "--daemon")
        try:
            samples = observe(soak, seconds=given.minutes * 60, every=given.every)
            end = time.monotonic() + 10
            while not (complete := soak.is_complete()) and time.monotonic() < end:
                time.sleep(0.2)
        finally:
            soak.run("stop", "--force")
    PICTURE.write_text(picture(samples), encoding="utf-8")
    for name in NAMES:
        highest = max(held[name] for _, held in samples)
        print(f"{name}: at most {highest:.1f} MB, {growth(samples, name):+.2f} MB from the second quarter to the last")
    print("Every line is stored." if complete else "Lines are missing.")
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
