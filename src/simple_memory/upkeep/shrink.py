"""Letting old images and old long tool output go: `python -m simple_memory.upkeep.shrink plan|do POLICY` (JSON).

A process of its own. Writes lines of JSON to stdout, the last one {"report": …} or {"error": …}.
"""

from __future__ import annotations

import datetime
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import msgspec

from simple_memory import config
from simple_memory.store import archive, archived, repacking, writer_lock
from simple_memory.store import connection as opening
from simple_memory.sync import dropping, telling
from simple_memory.upkeep import reading_on, remaking

if TYPE_CHECKING:
    import apsw

_IMAGE_SHARE = 0.76
"""What base64 of an image takes once it is packed: nothing but its six bits a letter can be saved."""
_LISTED = 200


def main(arguments: list[str]) -> int:
    """Do what `arguments` say, and return the exit code."""
    os.umask(0o077)
    home = config.find_home()
    policy = msgspec.json.decode(arguments[1], type=dropping.Policy)
    return telling.run(lambda: plan(home, policy) if arguments[0] == "plan" else shrink(home, policy))


def plan(home: config.Home, policy: dropping.Policy) -> dict[str, Any]:
    """Return what would go: numbers and bytes by kind, transcripts and sessions, and about how much room that gives."""
    connection = opening.open_reader(home)
    try:
        return _count(connection, policy)
    finally:
        connection.close()


def _count(connection: apsw.Connection, policy: dropping.Policy) -> dict[str, Any]:
    drops = dropping.by(policy)
    numbers, sizes = dict.fromkeys(dropping.KINDS, 0), dict.fromkeys(dropping.KINDS, 0)
    sessions: dict[str, None] = {}
    transcripts, once, pictures = 0, 0, set[bytes]()
    for file in archived.every_file(connection):
        gaps = []
        for content, is_json in _contents(connection, file):
            for offset, length, kind in drops(content, is_json, file.mtime_ns):
                gaps.append(kind)
                numbers[str(kind)] += 1
                sizes[str(kind)] += length
                digest = archive.digest_of(content[offset : offset + length]) if kind == dropping.IMAGE else b""
                if digest and digest not in pictures:  # the archive holds each once
                    pictures.add(digest)
                    once += length
        transcripts += bool(gaps)
        if gaps and file.session:
            sessions[file.session] = None
    share = archive.packed_share(connection)
    return {
        "images": numbers[dropping.IMAGE],
        "image_bytes": sizes[dropping.IMAGE],
        "outputs": numbers[dropping.OUTPUT],
        "output_bytes": sizes[dropping.OUTPUT],
        "transcripts": transcripts,
        "sessions": list(sessions)[:_LISTED],
        "sessions_count": len(sessions),
        "room_bytes": round(once * _IMAGE_SHARE + sizes[dropping.OUTPUT] * share),
    }


def _contents(connection: apsw.Connection, file: archived.ArchivedFile) -> Any:
    """Yield (bytes, whether they are lines of JSON) of every generation of a file, a few whole lines at a time."""
    is_json = file.path.endswith(".jsonl")
    for generation in archive.generations(connection, file.transcript_id):
        waiting = b""
        for piece in archive.read_transcript(connection, file.transcript_id, generation):
            waiting += piece
            end = waiting.rfind(b"\n") + 1 if is_json else 0
            if end:
                yield waiting[:end], True
                waiting = waiting[end:]
        if waiting:
            yield waiting, is_json


def shrink(home: config.Home, policy: dropping.Policy) -> dict[str, Any]:
    """Let go what `policy` names; return what went, and the database's bytes before and after. Raises a StoreError."""
    config.make_home(home)
    lock = writer_lock.WriterLock(home)
    try:
        told = plan(home, policy)
        before = os.path.getsize(home.database)
        now = datetime.datetime.now(datetime.UTC)
        aside = remaking.remake(home, config.load_settings(home), now, drops=dropping.by(policy))
        shutil.rmtree(aside)
        _pack(home)
    finally:
        lock.release()
    reading_on.build_index(home)
    return {**told, "bytes_before": before, "bytes_after": os.path.getsize(home.database)}


def _pack(home: config.Home) -> None:
    """Pack what is quiet anew, as it was before: a store that is made anew is packed as a first import packs."""
    opened = opening.open_writer(home)
    packing = repacking.Repacker(opened, config.load_settings(home).pack_quiet_days)
    try:
        packing.finish()
    finally:
        packing.close()
        opened.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
