"""Reading `config.toml` into the settings; not what they are, nor their defaults (config.Settings)."""

from __future__ import annotations

import os

from simple_memory import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeGuard

    from simple_memory import config

PRICE_FIELDS = ("input", "output", "cache_read", "cache_write")
"""The numbers of a model's price: US dollars per million tokens."""
PRICE_OF_AN_HOUR = "cache_write_1h"
"""One more, which a model may have: of what is written to the cache for an hour; else it costs as cache_write does."""
_A_DAY_S = 86_400
_LIMITS = {"index_heap_bytes": (15_000_000, 4_000_000_000)}
"""The least and the most that a setting may be, where its unit does not tell; the index takes no other heap."""
_LARGEST_FILE = 1_000_000
_MAY_BE_ZERO = frozenset(
    {"disk_floor_bytes", "nice", "pack_quiet_days", "shrink_images_days", "shrink_tool_output_days"}
)


def apply(path: str, settings: config.Settings) -> None:
    """Set what the file at `path` says. Raises SettingsInvalid."""
    text = _read(path)
    if not text:
        return
    import tomllib

    try:
        given = tomllib.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise errors.SettingsInvalid(f"{path} is not valid TOML: {error}.") from error
    for key, value in given.items():
        _apply_setting(path, settings, key, value)
    if settings.stall_s < 2 * settings.heartbeat_s:
        raise errors.SettingsInvalid(
            f"{path}: stall_s ({settings.stall_s:g}) must be at least twice heartbeat_s "
            f"({settings.heartbeat_s:g}), else a worker that is well counts as hung."
        )


def _read(path: str) -> bytes:
    """Return what stands in `config.toml`, b"" where there is none; nothing that could block or never end is read."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            found = os.fstat(file.fileno())
            if (found.st_mode & 0o170000) != 0o100000 or found.st_size > _LARGEST_FILE:
                raise errors.SettingsInvalid(f"{path} is no file, or larger than a file of settings is.")
            return file.read(_LARGEST_FILE)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise errors.SettingsInvalid(f"{path} cannot be read: {error.strerror}.") from error


def _apply_setting(path: str, settings: config.Settings, key: str, value: object) -> None:
    if key not in type(settings).__slots__:
        known = ", ".join(sorted(type(settings).__slots__))
        raise errors.SettingsInvalid(f"{path}: unknown setting {key!r}.", f"Known settings: {known}.")
    read = _READ.get(key)
    if read is not None:
        setattr(settings, key, read(path, value))
    else:
        setattr(settings, key, type(getattr(settings, key))(_amount(path, key, value)))


def _amount(path: str, key: str, value: object) -> int | float:
    """Return the number that is given for the setting `key`. Raises SettingsInvalid."""
    if not _is_amount(value) or (value == 0 and key not in _MAY_BE_ZERO):
        raise errors.SettingsInvalid(f"{path}: {key} must be a positive number, not {_shown(value)}.")
    least, most = _LIMITS.get(key, (0, _A_DAY_S if key.endswith("_s") else 2**53))
    if not least <= value <= most:
        raise errors.SettingsInvalid(f"{path}: {key} must be from {least:,} to {most:,}, not {_shown(value)}.")
    return value


def _shown(value: object) -> str:
    """Return a value as it is quoted in an error: not endlessly."""
    return f"{value:.3g}" if isinstance(value, float) else repr(value)[:40]


def _log_format(path: str, value: object) -> str:
    if value not in ("logfmt", "json"):  # a tuple: a list has no hash
        raise errors.SettingsInvalid(f'{path}: log_format must be "logfmt" or "json", not {value!r}.')
    return str(value)


def _redact_on_read(path: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise errors.SettingsInvalid(f"{path}: redact_on_read must be true or false, not {value!r}.")
    return value


def _never(path: str, value: object) -> list[str]:
    """Return the paths and globs that are never read, with ~ resolved. Raises SettingsInvalid."""
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise errors.SettingsInvalid(f"{path}: never must be a list of paths or globs, not {value!r}.")
    return [os.path.expanduser(each) for each in value]


def _prices(path: str, value: object) -> dict[str, dict[str, float]]:
    """Return the prices of models as given: model → input, output, cache_read, cache_write. Raises SettingsInvalid."""
    found: dict[str, dict[str, float]] = {}
    for model, numbers in (value if isinstance(value, dict) else {"": value}).items():
        given = numbers if isinstance(numbers, dict) else {}
        if set(given) - {PRICE_OF_AN_HOUR} != set(PRICE_FIELDS) or not all(map(_is_amount, given.values())):
            raise errors.SettingsInvalid(
                f"{path}: the price of {model!r} must be {', '.join(PRICE_FIELDS)}, and may be "
                f"{PRICE_OF_AN_HOUR}, not {numbers!r}.",
                "Each is a number: US dollars per million tokens.",
            )
        found[str(model)] = {str(name): float(number) for name, number in given.items()}
    return found


_READ: dict[str, Callable[[str, object], object]] = {
    "log_format": _log_format,
    "never": _never,
    "prices": _prices,
    "redact_on_read": _redact_on_read,
}
"""Settings that are no numbers: what reads the value of each, given the file's path and what stands there."""


def _is_amount(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")
