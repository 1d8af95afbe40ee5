"""The evaluation sets, by name; each is made anew, the same every time."""

from __future__ import annotations

from collections.abc import Callable

from bench.retrieval import questions
from bench.retrieval.sets import coding, commands, functions, memories, playbooks, talks

SETS: dict[str, Callable[[], questions.EvaluationSet]] = {
    "functions": functions.make,
    "coding": coding.make,
    "playbooks": playbooks.make,
    "commands": commands.make,
    "memories": memories.make,
    "talks": talks.make,
}
"""What makes each set."""
