"""Whole sessions of Claude Code, written line by line as the agent does: Session().prompt("…").reply("…").write(dir).

A builder keeps the truth about what it wrote in `tally`: distinct messages, prompts, tool calls, results and tokens,
and the number of each kind of message, under the names that the store promises (docs/schema.md).
"""

from __future__ import annotations

import datetime
import itertools
import re
from collections import Counter
from pathlib import Path
from typing import Any, Literal, Self

from tests.builders import records, tool_outputs

Layout = Literal["folder", "flat", "inline", "workflow"]
START = "2026-01-05T09:00:00.000Z"
_numbers = itertools.count(1)


def folder_name(project: str) -> str:
    """Return the name of the folder under `projects/` for the directory `project`: lossy, as the agent makes it."""
    return re.sub("[^A-Za-z0-9]", "-", project)


class Session:
    """One session and its file. Every method that writes returns the builder, so that calls can be chained."""

    def __init__(
        self,
        project: str = "/home/ada/shop",
        *,
        session: str | None = None,
        version: str = "2.1.220",
        branch: str = "main",
        model: str = "claude-sonnet-4-5",
        start: str = START,
    ) -> None:
        """Take where the session ran and who spoke; without `session` the id is new at each call."""
        self.session = session or records.uuid_of("session", next(_numbers))
        self.project = project
        self.version = version
        self.branch = branch
        self.model = model
        self.time = datetime.datetime.fromisoformat(start)
        self.step = datetime.timedelta(seconds=1)
        self.lines: list[bytes] = []
        self.files: dict[str, bytes] = {}  # off-loaded outputs and the like: path below the project's folder → bytes
        self.agents: list[Agent] = []
        self.tally: Counter[str] = Counter()
        self.leaf: str | None = None  # uuid of the latest record of the chain
        self.written: list[records.Record] = []  # the chain's records, for forks
        self.open_calls: list[tuple[str, str, dict[str, Any]]] = []
        self.sidechain = False
        self._made = 0
        self._response = 0
        self._output = 0

    # ── What people do ────────────────────────────────────────────────────────────────────────────────────────────────

    def prompt(self, words: str, *, blocks: list[records.Block] | None = None, **more: Any) -> Self:
        """Write what a person typed; `blocks` (images, documents) follow the words."""
        content = [records.text(words), *blocks] if blocks else words
        return self.user(content, "prompt", **more)

    def command(self, name: str, arguments: str = "", output: str = "") -> Self:
        """Write a slash command, and what it printed, if anything."""
        tags = f"<command-name>/{name}</command-name>\n<command-message>{name}</command-message>"
        self.user(f"{tags}\n<command-args>{arguments}</command-args>", "command")
        if output:
            self.user(f"<local-command-stdout>{output}</local-command-stdout>", "injected")
        return self

    def shell(self, command: str, output: str) -> Self:
        """Write a command that the person ran in the shell with `!`, and its output."""
        self.user(f"<bash-input>{command}</bash-input>", "shell_input")
        return self.user(f"<bash-stdout>{output}</bash-stdout><bash-stderr></bash-stderr>", "injected")

    def interrupt(self) -> Self:
        """Write that the person stopped the model."""
        self.open_calls.clear()
        return self.user([records.text("[Request interrupted by user]")], "interrupt")

    def meta(self, words: str) -> Self:
        """Write what the agent puts in the person's place without showing it."""
        return self.user(words, "meta", isMeta=True)

    def user(self, content: str | list[records.Block], kind: str, **more: Any) -> Self:
        """Write a user record that counts as `kind`."""
        self._response = 0
        return self.chain(records.user(content, **self._fields(more)), kind)

    # ── What models do ────────────────────────────────────────────────────────────────────────────────────────────────

    def reply(self, words: str) -> Self:
        """Write an answer."""
        return self.assistant([records.text(words)], "reply")

    def thinking(self, words: str) -> Self:
        """Write what the model thought."""
        return self.assistant([records.thinking(words)], "thinking")

    def call(self, name: str, given: dict[str, Any] | None = None) -> Self:
        """Write a tool call; `result` answers the oldest open one."""
        call = f"toolu_{self._new('call').replace('-', '')[:22]}"
        self.open_calls.append((call, name, given or {}))
        self.tally["tool_calls"] += 1
        return self.assistant([records.tool_use(name, given or {}, call=call)], "tool_call")

    def result(self, output: str, *, is_error: bool = False, extra: dict[str, Any] | None = None, **more: Any) -> Self:
        """Write the result of the oldest open call. `extra` is added to what the agent keeps for itself."""
        call, name, given = self.open_calls.pop(0)
        content, kept = tool_outputs.failed(output) if is_error else tool_outputs.of(name, given, output)
        if extra:
            kept = {**kept, **extra} if isinstance(kept, dict) else extra
        return self._answer(call, content, kept, is_error=is_error, **more)

    def tool(self, name: str, given: dict[str, Any] | None = None, *, result: str = "ok", **more: Any) -> Self:
        """Write a tool call and its result."""
        return self.call(name, given).result(result, **more)

    def offloaded(self, command: str, output: str) -> Self:
        """Write a Bash call whose output went to a file of its own under `tool-results/`."""
        call = self.call("Bash", {"command": command}).open_calls.pop(0)[0]
        place = f"{self.session}/tool-results/{call[-8:]}.txt"
        self.files[place] = output.encode()
        path = f"/home/ada/.claude/projects/{folder_name(self.project)}/{place}"
        return self._answer(call, *tool_outputs.offloaded(output, path))

    def _answer(
        self, call: str, content: str | list[records.Block], kept: Any, *, is_error: bool = False, **more: Any
    ) -> Self:
        self.tally["tool_results"] += 1
        block = records.tool_result(content, call=call, is_error=is_error)
        return self.user([block], "tool_result", toolUseResult=kept, **more)

    def assistant(self, blocks: list[records.Block], kind: str) -> Self:
        """Write a part of an answer. Parts in a row share their message id; the tokens grow from part to part."""
        fresh = self._response == 0
        if fresh:
            self._response = self._made + 1
            self._output = 0
            self.tally["input_tokens"] += 10
        self._output += 20
        self.tally["output_tokens"] += 20
        name = f"{self._response:06d}{self.session[:8]}"
        record = records.assistant(
            blocks,
            message=f"msg_{name}",
            request=f"req_{name}",
            model=self.model,
            output_tokens=self._output,
            **self._fields({}),
        )
        return self.chain(record, kind)

    def api_error(self, words: str = "API Error: 529 Overloaded") -> Self:
        """Write the notice that the API failed."""
        self._response = 0
        return self.chain(records.api_error(words, **self._fields({})), "notice")

    # ── Sub-agents ────────────────────────────────────────────────────────────────────────────────────────────────────

    def delegate(self, description: str, prompt: str, *, layout: Layout = "folder") -> Agent:
        """Write a Task call, and return the builder of the sub-agent that takes it; its `report` ends it."""
        self.call("Task", {"description": description, "prompt": prompt, "subagent_type": "general-purpose"})
        agent = Agent(self, description=description, layout=layout)
        self.agents.append(agent)
        agent.user(prompt, "sidechain")
        return agent

    # ── What the agent itself notes ───────────────────────────────────────────────────────────────────────────────────

    def system(self, subtype: str | None, content: str | None = None, **more: Any) -> Self:
        """Write a system note."""
        return self.chain(records.system(subtype, content, **self._fields(more)), subtype or "system")

    def attachment(self, kind: str, **said: Any) -> Self:
        """Write an attachment with the fields `said`."""
        return self.chain(records.attachment(kind, said, **self._fields({})), kind)

    def progress(self, kind: str = "bash_progress", **said: Any) -> Self:
        """Write a progress record, which only the screen needed."""
        return self.chain(records.progress(kind, said, **self._fields({})), kind)

    def compact(self, summary: str) -> Self:
        """Write that the conversation was compacted, and the summary that it goes on from."""
        before, self.leaf = self.leaf, None
        self.system(
            "compact_boundary", "Conversation compacted", logicalParentUuid=before, compactMetadata={"trigger": "auto"}
        )
        words = f"This session is being continued from a previous conversation.\n{summary}"
        return self.user(words, "compact_summary", isCompactSummary=True, isVisibleInTranscriptOnly=True)

    def queue(self, operation: str, content: str | None = None) -> Self:
        """Write what happened to the queue of prompts."""
        return self.note(records.queue_operation(operation, content, session=self.session, at=self._now()))

    def title(self, words: str) -> Self:
        """Write the title that the person gave."""
        return self.note(records.custom_title(words, session=self.session))

    def ai_title(self, words: str) -> Self:
        """Write the title that the agent gave."""
        return self.note(records.ai_title(words, session=self.session))

    def last_prompt(self, words: str) -> Self:
        """Write the note of the latest prompt."""
        return self.note(records.last_prompt(words, session=self.session, leaf=self.leaf or ""))

    def summary(self, words: str, *, leaf: str | None = None) -> Self:
        """Write a summary of the session whose last message is `leaf`; of this one by default."""
        return self.note(records.summary(words, leaf=leaf or self.leaf or ""))

    def snapshot(self) -> Self:
        """Write undo data, which says nothing."""
        return self.note(records.file_history_snapshot(message=self._new("snapshot"), at=self._now()))

    def note(self, record: records.Record) -> Self:
        """Write a record without uuid."""
        self.lines.append(records.line(record))
        return self

    def raw(self, line: bytes) -> Self:
        """Write bytes as they are: a damaged line, say. No line feed is added."""
        self.lines.append(line)
        return self

    # ── Copies ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def fork(self, *, keep: int | None = None, session: str | None = None) -> Session:
        """Return a session that goes on from the first `keep` records: the same uuids under a new session id."""
        made = self._twin(session)
        for record in self.written[:keep]:
            made._copy({**record, "sessionId": made.session})
        return made

    def fork_by_sdk(self, *, session: str | None = None) -> Session:
        """Return a session that goes on from all records as the SDK copies them: new uuids that name what they copy."""
        made = self._twin(session)
        names: dict[str | None, str | None] = {None: None}
        for record in self.written:
            names[record["uuid"]] = made._new("fork")
            changed = {
                "uuid": names[record["uuid"]],
                "parentUuid": names.get(record["parentUuid"]),
                "sessionId": made.session,
            }
            origin = {"sessionId": self.session, "messageUuid": record["uuid"]}
            made._copy({**record, **changed, "forkedFrom": origin})
        return made

    def _twin(self, session: str | None) -> Session:
        made = Session(self.project, session=session, version=self.version, branch=self.branch, model=self.model)
        made.time = self.time
        return made

    def _copy(self, record: records.Record) -> None:
        self._append(record)
        self.tally["copies"] += record["type"] in {"user", "assistant"}

    # ── The file ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def chain(self, record: records.Record, kind: str) -> Self:
        """Write a record that has a uuid; it follows the latest one, and counts as `kind`."""
        self._append(record)
        if record["type"] in {"user", "assistant"}:
            self.tally["messages"] += 1
            self.tally["prompts"] += kind == "prompt"
        elif record["type"] == "system":
            self.tally["system_messages"] += 1
        self.tally[f"{record['type']}:{kind}"] += 1
        return self

    def _append(self, record: records.Record) -> None:
        self.leaf = record["uuid"]
        self.written.append(record)
        self.lines.append(records.line(record))

    def _fields(self, more: dict[str, Any]) -> dict[str, Any]:
        fields = {
            "parentUuid": self.leaf,
            "isSidechain": self.sidechain,
            "cwd": self.project,
            "sessionId": self.session,
            "version": self.version,
            "gitBranch": self.branch,
            "uuid": self._new("record"),
            "timestamp": self._now(),
        }
        fields.update(more)
        return fields

    def _new(self, what: str) -> str:
        self._made += 1
        return records.uuid_of(what, self.session, self._made)

    def _now(self) -> str:
        self.time += self.step
        return f"{self.time:%Y-%m-%dT%H:%M:%S}.{self.time.microsecond // 1000:03d}Z"

    def folder(self, claude_dir: Path | str) -> Path:
        """Return the project's folder below the agent's folder."""
        return Path(claude_dir) / "projects" / folder_name(self.project)

    def path(self, claude_dir: Path | str) -> Path:
        """Return where the session's file is."""
        return self.folder(claude_dir) / f"{self.session}.jsonl"

    def write(self, claude_dir: Path | str) -> Path:
        """Write all files of the session below the agent's folder; return the path of its own."""
        path = self.path(claude_dir)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(self.lines))
        for name, content in self.files.items():
            file = self.folder(claude_dir) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        for agent in self.agents:
            if agent.layout != "inline":
                agent.write(claude_dir)
        return path

    def append(self, claude_dir: Path | str) -> Path:
        """Append to the session's file what it does not hold yet, as a live agent does; return its path."""
        path = self.path(claude_dir)
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = b"".join(self.lines)
        with path.open("ab") as file:
            file.write(whole[file.tell() :])
        return path


