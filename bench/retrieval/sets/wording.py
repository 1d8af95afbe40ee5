"""Saying the same in other words: tables of words that mean the same, and what puts them in. Pure and seeded."""

from __future__ import annotations

import random
import re

SYNONYMS = {
    "return": "give", "returns": "gives", "remove": "take out", "delete": "get rid of", "create": "make",
    "compute": "work out", "calculate": "work out", "convert": "turn", "converts": "turns", "construct": "build",
    "initialize": "set up", "check": "test", "checks": "tests", "test": "find out", "determine": "find out",
    "retrieve": "fetch", "get": "fetch", "creates": "makes",
    "print": "show", "display": "show", "write": "put", "read": "load",
    "search": "look", "find": "locate", "locate": "find", "parse": "take apart", "split": "break",
    "join": "put together", "concatenate": "put together", "append": "add", "insert": "put", "update": "change",
    "modify": "change", "replace": "swap", "copy": "duplicate", "sort": "order", "invoke": "call",
    "execute": "run", "run": "execute",
    "start": "begin", "stop": "end", "terminate": "end", "wait": "pause", "raise": "throw", "string": "text",
    "strings": "texts", "file": "document", "directory": "folder", "directories": "folders", "list": "sequence",
    "dictionary": "mapping", "dict": "mapping", "sequence": "list", "number": "amount", "integer": "whole number",
    "integers": "whole numbers", "float": "decimal number", "argument": "parameter", "arguments": "parameters",
    "function": "routine", "method": "routine", "instance": "object", "exception": "error", "error": "failure",
    "value": "content", "values": "contents", "specified": "given", "given": "passed", "current": "present",
    "default": "usual", "empty": "blank", "equal": "the same", "first": "leading", "last": "final", "new": "fresh",
    "message": "note", "header": "heading", "headers": "headings", "address": "location", "contains": "has",
    "whether": "if", "available": "there", "multiple": "several", "optional": "possible", "process": "program",
    "thread": "worker", "character": "letter", "characters": "letters", "line": "row", "lines": "rows",
}  # fmt: skip
"""Other words for what documentation of code usually says."""

_WORD = re.compile(r"[A-Za-z]+")


def reworded(text: str, chance: random.Random, *, share: float) -> str:
    """Return `text` with about `share` (0 to 1) of the words that have a synonym said otherwise."""

    def other(found: re.Match[str]) -> str:
        word = found.group()
        synonym = SYNONYMS.get(word.lower())
        return synonym if synonym and chance.random() < share else word

    return _WORD.sub(other, text)
