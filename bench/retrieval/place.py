"""A throw-away home that holds one evaluation set, read in by the real program."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bench import measure
from bench.retrieval import questions
from simple_memory import config


class Place:
    """The folders of one set below `folder`: the agent's transcripts, and the memory made of them."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; what is there from an earlier run is used again."""
        self.folder = folder
        self.claude = folder / ".claude"
        self.home = config.Home(str(folder / "memory"))
        self.environment = {
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PATH": os.environ.get("PATH", ""),
            "CLAUDE_CONFIG_DIR": str(self.claude),
            "SIMPLE_MEMORY_HOME": self.home.root,
        }

    def fill(self, chosen: questions.EvaluationSet) -> None:
        """Write the set's transcripts and import them."""
        for session in chosen.sessions:
            session.write(self.claude)
        self.sync()

    def sync(self) -> None:
        """Import what the transcripts hold. Raises RuntimeError where the program reports a failure."""
        ended = measure.run([sys.executable, "-m", "simple_memory", "sync"], self.environment)
        if ended.code:
            raise RuntimeError(f"sync in {self.folder} ended with {ended.code}: {ended.out}")
