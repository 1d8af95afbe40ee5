"""Which shell commands only ask our program."""

from __future__ import annotations

import pytest

from simple_memory.store import ours


@pytest.mark.parametrize(
    "command",
    [
        "simple-memory search 'the cart; total'",
        "simple-memory show 3f2a:17 --around 5 | head -40",
        'cd /home/ada/shop && simple-memory sql "SELECT 1; SELECT \\"a && b\\""',
        "/home/ada/.local/bin/simple-memory files src/app.py --json | jq .",
        "python3 -m simple_memory search cart",
        ".venv/bin/python -m simple_memory search cart \\\n  --limit 3",
        "uvx simple-memory sessions",
        "SIMPLE_MEMORY_HOME=/tmp/x simple-memory search cart 2>/dev/null; simple-memory show 3f2a",
    ],
)
def test_a_command_that_only_asks_us_is_told(command: str) -> None:
    assert ours.is_command(["bash", "-lc", command])


@pytest.mark.parametrize(
    "command",
    [
        "make test",
        "simple-memory search cart && make test",
        "git commit -m 'simple-memory search is fast'",
        "grep -r 'simple-memory search' docs",
        "cat notes/simple-memory search.txt",
        "simple-memory start --daemon",
        "pip install simple-memory",
        "cd simple-memory && ls",
        "",
    ],
)
def test_any_other_command_is_evidence(command: str) -> None:
    assert not ours.is_command([command])
