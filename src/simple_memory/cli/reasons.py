"""Why a hit ranks where it does, as a sum that a person reads, and as JSON; not what the reasons are."""

from __future__ import annotations

from collections.abc import Sequence

from simple_memory.cli import cells, output
from simple_memory.search import explain, retrieve

_PLACE = {
    "presence": "how many of the words",
    "around": "matches next to it",
    "note": "a title, not a message",
    "session": "other matches of its session",
    "title": "words in the session's title",
    "project": "in your project",
}
_WAY = {
    "word": "{what}",
    "form": "{what} (a form of it)",
    "together": "{what} in one piece",
    "phrase": '"{what}"',
    "beginning": "{what}*",
    "inside": "*{what}*",
    "branch": "branch {what}",
}


def lines(hit: retrieve.Hit, room: int) -> list[str]:
    """Return the score of a hit as a sum, in lines of `room` characters at most."""
    if hit.reasons and hit.reasons[0].how == "time":
        matched = [_name(reason) for reason in hit.reasons[1:]]
        return cells.wrap(output.safe("newest first" + (f"; matches {', '.join(matched)}" if matched else "")), room)
    told = [f"{_name(reason)} {reason.score:.2f}" for reason in hit.reasons]
    return cells.wrap(output.safe(f"{hit.score:.2f} = {' + '.join(told)}".replace("+ -", "- ")), room)


def _name(reason: explain.Reason) -> str:
    if reason.how in _PLACE:
        return _PLACE[reason.how]
    what = _WAY.get(reason.how, "{what}").format(what=reason.what)
    return f"{what} in tools" if reason.where == "tools" else what


def as_json(reasons: Sequence[explain.Reason]) -> list[dict[str, object]]:
    """Return reasons with the fields that docs/json.md promises."""
    return [
        {"what": reason.what or None, "how": reason.how, "where": reason.where or None, "score": round(reason.score, 4)}
        for reason in reasons
    ]
