"""What a person typed, taken apart: words, "phrases", -not, prefix*, *part*, field:value. Pure; any text is one."""

from __future__ import annotations

import re
from enum import StrEnum

from simple_memory.records import NamedTuple


class Kind(StrEnum):
    """How a clause is looked for."""

    WORD = "word"
    PHRASE = "phrase"
    PREFIX = "prefix"
    INSIDE = "inside"


FIELDS = ("project", "agent", "role", "kind", "tool", "file", "session", "branch", "since", "until", "in")
"""The names that may stand before a colon; any other word with a colon is a word."""
SHORTEST_INSIDE = 2
"""Characters that a *part* has at least; a shorter one is a word."""
SCOPES = ("conversation", "tools", "all")

_PLAIN = """
    a about after all also am an and any are aren't as at be because been before being but by can can't could did
    didn't do does doesn't doing don't down during each few for from further had has hasn't have haven't having he
    her here hers him his how i i'd i'll i'm i've if in into is isn't it it's its itself just let's lets may me
    might more most must my myself no nor not of off on once only or other our ours out over own per please same
    shall she should so some such than that that's the their theirs them then there there's these they this those
    through to too under until up upon us very via was wasn't we we're we've were what what's when where which while
    who whom why will with within without won't would you you're you've your yours
"""
STOP_WORDS = frozenset(_PLAIN.split())
"""Words that say nothing about what is sought, in plain words of a query; never inside phrases."""


class Clause(NamedTuple):
    """Something to look for, or (`negated`) something that must not be there. `text` is as typed, without its signs."""

    text: str
    kind: Kind = Kind.WORD
    negated: bool = False


class Filter(NamedTuple):
    """A condition on where a message stands: `name` is one of FIELDS."""

    name: str
    value: str
    negated: bool = False


class Query(NamedTuple):
    """A query taken apart. `text` is what was typed."""

    text: str
    clauses: tuple[Clause, ...] = ()
    filters: tuple[Filter, ...] = ()

    @property
    def sought(self) -> tuple[Clause, ...]:
        """What is looked for, without stop words unless there is nothing else."""
        wanted = tuple(clause for clause in self.clauses if not clause.negated)
        telling = tuple(clause for clause in wanted if not is_stop_word(clause))
        return telling or wanted

    @property
    def refused(self) -> tuple[Clause, ...]:
        """What must not be there."""
        return tuple(clause for clause in self.clauses if clause.negated)

    def values(self, name: str, *, negated: bool = False) -> list[str]:
        """Return the values of the filter `name`, in the order they were typed."""
        return [part.value for part in self.filters if part.name == name and part.negated == negated]


_PIECE = re.compile(
    r"""
    (?P<minus>-)?
    (?:(?P<field>[A-Za-z]+):)?
    (?:"(?P<quoted>[^"]*)" | (?P<plain>[^\s"]\S*))
    """,
    re.VERBOSE,
)
_SAYS_SOMETHING = re.compile(r"\w")


def parse(text: str) -> Query:
    """Return `text` as a query. Never raises: whatever is no sign of ours is a word."""
    text = _readable(text)
    clauses: list[Clause] = []
    filters: list[Filter] = []
    for piece in _PIECE.finditer(text):
        made = _read_piece(piece)
        if isinstance(made, Filter):
            filters.append(made)
        elif made is not None and made not in clauses:
            clauses.append(made)
    return Query(text, tuple(clauses), tuple(filters))


def _readable(text: str) -> str:
    """Return text without surrogates: bytes that a terminal gave in another encoding, or that are none, are U+FFFD."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:  # a half of a pair
        return text.encode("utf-8", "replace").decode("utf-8")


def _read_piece(piece: re.Match[str]) -> Clause | Filter | None:
    negated, field, quoted, plain = bool(piece["minus"]), piece["field"], piece["quoted"], piece["plain"]
    value = plain if quoted is None else quoted.strip()
    if field and _is_filter(field.lower(), value):
        return Filter(field.lower(), value, negated)
    if field:
        value = f"{field}:{value}"
    if not _SAYS_SOMETHING.search(value):
        return None
    text, kind = (value, Kind.PHRASE) if quoted is not None and not field else _read_stars(value)
    return Clause(text, kind, negated)


def _read_stars(value: str) -> tuple[str, Kind]:
    """Return a word without its stars, and what these ask for."""
    if value.startswith("*") and len(value.strip("*")) >= SHORTEST_INSIDE:
        return value.strip("*"), Kind.INSIDE
    if value.endswith("*") and _SAYS_SOMETHING.match(value[-2:-1]):
        return value.rstrip("*"), Kind.PREFIX
    return value, Kind.WORD


def _is_filter(name: str, value: str) -> bool:
    if name not in FIELDS or not value:
        return False
    return name != "in" or value.lower() in SCOPES


def is_stop_word(clause: Clause) -> bool:
    """Return whether a plain word says nothing about what is sought."""
    return clause.kind is Kind.WORD and clause.text.lower().strip(".,;:!?()[]{}'\"").replace("’", "'") in STOP_WORDS
