"""The colours of code, from its language; pure. A few inks, none where the language is unknown."""

from __future__ import annotations

LONGEST = 20_000
"""Characters of code that are coloured; longer ones stay as they are."""

_INKS = (
    ("Token.Comment", "comment"),
    ("Token.Keyword", "keyword"),
    ("Token.Literal.String", "string"),
    ("Token.Literal.Number", "number"),
    ("Token.Name.Function", "name"),
    ("Token.Name.Class", "name"),
    ("Token.Name.Decorator", "name"),
)


def inks(text: str, language: str) -> tuple[tuple[int, int, str], ...]:
    """Return what of `text` is to be coloured: from, to, and the ink's name, in order."""
    if not language or len(text) > LONGEST:
        return ()
    from pygments import util
    from pygments.lexers import get_lexer_by_name

    try:
        lexer = get_lexer_by_name(language)
    except util.ClassNotFound:
        return ()
    found = []
    for start, kind, piece in lexer.get_tokens_unprocessed(text):
        name = str(kind)
        ink = next((ink for token, ink in _INKS if name.startswith(token)), None)
        if ink is not None:
            found.append((start, start + len(piece), ink))
    return tuple(found)
