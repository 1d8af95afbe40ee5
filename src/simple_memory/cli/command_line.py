"""What a command takes, as it declares it; and ordinary command lines read by that, without argparse.

Not a second argparse: that one costs 3.5 ms to load and to fill, a third of a bare Python's start. What is not plain
here (a mistake, `--help`, a rare form) is left to it, so that one place explains mistakes.
"""

from __future__ import annotations

from types import SimpleNamespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from types import ModuleType
    from typing import Any

_PLAIN = frozenset({"action", "choices", "const", "default", "dest", "help", "metavar", "nargs", "type"})
_HIDDEN = "==SUPPRESS=="
_HOW_MANY = {"?": range(2), "*": range(10**9), "+": range(1, 10**9)}
"""How many words an argument takes, by what it declares as `nargs`."""


class Unusual(Exception):
    """The line is not one that is read here."""


class Argument:
    """One option or word that a command takes. `names` are an option's; () for a word."""

    __slots__ = ("dest", "group", "names", "told")

    def __init__(self, names: tuple[str, ...], told: dict[str, Any], group: object) -> None:
        """Take what argparse would be told: names, keywords, and the group of which only one may be given."""
        is_option = names[0].startswith("-")
        self.names = names if is_option else ()
        self.told = told
        self.group = group
        longest = next((name for name in names if name.startswith("--")), names[0])
        self.dest: str = told.get("dest") or longest.lstrip("-").replace("-", "_")

    @property
    def choices(self) -> tuple[Any, ...]:
        """The values that it may have; () for any."""
        return tuple(self.told.get("choices") or ())

    @property
    def about(self) -> str:
        """What it does, in a sentence; "" where that is not told."""
        return str(self.told.get("help") or "") % {"default": None, **self.told}

    @property
    def is_hidden(self) -> bool:
        """Whether it is not for people."""
        return bool(self.told.get("help") == _HIDDEN)

    @property
    def is_flag(self) -> bool:
        """Whether it is an option without a value."""
        return bool(self.told.get("action") == "store_true")

    def value(self, text: str) -> Any:
        """Return what `text` means; raises Unusual where it is no value for this."""
        kind = self.told.get("type")
        try:
            value = text if kind is None else kind(text)
        except Exception as error:
            raise Unusual from error
        if self.choices and value not in self.choices:
            raise Unusual
        return value

    def at_first(self) -> Any:
        """Return what it is where it was not given."""
        if self.is_flag:
            return False
        return [] if self.told.get("nargs") == "*" else self.told.get("default")

    def check_plain(self) -> None:
        """Raise Unusual where it is declared in a way that only argparse knows."""
        told = self.told
        plain_default = not (isinstance(told.get("default"), str) and "type" in told)
        if not (told.keys() <= _PLAIN and told.get("action", "store_true") == "store_true" and plain_default):
            raise Unusual


class Declared:
    """Takes the place of an argument parser where a command says what it takes."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.arguments: list[Argument] = []
        self._group: object = None

    def add_argument(self, *names: str, **told: Any) -> None:
        """Take one option or word, with argparse's own keywords."""
        self.arguments.append(Argument(names, told, self._group))

    def add_mutually_exclusive_group(self) -> Declared:
        """Return what takes the options of which only one may be given."""
        group = Declared()
        group.arguments, group._group = self.arguments, object()
        return group

    def parse_args(self, given: list[str]) -> SimpleNamespace:
        """Return what `given` means; raises Unusual."""
        return self._parse(given, is_mixed=False)

    def parse_intermixed_args(self, given: list[str]) -> SimpleNamespace:
        """Return the same, for words that may stand between options."""
        return self._parse(given, is_mixed=True)

    def _parse(self, given: list[str], *, is_mixed: bool) -> SimpleNamespace:
        for argument in self.arguments:
            argument.check_plain()
        values = {argument.dest: argument.at_first() for argument in self.arguments}
        options, words, places = _Options(self.arguments), [], []
        rest = iter(enumerate(given))
        for place, word in rest:
            if word.startswith("-") and word != "-":
                dest, value, taken = options.read(word, given[place + 1 : place + 2])
                values[dest] = value
                if taken:
                    next(rest)
            else:
                words.append(word)
                places.append(place)
        if not is_mixed and words and places[-1] - places[0] >= len(places):
            raise Unusual
        values.update(_places_of(words, [argument for argument in self.arguments if not argument.names]))
        return SimpleNamespace(**values)


class _Options:
    """Reads the options of one line."""

    def __init__(self, arguments: list[Argument]) -> None:
        self._known = {name: argument for argument in arguments for name in argument.names}
        self._of_group: dict[object, Argument] = {}

    def read(self, word: str, following: list[str]) -> tuple[str, Any, bool]:
        """Return what an option sets, to what, and whether the word after it was its value. Raises Unusual."""
        name, is_set, text = word.partition("=")
        option = self._known.get(name)
        if option is None or self._of_group.setdefault(option.group or option, option) is not option:
            raise Unusual
        if option.is_flag:
            if is_set:
                raise Unusual
            return option.dest, True, False
        if is_set:
            return option.dest, option.value(text), False
        if following and not following[0].startswith("-"):
            return option.dest, option.value(following[0]), True
        if option.told.get("nargs") != "?":
            raise Unusual
        return option.dest, option.told.get("const"), False


def _places_of(words: list[str], arguments: list[Argument]) -> dict[str, Any]:
    """Return the values of the words of a line; raises Unusual where they are too few or too many."""
    if any(argument.told.get("nargs") is not None for argument in arguments):
        return _places_of_one(words, arguments)
    if len(words) != len(arguments):
        raise Unusual
    return {argument.dest: argument.value(word) for argument, word in zip(arguments, words, strict=True)}


def _places_of_one(words: list[str], arguments: list[Argument]) -> dict[str, Any]:
    """Return the value of the only argument of a line, which takes any number of words, or may take none."""
    shape = str(arguments[0].told.get("nargs"))
    if len(arguments) > 1 or len(words) not in _HOW_MANY.get(shape, ()):
        raise Unusual
    if not words:
        return {}
    found = [arguments[0].value(word) for word in words]
    return {arguments[0].dest: found[0] if shape == "?" else found}


def declared(module: ModuleType) -> Declared:
    """Return what the command in `module` takes."""
    takes = Declared()
    module.add_arguments(takes)
    return takes


def read(module: ModuleType, given: list[str]) -> argparse.Namespace | None:
    """Return what `given` means to the command in `module`, as argparse would; None where argparse is to read it."""
    takes = declared(module)
    parse = getattr(module, "parse", None)
    try:
        found: Any = takes.parse_args(given) if parse is None else parse(takes, given)
    except Unusual:
        return None
    return found  # type: ignore[no-any-return] # has the same attributes
