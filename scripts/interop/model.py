"""A scripted model on 127.0.0.1: its first answer calls `search_memory`, the next says DONE; every request is logged.

`python model.py PORT LOG`; speaks as much of four vendors' streams as their agents need for one turn. Standard library
only: it runs inside the namespace without the project's packages.
"""

from __future__ import annotations

import http.server
import json
import sys
from typing import Any, ClassVar

TOOL = "search_memory"
GIVEN = {"query": "ledger"}
DONE = "INTEROP-DONE"
Events = list[tuple[str, dict[str, Any]]]


def stream(events: Events) -> str:
    """Return events as a server-sent stream."""
    return "".join(f"event: {kind}\ndata: {json.dumps({'type': kind, **rest})}\n\n" for kind, rest in events)


def _named(names: list[str]) -> str:
    return next((name for name in names if name.endswith(TOOL)), "")


def anthropic(asked: dict[str, Any]) -> str:
    """Answer /v1/messages. A tool that is only named so far is fetched first."""
    names = [tool.get("name", "") for tool in asked.get("tools", ())]
    said = json.dumps(asked.get("messages", ()))
    called, fetched = f'"{GIVEN["query"]}"' in said, f"select:mcp__simple-memory__{TOOL}" in said
    block: dict[str, Any] = {"type": "text", "text": ""}
    delta: dict[str, Any] = {"type": "text_delta", "text": DONE}
    reason = "end_turn"
    if not called and (_named(names) or ("ToolSearch" in names and not fetched)):
        tool, given = (
            (_named(names), GIVEN) if _named(names) else ("ToolSearch", {"query": f"select:mcp__simple-memory__{TOOL}"})
        )
        block = {"type": "tool_use", "id": f"toolu_{len(said)}", "name": tool, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(given)}
        reason = "tool_use"
    message: dict[str, Any] = {
        "id": "msg", "type": "message", "role": "assistant", "model": asked.get("model"), "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1},
    }  # fmt: skip
    return stream(
        [
            ("message_start", {"message": message}),
            ("content_block_start", {"index": 0, "content_block": block}),
            ("content_block_delta", {"index": 0, "delta": delta}),
            ("content_block_stop", {"index": 0}),
            ("message_delta", {"delta": {"stop_reason": reason, "stop_sequence": None}, "usage": {"output_tokens": 1}}),
            ("message_stop", {}),
        ]
    )


def responses(asked: dict[str, Any]) -> str:
    """Answer /v1/responses."""
    tools = asked.get("tools", ())
    space = next((tool["name"] for tool in tools if tool.get("type") == "namespace" and "memory" in tool["name"]), "")
    item: dict[str, Any] = {
        "type": "message",
        "role": "assistant",
        "id": "m",
        "content": [{"type": "output_text", "text": DONE}],
    }
    if not any(
        isinstance(each, dict) and each.get("type") == "function_call_output" for each in asked.get("input", ())
    ):
        item = {"type": "function_call", "id": "f", "call_id": "c", "name": TOOL, "arguments": json.dumps(GIVEN)}
        item |= {"namespace": space} if space else {}
    usage = {
        "input_tokens": 1,
        "input_tokens_details": None,
        "output_tokens": 1,
        "output_tokens_details": None,
        "total_tokens": 2,
    }
    return stream(
        [
            ("response.created", {"response": {"id": "r"}}),
            ("response.output_item.done", {"item": item}),
            ("response.completed", {"response": {"id": "r", "usage": usage}}),
        ]
    )


def gemini(asked: dict[str, Any]) -> str:
    """Answer streamGenerateContent."""
    names = [one["name"] for tool in asked.get("tools", ()) for one in tool.get("functionDeclarations", ())]
    calls = bool(_named(names)) and "functionResponse" not in json.dumps(asked)
    part = {"functionCall": {"name": _named(names), "args": GIVEN}} if calls else {"text": DONE}
    candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
    usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    return f"data: {json.dumps({'candidates': [candidate], 'usageMetadata': usage})}\n\n"


def chat(asked: dict[str, Any]) -> str:
    """Answer /chat/completions."""
    name = _named([tool["function"]["name"] for tool in asked.get("tools", ())])
    calls = bool(name) and not any(message.get("role") == "tool" for message in asked.get("messages", ()))
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": name, "arguments": json.dumps(GIVEN)}}
    delta: dict[str, Any] = {"role": "assistant", **({"tool_calls": [call]} if calls else {"content": DONE})}
    head = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    ends: tuple[tuple[dict[str, Any], str | None], ...] = ((delta, None), ({}, "tool_calls" if calls else "stop"))
    parts = [{**head, "choices": [{"index": 0, "delta": each, "finish_reason": end}]} for each, end in ends]
    return "".join(f"data: {json.dumps(part)}\n\n" for part in parts) + "data: [DONE]\n\n"


ANSWERS = (
    ("/messages", anthropic),
    ("/responses", responses),
    ("GenerateContent", gemini),
    ("/chat/completions", chat),
)


class Model(http.server.BaseHTTPRequestHandler):
    """One request: logged, and answered by its path."""

    protocol_version = "HTTP/1.1"
    log_path: ClassVar[str] = ""

    def log_message(self, *_: Any) -> None:
        """Say nothing on stderr."""

    def look_up(self) -> None:
        """Answer whatever is looked up with an empty list."""
        self._send('{"data":[]}', "application/json")

    def ask(self) -> None:
        """Log what the agent sends its model, and answer."""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        asked = json.loads(body) if body.strip() else {}
        with open(self.log_path, "a", encoding="utf-8") as log:
            log.write(json.dumps({"path": self.path, "body": asked}) + "\n")
        path = self.path.split("?")[0]
        answer = next((make for part, make in ANSWERS if path.endswith((part, "stream" + part))), None)
        if answer is None:
            self._send('{"input_tokens":1}', "application/json")
        else:
            self._send(answer(asked), "text/event-stream")

    do_GET = look_up  # noqa: N815 # the names that the library looks for
    do_POST = ask  # noqa: N815

    def _send(self, text: str, kind: str) -> None:
        content = text.encode()
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    Model.log_path = sys.argv[2]
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Model).serve_forever()
