"""What `doctor` looks at, part by part, and which mending each finding asks for; file modes are mended on the way."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import apsw

from simple_memory import config, errors, locks
from simple_memory.service import ask, hints, mounts, status
from simple_memory.store import (
    backup,
    checkup,
    connection,
    dictionaries,
    index,
    indexed,
    reader,
    redacted,
    repacking,
)

CANARY_S = 35.0
"""How long a canary is waited for; the sync worker itself gives it up after 30 s."""


class Remedy(StrEnum):
    """What mends a finding, the most thorough first."""

    REPLACE = "replace"  # from the newest good backup and the transcripts
    UPDATE = "update"  # what an earlier build made gets what it lacks
    REPLAY = "replay"  # rows made anew from the database's own archive
    INDEX = "index"
    PERSON = "person"  # nothing that a program should do unasked


@dataclass(slots=True)
class Finding:
    """One part that was looked at: `problems` are sentences, none if it is well; `note` says what it is like."""

    part: str
    note: str = ""
    problems: list[str] = field(default_factory=list)
    remedy: Remedy | None = None
    mended: bool = False


def examine(home: config.Home, *, thorough: bool) -> list[Finding]:
    """Look at everything; `thorough` compares every byte of the archive, and every index of the database, too."""
    found = [_permissions(home), _settings(home), _place(home)]
    database = _guarded("database", Remedy.REPLACE, lambda: _database(home, thorough=thorough))
    found.append(database)
    if database.remedy in (Remedy.REPLACE, Remedy.PERSON, Remedy.UPDATE) or not os.path.lexists(home.database):
        return [*found, _backups(home, thorough=thorough), _service(home)]
    found.append(_guarded("checkpoints", Remedy.REPLACE, lambda: _checkpoints(home)))
    found.append(_guarded("packing", Remedy.REPLACE, lambda: _packing(home, thorough=thorough)))
    if thorough:
        found.append(_guarded("archive", Remedy.REPLACE, lambda: _archive(home)))
    found.append(_guarded("index", Remedy.INDEX, lambda: _index(home, thorough=thorough)))
    return [*found, _backups(home, thorough=thorough), _service(home)]


def _guarded(part: str, remedy: Remedy, look: Callable[[], Finding]) -> Finding:
    """Look at a part; what goes wrong in looking is a problem too."""
    try:
        found = look()
    except errors.StoreOlder as error:
        return Finding(part, problems=[error.message], remedy=Remedy.UPDATE)
    except (errors.StoreNewer, errors.StoreBusy, errors.HomeUnusable) as error:
        return Finding(part, problems=[f"{error.message} {error.hint}"], remedy=Remedy.PERSON)
    except errors.StoreForeign as error:
        is_ours = "is not a database" in error.message  # a header of ours that was overwritten looks so too
        told = error.message if is_ours else f"{error.message} {error.hint}"
        return Finding(part, problems=[told], remedy=remedy if is_ours else Remedy.PERSON)
    except errors.SimpleMemoryError as error:
        return Finding(part, problems=[error.message], remedy=remedy)
    except apsw.Error as error:
        return Finding(part, problems=[f"It cannot be read: {error}."], remedy=remedy)
    if found.problems and found.remedy is None:
        found.remedy = remedy
    return found


# ── the parts ──


def _place(home: config.Home) -> Finding:
    """Look at what kind of disk the home is on."""
    problem = hints.about_network(mounts.network_kind(home.root))
    if problem:
        return Finding("place", problems=[problem], remedy=Remedy.PERSON)
    return Finding("place", "on a disk of this machine, so far as is known")


def _permissions(home: config.Home) -> Finding:
    """Look at every mode in the home, and mend those that let others in."""
    found = Finding("permissions", "0700 and 0600, whatever the umask")
    for path, seen in _everything(home.root):
        if stat.S_ISLNK(seen.st_mode):
            continue
        wanted = config.FOLDER_MODE if stat.S_ISDIR(seen.st_mode) else config.FILE_MODE
        if seen.st_uid != os.getuid():
            found.problems.append(f"{path} belongs to another user (uid {seen.st_uid}).")
            found.remedy = Remedy.PERSON
        elif stat.S_IMODE(seen.st_mode) & ~wanted:
            os.chmod(path, wanted)
            found.problems.append(f"{path} was {stat.S_IMODE(seen.st_mode):04o}, is {wanted:04o} now.")
    found.mended = bool(found.problems) and found.remedy is None
    return found


def _everything(root: str) -> Iterator[tuple[str, os.stat_result]]:
    paths = [root]
    for folder, folders, files in os.walk(root):
        paths += [os.path.join(folder, name) for name in (*folders, *files)]
    for path in paths:
        try:
            yield path, os.lstat(path)
        except FileNotFoundError:
            continue


def _settings(home: config.Home) -> Finding:
    try:
        settings = config.load_settings(home)
    except errors.SettingsInvalid as error:
        return Finding("settings", problems=[error.message], remedy=Remedy.PERSON)
    note = "config.toml is well" if os.path.exists(home.settings) else "the defaults"
    return Finding("settings", note + (_about_redaction(home) if settings.redact_on_read else ""))


def _about_redaction(home: config.Home) -> str:
    """Return what `redact_on_read` means for what is stored already."""
    try:
        opened = connection.open_reader(home)
    except errors.StoreError:
        return "; keys and tokens are hidden when they are read"
    try:
        is_whole = redacted.is_whole(opened)
    except apsw.Error:
        return ""  # what is wrong with the database is told beside it
    finally:
        opened.close()
    if is_whole:
        return "; keys and tokens are hidden when they are read, none is stored"
    return "; keys and tokens are hidden when they are read, `simple-memory forget --secrets` hides those of before"


def _database(home: config.Home, *, thorough: bool) -> Finding:
    is_there = os.path.lexists(home.database)
    if not is_there or os.path.getsize(home.database) == 0:
        if backup.find(home):
            return Finding("database", problems=["It is gone or empty, and there are backups of it."])
        if not is_there:
            return Finding("database", "there is none yet")
    opened = connection.open_reader(home)
    try:
        problems = checkup.pages(opened, thorough=thorough)
        counted = reader.counters(opened)
        if not problems and thorough and (problems := checkup.counts(opened)):
            return Finding("database", problems=problems, remedy=Remedy.REPLAY)
        note = f"{counted.messages:,} messages of {counted.sessions:,} sessions"
        return Finding("database", note, problems)
    finally:
        opened.close()


def _checkpoints(home: config.Home) -> Finding:
    opened = connection.open_reader(home)
    try:
        problems = checkup.checkpoints(opened)
        return Finding("checkpoints", f"{reader.counters(opened).transcripts:,} transcripts", problems)
    finally:
        opened.close()


def _archive(home: config.Home) -> Finding:
    opened = connection.open_reader(home)
    try:
        good, bad = 0, []
        for problem in checkup.frames(opened):
            if problem is None:
                good += 1
            else:
                bad.append(problem)
        note = (
            f"{reader.counters(opened).archived_bytes / 1e6:,.1f} MB, every digest of {good + len(bad):,} transcripts"
        )
        return Finding("archive", note, bad)
    finally:
        opened.close()


def _packing(home: config.Home, *, thorough: bool) -> Finding:
    """Tell what of the archive is still to be packed smaller; a damaged dictionary is the archive's trouble, if any."""
    opened = connection.open_reader(home)
    try:
        waits = repacking.waiting(opened)
        spares = dictionaries.problems(opened) if thorough else []
    finally:
        opened.close()
    note = (
        f"{waits.packed_bytes / 1e6:,.1f} MB in {waits.frames:,} frames"
        if waits.frames
        else "all is as small as it gets"
    )
    if waits.frames:
        is_off = "pack_quiet_days is 0" if _is_packing_off(home) else "packed smaller once they are quiet"
        note += f", {is_off}"
    return Finding("packing", "; ".join((note, *(f"{one}: the service mends it" for one in spares))))


