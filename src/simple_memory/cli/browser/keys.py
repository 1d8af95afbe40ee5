"""The keys, as the lines at the bottom and the help tell them; the bindings themselves stand with what they do."""

from __future__ import annotations

TYPING = (("↑↓", "choose"), ("Enter", "open"), ("Tab", "keys"), ("F1", "help"), ("Esc", "clear, quit"))
LIST = (
    ("Enter", "open"),
    ("p", "project"),
    ("a r i t", "filters"),
    ("x", "all"),
    ("y", "copy"),
    ("R", "resume"),
    ("?", "help"),
    ("q", "quit"),
)
SESSION = (
    ("n N", "hits"),
    ("[ ]", "turns"),
    ("Enter", "unfold"),
    ("f", "fold all"),
    ("/", "find"),
    ("y", "copy"),
    ("?", "help"),
    ("Esc", "back"),
    ("s", "sub-agents"),
)

HELP = (
    (
        "Finding",
        (
            ("type", 'words, "a phrase", -not, begin*, project:shop since:7d'),
            ("↑ ↓ PgUp PgDn", "choose, also while you type"),
            ("Enter", "open the session at the hit"),
            ("Tab", "to the list, to the preview, back to the words"),
            ("Esc", "back one step: to the words, clear them, quit"),
        ),
    ),
    (
        "In the list (after Tab)",
        (
            ("p", "choose a project"),
            ("a r i t", "another agent, role, kind of text, time"),
            ("x", "look through everything again"),
            ("s", "the sub-agents of the session; s again: back"),
            ("y Y c", "copy the citation, the session's id, the passage"),
            ("R", "how to resume the session; R again: leave and run it"),
            ("/", "back to the words"),
            ("q", "quit"),
        ),
    ),
    (
        "In a session",
        (
            ("↑ ↓ j k PgUp PgDn", "scroll; g and G: to the beginning, to the end"),
            ("n N", "next and previous hit"),
            ("] [", "next and previous turn"),
            ("→ ←", "next and previous message"),
            ("Enter", "unfold what is pointed at, fold it; -: fold around it"),
            ("f", "everything in runs, by itself, open"),
            ("/", "find other words in this session"),
            ("y Y c", "copy the citation, the session's id, the message"),
            ("s R", "its sub-agents; resume it"),
            ("Esc q", "back to the list"),
        ),
    ),
    (
        "Anywhere",
        (
            ("mouse", "click chooses, a second click opens, wheel scrolls"),
            ("? or F1", "this page"),
            ("Ctrl-C", "quit"),
        ),
    ),
)


def line(keys: tuple[tuple[str, str], ...], width: int) -> tuple[tuple[str, str], ...]:
    """Return as many keys as fit into a line, in pieces."""
    pieces: list[tuple[str, str]] = [(" ", "")]
    room = width - 1
    for key, meaning in keys:
        room -= len(key) + len(meaning) + 3
        if room < -2:
            break
        pieces += [(key, "key"), (f" {meaning}  ", "dim")]
    return tuple(pieces)


def help_lines() -> list[tuple[tuple[str, str], ...]]:
    """Return the help, line by line, in pieces."""
    lines: list[tuple[tuple[str, str], ...]] = []
    for title, keys in HELP:
        lines += [((f" {title}", "title"),)]
        lines += [((f"   {key:<18}", "key"), (meaning, "")) for key, meaning in keys]
        lines += [(("", ""),)]
    return lines[:-1]