class Agent(Session):
    """A sub-agent of a session: the same builder, in a file of its own or, in old versions, in the parent's."""

    def __init__(self, parent: Session, *, description: str, layout: Layout) -> None:
        """Take the session that called it. `layout` says where the records go (docs/sources/claude-code.md)."""
        super().__init__(parent.project, session=parent.session, version=parent.version, branch=parent.branch)
        self.parent = parent
        self.layout = layout
        self.model = parent.model
        self.time = parent.time
        self.agent = "a" + records.uuid_of("agent", parent.session, parent.leaf)[:7]
        self.sidechain = True
        self._made = 1_000_000 * (len(parent.agents) + 1) + parent._made
        if layout == "inline":
            self.lines = parent.lines
        if layout in {"folder", "workflow"}:
            meta = {"agentType": "general-purpose", "description": description, "toolUseId": parent.open_calls[-1][0]}
            parent.files[f"{self.place()[:-6]}.meta.json"] = records.line(meta).rstrip()

    def place(self) -> str:
        """Return the path of the sub-agent's file below the project's folder."""
        if self.layout == "flat":
            return f"agent-{self.agent}.jsonl"
        inner = "subagents/workflows/wf_1" if self.layout == "workflow" else "subagents"
        return f"{self.session}/{inner}/agent-{self.agent}.jsonl"

    def path(self, claude_dir: Path | str) -> Path:
        """Return where the sub-agent's file is; the parent's, where it has none."""
        return self.parent.path(claude_dir) if self.layout == "inline" else self.folder(claude_dir) / self.place()

    def report(self, words: str) -> Session:
        """End with a reply; write it as the result of the parent's call too, and return the parent's builder."""
        self.reply(words)
        self.parent.time = self.time
        extra = {} if self.layout == "inline" else {"agentId": self.agent}
        return self.parent.result(words, extra=extra)

    def _fields(self, more: dict[str, Any]) -> dict[str, Any]:
        fields = super()._fields(more)
        return fields if self.layout == "inline" else {"agentId": self.agent, **fields}
