"""Named tuples that are made in a third of the time that typing's take, without its module; not what is in them.

A command that reads is a new process each time: thirty classes and `typing` would be a tenth of a search.
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

__all__ = ["NamedTuple"]

if not TYPE_CHECKING:

    class _Making(type):
        """Makes of a class body what typing.NamedTuple would: fields with defaults, and its methods."""

        def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = body.get("__annotations__", {})
            defaults = [body[field] for field in fields if field in body]
            made = namedtuple(name, fields, defaults=defaults, module=body["__module__"])  # noqa: PYI024 - this is it
            made.__annotations__ = fields
            for attribute, value in body.items():
                if attribute not in fields and attribute not in {"__annotations__", "__module__", "__slots__"}:
                    setattr(made, attribute, value)
            return made

    class NamedTuple(metaclass=_Making):
        """What a record inherits from: its annotated attributes are the fields, in their order."""
