"""A small fixed memory to browse: sessions with code, tools, secrets, hostile text, a sub-agent, and a long one."""

from __future__ import annotations

from typing import Any

from tests.store.memory import Memory

BASKET = "11111111-0000-4000-8000-000000000001"
RETRY = "22222222-0000-4000-8000-000000000002"
HOSTILE = "33333333-0000-4000-8000-000000000003"
LONG = "44444444-0000-4000-8000-000000000004"
SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
LONG_MESSAGES = 1500

_CODE = """The total is a float; 0.1 + 0.2 is not 0.3. Count in whole cents:

```python
class Basket:
    total: int = 0  # cents

    def add(self, price: int) -> None:
        self.total += price
```

All 14 tests pass."""
_EDIT = '{"file_path": "/home/ada/shop/basket.py", "old_string": "total = 0.0", "new_string": "total = 0"}'


def fill(memory: Memory) -> None:
    """Fill the memory and index it."""
    with memory.writer:
        _basket(memory)
        _retry(memory)
        _hostile(memory)
        _long(memory)
    memory.index()


def _session(memory: Memory, session: str, title: str, day: int, shown: int, **more: Any) -> int:
    ended = f"2026-01-{day:02}T09:30:00.000Z"
    return memory.session(session, title=title, started_at=ended, ended_at=ended, shown=shown, **more)


def _basket(memory: Memory) -> None:
    basket = _session(memory, BASKET, "Basket total in cents", 5, 6, branch="feat/basket", model="claude-sonnet-4-5")
    memory.say(basket, "The basket total is off by a cent sometimes. Why?")
    memory.say(basket, "Floats, probably.\nLook at the adding.", role="assistant", kind="thinking")
    memory.call(basket, "Read", '{"file_path": "/home/ada/shop/basket.py"}', "1 class Basket:\n2     total = 0.0")
    memory.call(basket, "Edit", _EDIT, "The file has been updated.", path="/home/ada/shop/basket.py")
    memory.call(basket, "Bash", '{"command": "pytest -q"}', "\n".join(f"line {n} of the test run" for n in range(60)))
    memory.reply(basket, _CODE)
    memory.say(basket, "Thanks. Round the discount down to cents too.")
    memory.reply(basket, "Done: the discount is rounded down, in cents.")
    agent = _session(memory, f"{BASKET}/agent-a1", "Find where prices are added", 5, 2, kind="subagent", parent=BASKET)
    memory.say(agent, "Find where prices are added.", kind="sidechain")
    memory.reply(agent, "In basket.py and discount.py.")


def _retry(memory: Memory) -> None:
    retry = _session(memory, RETRY, "Retry for the stock client", 7, 4, project="/home/ada/api")
    memory.say(retry, f"The stock client needs a retry; the token is {SECRET} for now.")
    memory.reply(retry, "It now waits 1, 2, 4 seconds and gives up after three tries.")


def _hostile(memory: Memory) -> None:
    hostile = _session(memory, HOSTILE, "[bold]Not bold[/bold] \x1b[31mred", 3, 2)
    memory.say(hostile, "[red]markup[/red] [@click=app.quit]click[/] \x1b]0;owned\x07 \u202egnp.exe \x9b31m zzhostile")
    memory.reply(hostile, "[/] [] [link=x] \\[ 你好，世界 👩‍👩‍👧 e\u0301 end zzhostile")


def _long(memory: Memory) -> None:
    long = _session(memory, LONG, "A very long session", 1, LONG_MESSAGES, project="/home/ada/big")
    for number in range(LONG_MESSAGES // 2):
        memory.say(long, f"Question {number}{': where is the zzneedle?' if number % 250 == 100 else ''}")
        memory.reply(long, f"Answer {number}\nin two lines")
