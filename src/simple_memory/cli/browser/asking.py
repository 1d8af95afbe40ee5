"""What the browser asks and is answered; only types, so that the first picture needs nothing of the store.

Questions of one lane replace each other: who types asks for the last text alone.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from simple_memory.cli.browser.entries import Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simple_memory.cli.resume import Resumption
    from simple_memory.store.rows import SessionRow


class Filters(NamedTuple):
    """What is looked through; None: everything. `since` is a time as people write it."""

    project: str | None = None
    agent: str | None = None
    role: str | None = None
    scope: str | None = None
    since: str | None = None
    parent: str | None = None

    @property
    def need_a_search(self) -> bool:
        """Whether they say more than a list of sessions can be chosen by."""
        return self.role is not None or self.scope is not None


ROLES = (None, "user", "assistant", "system")
SCOPES = (None, "conversation", "tools")
SINCE = (None, "today", "7d", "30d", "365d")
"""The values that the keys go through."""


def following(values: tuple[str | None, ...], value: str | None) -> str | None:
    """Return the value after `value`; the first after the last, and after one that is not among them."""
    at = values.index(value) if value in values else -1
    return values[(at + 1) % len(values)]


class Item(NamedTuple):
    """One line of the list: a session with its best hit, or just a session (`snippet` is "" and `position` None).

    Matches in `snippet` stand between U+0002 and U+0003; `more` counts further hits, `shown` the session's messages.
    """

    session: str
    agent: str
    project: str
    title: str
    cite: str
    position: int | None
    said_by: str
    when: str
    snippet: str
    more: int = 0
    shown: int = 0


class Find(NamedTuple):
    """Search, or list the newest sessions where nothing is asked. `after` is the `next` of the page before."""

    text: str
    filters: Filters
    after: str | None = None
    lane: str = "find"


class Found(NamedTuple):
    """A page of what was found. `total` counts messages (None: it is a list of sessions); `notes` are sentences."""

    items: tuple[Item, ...]
    total: int | None
    next: str | None
    notes: tuple[str, ...]


class Open(NamedTuple):
    """Open a session at a position (None: its beginning), with what `text` seeks marked; "preview" or "session"."""

    session: str
    position: int | None
    text: str
    lane: str


class Opened(NamedTuple):
    """A session. `hits` are the positions of what is sought, in order; `last` is its last, -1 if empty."""

    session: SessionRow
    title: str
    cite: str
    subagents: int
    hits: tuple[int, ...]
    entries: tuple[Entry, ...]
    position: int | None
    last: int


class More(NamedTuple):
    """Read on in a session, from `position` on or before it."""

    session: str
    side: Literal["before", "after"]
    position: int
    text: str
    lane: str


class Page(NamedTuple):
    """What was read on."""

    side: Literal["before", "after"]
    entries: tuple[Entry, ...]
    last: int


class Watch(NamedTuple):
    """Ask whether anything is new: in the memory as a whole, and in `session` if one is named."""

    session: str | None
    lane: str = "watch"


class Seen(NamedTuple):
    """What there is: `mark` differs whenever messages have come; `last` is the session's last position."""

    mark: str
    session: str | None
    last: int
    service_runs: bool


class Choices(NamedTuple):
    """Ask for the projects and agents there are."""

    lane: str = "choices"


class Chosen(NamedTuple):
    """Projects (directory, name, and how many sessions, in words), the last used first; and agents."""

    projects: tuple[tuple[str, str, str], ...]
    agents: tuple[str, ...]


class Resume(NamedTuple):
    """Ask how the agent goes on with a session."""

    session: str
    lane: str = "resume"


class Failure(NamedTuple):
    """Why a question has no answer: a sentence, and what to do."""

    message: str
    hint: str


Question = Find | Open | More | Watch | Choices | Resume
if TYPE_CHECKING:
    Answer = Found | Opened | Page | Seen | Chosen | Resumption | Failure