def _is_packing_off(home: config.Home) -> bool:
    try:
        return config.load_settings(home).pack_quiet_days == 0
    except errors.SettingsInvalid:
        return False


def _index(home: config.Home, *, thorough: bool) -> Finding:
    opened = connection.open_reader(home)
    try:
        progress, last = indexed.read_progress(opened), indexed.last_message(opened)
        waiting = indexed.count_pending(opened, progress.indexed_to)
        least = indexed.count_pending(opened, 0) - waiting if thorough else 0
    finally:
        opened.close()
    if last == 0 and not index.exists(home.index):
        return Finding("index", "nothing to find yet")
    searcher, _ = index.IndexReader(home.index).searcher()
    note = f"{searcher.num_docs:,} messages"
    if progress.format != index.FORMAT:
        return Finding("index", problems=["Another version wrote it."])
    if searcher.num_docs == 0 and progress.indexed_to > 0:
        return Finding("index", problems=["It is empty, and should not be."])
    if searcher.num_docs < least:
        problem = f"It holds {searcher.num_docs:,} messages, and should hold {least:,}: it is older than the database."
        return Finding("index", problems=[problem])
    return Finding("index", note + (f", {waiting:,} to come" if waiting else ""))


def _backups(home: config.Home, *, thorough: bool) -> Finding:
    found = backup.find(home)
    if not found:
        return Finding("backups", "none yet: one a day is made, or by `simple-memory backup`")
    result = Finding("backups", f"{len(found)}, the newest of {found[0].made_at[:16].replace('T', ' ')} UTC")
    for one in found if thorough else ():
        try:
            backup.check(one.path)
        except errors.StoreError as error:
            result.problems.append(error.message)
            result.remedy = Remedy.PERSON
    return result


def _canary(home: config.Home, answer: dict[str, Any]) -> bool | None:
    """Send a canary through a service that runs; return whether it was captured, None where there is none to ask."""
    if answer["workers"].get("sync", {}).get("state") != "running":
        return None
    try:
        found = ask.send_canary(home, CANARY_S)
    except errors.SimpleMemoryError:
        return False
    return bool(found and found["ok"])


def _service(home: config.Home) -> Finding:
    try:
        answer = status.report(home)
    except errors.SimpleMemoryError as error:
        return Finding("service", problems=[error.message], remedy=Remedy.PERSON)
    result = Finding("service", answer["state"])
    sings = _canary(home, answer)
    if sings is not None:
        result.note += f"; a canary sent now {'came back' if sings else 'was not read'}"
    writer = locks.lock_holder(home.writer_lock)
    worker = answer["workers"].get("sync", {}).get("pid")
    if writer is not None and writer != worker:
        result.note += f"; process {writer} is writing the database"
    if answer["state"] in ("crashed", "unresponsive"):
        result.problems += answer["hints"][:1] or [f"It is {answer['state']}."]
    elif sings is False:
        result.problems.append(
            "What is written is not read: `simple-memory restart`, then `simple-memory logs --sync`."
        )
    if result.problems:
        result.remedy = Remedy.PERSON
    return result
