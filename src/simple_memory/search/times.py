"""Times as people write them: "yesterday", "2 weeks ago", "3d", "2026-01-31". Pure; now is an argument."""

from __future__ import annotations

import datetime
import re

from simple_memory import moments

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_UNITS = {
    "sec": "s", "secs": "s", "second": "s", "seconds": "s",
    "min": "m", "mins": "m", "minute": "m", "minutes": "m",
    "hr": "h", "hrs": "h", "hour": "h", "hours": "h",
    "day": "d", "days": "d", "week": "w", "weeks": "w",
    "mo": "month", "months": "month", "y": "year", "yr": "year", "years": "year",
}  # fmt: skip
_MONTHS = {"month": 1, "year": 12}
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "last": 1, "past": 1}
_AGO = re.compile(r"(?:(\d{1,6}|a|an|one|two|three|last|past) ?)([a-z]+)(?: ago)?")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_DAYS = {"today": 0, "yesterday": 1}


def parse_time(text: str, now: datetime.datetime, *, end: bool = False) -> str | None:
    """Return the time that `text` means as ISO UTC with milliseconds, or None where it means none.

    `now` has a zone: days and times without a zone are of that zone. A day, month or year means its beginning, or with
    `end` its end (the beginning of the next one).
    """
    words = " ".join(text.split()).lower()
    try:
        found = _named(words, now, end) or _ago(words, now) or _iso(text.strip(), now, end)
    except (ValueError, OverflowError):
        return None
    if found is None:
        return None
    try:
        return moments.iso(found)
    except (ValueError, OverflowError):
        return None


def _named(words: str, now: datetime.datetime, end: bool) -> datetime.datetime | None:
    if words == "now":
        return now
    if words not in _DAYS:
        return None
    return _midnight(now) - datetime.timedelta(days=_DAYS[words] - int(end))


def _ago(words: str, now: datetime.datetime) -> datetime.datetime | None:
    match = _AGO.fullmatch(words)
    if match is None:
        return None
    number = _NUMBERS.get(match[1]) or int(match[1])
    unit = _UNITS.get(match[2], match[2])
    if unit in _SECONDS:
        return now - datetime.timedelta(seconds=number * _SECONDS[unit])
    if unit in _MONTHS:
        return _months_before(now, number * _MONTHS[unit])
    return None


def _months_before(moment: datetime.datetime, months: int) -> datetime.datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    following = datetime.date(year + month // 11, month % 11 + 2 if month < 11 else 1, 1)
    last_day = (following - datetime.timedelta(days=1)).day
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last_day))


def _iso(text: str, now: datetime.datetime, end: bool) -> datetime.datetime | None:
    if re.fullmatch(r"\d{4}", text):
        return datetime.datetime(int(text) + int(end), 1, 1, tzinfo=now.tzinfo)
    month = _MONTH.fullmatch(text)
    if month:
        year, number = divmod(int(month[1]) * 12 + int(month[2]) - 1 + int(end), 12)
        if not 1 <= int(month[2]) <= 12:
            return None
        return datetime.datetime(year, number + 1, 1, tzinfo=now.tzinfo)
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=now.tzinfo)
    is_day = len(text) in {8, 10} and ":" not in text and "T" not in text
    return moment + datetime.timedelta(days=1) if end and is_day else moment


def _midnight(moment: datetime.datetime) -> datetime.datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
