"""A corpus of any size, with its ground truth.

    python -m tests.builders.corpus --out DIR --sessions 451 --messages 66631 --seed 1

Under DIR stands `projects/`, as Claude Code writes it, and `manifest.json`, which says what a faithful memory of it
holds. The same arguments give the same bytes. Messages are distinct records of role user and assistant.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from tests.builders import records, scenes, transcript, words

PROJECTS = (
    "/home/ada/shop", "/home/ada/shop.api", "/home/ada/shop/api", "/home/ada/my notes", "/srv/größe",
    "/home/ada/compiler", "/home/ada/game", "/home/ada/.config/dots", "/opt/firmware_v2", "/home/ada/ops/servers",
)  # fmt: skip
VERSIONS = ("1.0.17", "1.0.71", "2.0.30", "2.0.60", "2.1.3", "2.1.96", "2.1.220")


class Corpus:
    """Writes sessions until the numbers are met, and counts what it writes."""

    def __init__(self, *, seed: int, bad_lines: float = 0.0, images: bool = True) -> None:
        """Take the seed, the share of lines that are followed by a damaged one, and whether to put images in."""
        self.yard = words.Yard(seed)
        self.seed = seed
        self.bad_lines = bad_lines
        self.images = images
        self.planted: list[dict[str, str | None]] = []
        self.sessions: list[dict[str, Any]] = []
        self.total: Counter[str] = Counter()
        self._donors: list[transcript.Session] = []  # short sessions that others may fork

    def write(self, out: Path, *, sessions: int, messages: int) -> dict[str, Any]:
        """Write the corpus below `out`; return the manifest, which is also written there."""
        if (out / "projects").exists():
            raise SystemExit(f"{out} already holds a corpus: two would mix.")
        for number, quota in enumerate(self._quotas(sessions, messages)):
            session = self._begin(number, sessions)
            scenes.Play(self, session, quota).run()
            self._keep(session)
            self._finish(session, out)
        manifest = {
            "arguments": {"sessions": sessions, "messages": messages, "seed": self.seed, "bad_lines": self.bad_lines},
            "totals": dict(sorted(self.total.items())),
            "planted": self.planted,
            "sessions": self.sessions,
        }
        (out / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")
        return manifest

    def plant(self, surface: str, session: transcript.Session) -> str:
        """Return a word for `surface` that stands nowhere else, and note where it stands."""
        word = words.planted_word(surface, len(self.planted))
        self.planted.append({"word": word, "surface": surface, "session": session_name(session)})
        return word

    def _quotas(self, sessions: int, messages: int) -> list[int]:
        """Share `messages` out: a few long sessions, many short ones, at least 2 each."""
        shares = [self.yard.random.lognormvariate(0, 1.3) for _ in range(sessions)]
        spare = messages - 2 * sessions
        if spare < 0:
            raise SystemExit(f"{sessions} sessions need at least {2 * sessions} messages.")
        ends, so_far, whole = [], 0.0, sum(shares)
        for share in shares:
            so_far += share
            ends.append(round(spare * so_far / whole))
        return [2 + end - begin for begin, end in zip([0, *ends[:-1]], ends, strict=True)]

    def _begin(self, number: int, sessions: int) -> transcript.Session:
        chance = self.yard.random.random()
        name = records.uuid_of("corpus", self.seed, number)
        if self._donors and chance < 0.04:
            donor = self.yard.random.choice(self._donors)
            return donor.fork(session=name) if chance < 0.03 else donor.fork_by_sdk(session=name)
        day = number * 200 // max(1, sessions)
        return transcript.Session(
            self.yard.random.choice(PROJECTS),
            session=name,
            version=VERSIONS[number * len(VERSIONS) // sessions],
            branch=self.yard.random.choice(("main", "main", "develop", "feat/basket", "")),
            model=self.yard.random.choice(("claude-sonnet-4-5", "claude-opus-4-5", "claude-haiku-4-5")),
            start=f"2026-{1 + day // 28:02d}-{1 + day % 28:02d}T{self.yard.random.randrange(24):02d}:15:00.000Z",
        )

    def _keep(self, session: transcript.Session) -> None:
        if len(session.written) < 80 and not session.agents and not session.tally["copies"] and len(self._donors) < 40:
            self._donors.append(session)

    def _finish(self, session: transcript.Session, out: Path) -> None:
        self._damage(session)
        session.write(out)
        self._count(session, "main", session.session)
        for agent in session.agents:
            if agent.layout == "inline":
                self.total.update(agent.tally)
                self.sessions[-1]["inline"] = self.sessions[-1].get("inline", 0) + agent.tally["messages"]
            else:
                self._count(agent, "subagent", session_name(agent))
        self.total["offloaded"] += sum(name.endswith(".txt") for name in session.files)

    def _damage(self, session: transcript.Session) -> None:
        if not self.bad_lines:
            return
        damaged = []
        for line in session.lines:
            damaged.append(line)
            if self.yard.random.random() < self.bad_lines:
                damaged.append(
                    self.yard.random.choice((b"\x00\xff\n", b'{"type":"user","mess\n', b"[]\n", b"nothing\n"))
                )
                self.total["bad_lines"] += 1
        session.lines = damaged

    def _count(self, session: transcript.Session, kind: str, name: str) -> None:
        self.total["sessions" if kind == "main" else "subagents"] += 1
        self.total["transcripts"] += 1
        self.total["lines"] += len(session.lines)
        self.total["bytes"] += sum(map(len, session.lines))
        self.total.update(session.tally)
        facts = {key: session.tally[key] for key in ("messages", "prompts", "tool_calls", "tool_results", "copies")}
        parent = None if kind == "main" else session.session
        self.sessions.append({"session": name, "kind": kind, "parent": parent, "project": session.project, **facts})


def session_name(session: transcript.Session) -> str:
    """Return the id under which the store keeps what `session` writes."""
    if isinstance(session, transcript.Agent) and session.layout != "inline":
        return f"{session.session}/agent-{session.agent}"
    return session.session


def main() -> None:
    """Write a corpus as the command line says, and print its totals as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.builders.corpus", description=main.__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sessions", type=int, default=451)
    parser.add_argument("--messages", type=int, default=66_631)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bad-lines", type=float, default=0.0, metavar="SHARE")
    parser.add_argument("--no-images", action="store_true")
    chosen = parser.parse_args()
    corpus = Corpus(seed=chosen.seed, bad_lines=chosen.bad_lines, images=not chosen.no_images)
    chosen.out.mkdir(parents=True, exist_ok=True)
    manifest = corpus.write(chosen.out, sessions=chosen.sessions, messages=chosen.messages)
    print(json.dumps(manifest["totals"], indent=1))  # noqa: T201


if __name__ == "__main__":
    main()
