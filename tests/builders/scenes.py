"""What happens in a session of the corpus: turns of prompts, thinking, tools, sub-agents and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.builders import records, transcript

if TYPE_CHECKING:
    from tests.builders import corpus

TOOLS = {
    "Bash": 30,
    "Read": 28,
    "Edit": 14,
    "Grep": 8,
    "TodoWrite": 5,
    "Write": 4,
    "Glob": 3,
    "mcp__crm__find": 2,
    "WebFetch": 2,
}
PLANTED = 0.012
"""Share of texts that get a word of their own …"""

PLANTED_IN_RARE = 0.8
"""… and of texts of the kinds that are rare, so that a corpus of the usual size has some tens of each."""

RARE = frozenset(
    ("attachment", "command", "compact_summary", "custom_title", "image_caption", "queued", "summary", "system")
)


class Play:
    """One session being played. Every scene leaves room for what it must still write."""

    def __init__(self, of: corpus.Corpus, session: transcript.Session, quota: int) -> None:
        """Take the session and how many messages it shall have, sub-agents' included."""
        self.corpus = of
        self.yard = of.yard
        self.chance = of.yard.random.random
        self.session = session
        self.quota = quota
        self.number = tuple(int(part) for part in session.version.split("."))

    def left(self) -> int:
        """Return how many messages may still be written."""
        made = self.session.tally["messages"] + sum(agent.tally["messages"] for agent in self.session.agents)
        return self.quota - made

    def run(self) -> None:
        """Play turns until the session is full."""
        if self.chance() < 0.2:
            self.session.summary(
                self.prose(40, "summary"), leaf=self.session.leaf or records.uuid_of("elsewhere", self.quota)
            )
        while self.left() > 0:
            self.notes_before()
            self.opening()
            while self.left() > 1 and self.chance() < 0.86:
                self.model_step()
            if self.left() > 0:
                self.session.reply(self.prose(900, "reply"))
            self.notes_after()
        if self.chance() < 0.15:
            self.session.title(self.prose(30, "custom_title"))

    def prose(self, middle: int, surface: str) -> str:
        """Return some sentences for `surface`, now and then with a planted word."""
        text = self.yard.prose(self.yard.length(middle, 1.0, 20_000))
        share = PLANTED_IN_RARE if surface in RARE else PLANTED
        return f"{text} {self.corpus.plant(surface, self.session)}" if self.chance() < share else text

    def notes_before(self) -> None:
        """Write what may stand before a prompt."""
        if self.number >= (2, 0) and self.chance() < 0.4:
            self.session.snapshot()
        if self.number >= (2, 0, 30) and self.chance() < 0.06:
            self.session.queue("enqueue", self.prose(60, "queued"))
            self.session.queue("dequeue")
        if self.number >= (2, 1, 96) and self.chance() < 0.1:
            self.session.attachment("todo_reminder", content=[], itemCount=0)
            self.session.attachment(
                "edited_text_file", filename="/home/ada/a.py", snippet=self.prose(200, "attachment")
            )

    def notes_after(self) -> None:
        """Write what may stand after a turn."""
        chance = self.chance()
        if chance < 0.03:
            self.session.system("informational", self.prose(80, "system"))
        elif chance < 0.05:
            self.session.system("api_error", None, level="error", error={"status": 529}, retryAttempt=1)
        elif chance < 0.06 and self.left() > 0:
            self.session.api_error()
        elif chance < 0.08 and self.left() > 1 and self.session.tally["messages"] > 100:
            self.session.compact(self.prose(5000, "compact_summary"))
        elif self.number >= (2, 1) and chance < 0.4:
            self.session.system("turn_duration", None, durationMs=4200)

    def opening(self) -> None:
        """Write what a person does at the beginning of a turn."""
        chance = self.chance()
        if chance < 0.03 and self.left() > 1:
            self.session.command("review", self.prose(20, "command"), self.yard.prose(60))
        elif chance < 0.04 and self.left() > 1:
            self.session.shell("git status", self.yard.code(120))
        elif chance < 0.06:
            self.session.meta("Caveat: what follows was printed by commands that the person ran.")
        elif chance < 0.08 and self.corpus.images:
            picture = records.image(self.yard.bytes(self.yard.length(60_000, 0.8, 600_000)))
            self.session.prompt(self.prose(80, "image_caption"), blocks=[picture])
        else:
            self.session.prompt(self.prose(130, "prompt"))

    def model_step(self) -> None:
        """Write one answer of the model: thinking or words, perhaps, and a tool with its result."""
        chance = self.chance()
        if chance < 0.25 and self.left() > 2:
            self.session.thinking(self.prose(450, "thinking"))
        elif chance < 0.55 and self.left() > 2:
            self.session.reply(self.prose(160, "reply"))
        if self.left() < 2:
            return
        if self.chance() < 0.012 and self.left() > 8:
            self.subagent()
        elif self.chance() < 0.006 and self.left() > 2:
            self.session.call("Bash", {"command": self.yard.code(60)}).interrupt()
        else:
            self.tool(self.session)

    def tool(self, actor: transcript.Session) -> None:
        """Write a tool call and its result: two messages."""
        name = self.yard.random.choices(tuple(TOOLS), tuple(TOOLS.values()))[0]
        if actor is self.session and self.number >= (2, 0, 30) and self.chance() < 0.003:
            self.session.offloaded("make all", f"{self.yard.code(40_000)}\n{self.corpus.plant('offloaded', actor)}")
            return
        given = self.given(name, actor)
        output = self.yard.code(self.yard.output_length())
        if self.chance() < PLANTED:
            output = f"{self.corpus.plant('tool_result', actor)} {output}"
        extra = {"note": self.corpus.plant("tool_extra", actor)} if name == "Bash" and self.chance() < PLANTED else None
        actor.call(name, given).result(output, is_error=extra is None and self.chance() < 0.05, extra=extra)

    def given(self, name: str, actor: transcript.Session) -> dict[str, Any]:
        """Return an input for the tool `name`."""
        path = f"{self.session.project}/src/{self.yard.name()}/{self.yard.name()}.py"
        mark = f"# {self.corpus.plant('tool_input', actor)}" if self.chance() < PLANTED else ""
        code = self.yard.code
        size = self.yard.length(250, 1.0, 9000)
        inputs: dict[str, dict[str, Any]] = {
            "Bash": {"command": code(70) + mark, "description": self.yard.prose(30)},
            "Edit": {"file_path": path, "old_string": code(size), "new_string": code(size) + mark},
            "Glob": {"pattern": f"**/{self.yard.name()}*.py{mark}"},
            "Grep": {"pattern": self.yard.name() + mark, "path": self.session.project},
            "Read": {"file_path": path + mark},
            "TodoWrite": {
                "todos": [{"content": self.yard.prose(45) + mark, "status": "pending", "activeForm": "doing"}]
            },
            "WebFetch": {"url": "https://example.org/manual", "prompt": self.yard.prose(60) + mark},
            "Write": {"file_path": path, "content": code(size * 8) + mark},
        }
        return inputs.get(name, {"query": self.yard.prose(40) + mark})

    def subagent(self) -> None:
        """Let a sub-agent work, in the layout of the version."""
        layout: transcript.Layout = "folder"
        if self.number < (2,):
            layout = "inline"
        elif self.number < (2, 1):
            layout = "flat"
        elif self.chance() < 0.1:
            layout = "workflow"
        most = min(self.left() - 5, self.yard.length(14, 0.8, 120))
        agent = self.session.delegate(self.yard.prose(25), self.yard.prose(600), layout=layout)
        if self.chance() < 0.3:
            agent.thinking(f"Where is it? {self.corpus.plant('subagent', agent)}")
        while agent.tally["messages"] + 2 <= most:
            self.tool(agent)
        agent.report(self.yard.prose(700))
