"""The programs that are compared, in the order of the tables."""

from __future__ import annotations

from bench.peers import indexed, place, programs, scanning

KINDS = (
    programs.SimpleMemory,
    scanning.Ripgrep,
    indexed.FastResume,
    indexed.AgentsView,
    indexed.ConversationSearch,
    indexed.SessionSearch,
    indexed.SessionIndex,
    indexed.Embers,
    indexed.ThreadLens,
    indexed.NavCom,
    indexed.CodeLog,
    scanning.AgSearch,
    scanning.HistorySearch,
    scanning.Historian,
)


def there(here: place.Place) -> list[programs.Peer]:
    """Return every program that is installed, this one first."""
    return [peer for peer in (kind(here) for kind in KINDS) if peer.is_there()]
