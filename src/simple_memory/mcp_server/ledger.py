"""What an agent has asked and not been answered, so that another server can go on where one ended; no I/O.

Every request to this server only reads, so what was not answered may be asked again. An agent of the older protocol
says `initialize` once; a new server is told so again, and its answer, which the agent has had, goes no further.
Standard library only, and json only when there is something to settle: the pump must be at once.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST_BYTES = 4 * 1024 * 1024
"""Bytes of unanswered requests that are kept; an agent that asks more cannot go on with another server.

No more than a message may have: what one server refused for its length is not asked of the next.
"""
LONGEST_ANSWER = 512 * 1024
"""A half line of more bytes is handed on as it comes; the agent cannot go on with another server then."""
_LINES = 128
"""After so many lines that are not settled they are settled, though the agent is not idle."""
_ANSWER = b'{"jsonrpc":"2.0","id":'
"""How every answer of our server begins."""


class Ledger:
    """Both directions of one agent's conversation, as far as a new server would have to know it."""

    def __init__(self) -> None:
        """Begin before the first byte."""
        self._asked = bytearray()
        self._heard = bytearray()
        self._answered: list[bytes] = []
        self._handshake: list[bytes] = []
        self._hidden: bytes | None = None
        self.is_overfull = False

    def ask(self, chunk: bytes) -> None:
        """Take bytes that the agent sent."""
        if self.is_overfull:
            return
        self._asked += chunk
        if len(self._answered) > _LINES or len(self._asked) > MOST_BYTES:
            self.settle()
            if len(self._asked) > MOST_BYTES:
                self.is_overfull = True
                self._asked.clear()

    def hear(self, chunk: bytes) -> bytes:
        """Take bytes that the server sent; return the whole lines that are for the agent (a half line waits)."""
        self._heard += chunk
        if self.is_overfull or len(self._heard) > LONGEST_ANSWER:
            self.is_overfull = True
            handed_on = bytes(self._heard)
            self._heard.clear()
            return handed_on
        end = self._heard.rfind(b"\n") + 1
        lines = [line + b"\n" for line in bytes(self._heard[:end]).split(b"\n")[:-1]]
        del self._heard[:end]
        kept = []
        for line in lines:
            answered = _answered_id(line)
            if answered is not None and answered == self._hidden:
                self._hidden = None
                continue
            if answered is not None:
                self._answered.append(answered)
            kept.append(line)
        return b"".join(kept)

    def settle(self) -> None:
        """Forget what was answered, cancelled or needs no answer."""
        if not self._asked or self.is_overfull:
            return
        *lines, rest = bytes(self._asked).split(b"\n")
        read = [(line, _read(line)) for line in lines]
        gone = {_key(message.get("params", {}).get("requestId")) for _, message in read if _is_cancel(message)}
        answered = [_key(_value(each)) for each in self._answered]
        pending = []
        for line, message in read:
            method, key = message.get("method"), _key(message.get("id"))
            if method == "notifications/initialized":
                self._handshake.append(line)
            elif "id" not in message or key in gone:
                continue
            elif key in answered:
                answered.remove(key)
                if method == "initialize":
                    self._handshake = [line]
            else:
                pending.append(line)
        self._answered.clear()
        self._asked = bytearray(b"".join(line + b"\n" for line in pending) + rest)

    def replay(self) -> bytes:
        """Return what a new server must be told first; forget the half line that the old one left."""
        self.settle()
        self._heard.clear()
        self._hidden = None
        if self._handshake:
            import json

            self._hidden = json.dumps(_read(self._handshake[0]).get("id"), ensure_ascii=False).encode()
        return b"".join(line + b"\n" for line in self._handshake) + bytes(self._asked)

    @property
    def has_pending(self) -> bool:
        """Whether something was asked, wholly or half, that has no answer yet; true only of what is settled."""
        return bool(self._asked)


def _answered_id(line: bytes) -> bytes | None:
    """Return the id of an answer as its JSON text; None for what is no answer."""
    if not line.startswith(_ANSWER):
        return None
    ends = [end for end in (line.find(b',"result":'), line.find(b',"error":')) if end > 0]
    return line[len(_ANSWER) : min(ends)].strip() if ends else None


def _read(line: bytes) -> dict[str, Any]:
    value = _value(line)
    return value if isinstance(value, dict) and isinstance(value.get("params", {}), dict) else {}


def _value(text: bytes) -> Any:
    import json

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_cancel(message: dict[str, Any]) -> bool:
    return message.get("method") == "notifications/cancelled"


def _key(value: Any) -> tuple[str, str]:
    """Return an id so that 1 and "1" are two."""
    return type(value).__name__, str(value)
