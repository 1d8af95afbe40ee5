"""Forgetting, in a process of its own: `python -m simple_memory.upkeep.forget plan|do`, the wish as JSON after it.

Writes one line of JSON to stdout: {"report": …} or {"error": …}.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import Any

import apsw
import msgspec

from simple_memory import config, errors, model
from simple_memory.sources import registry, source
from simple_memory.store import archived, forgettable, forgetting, writer_lock
from simple_memory.store import connection as opening
from simple_memory.sync import engine

SLICE_S = 0.5
_LISTED = 200


def main(arguments: list[str]) -> int:
    """Do what `arguments` say, and return the exit code."""
    os.umask(0o077)
    home = config.find_home()
    try:
        wish = msgspec.json.decode(arguments[1], type=forgettable.Wish)
        _tell({"report": _plan(home, wish) if arguments[0] == "plan" else _forget(home, wish)})
    except errors.SimpleMemoryError as error:
        _tell({"error": {"code": error.code, "message": error.message, "hint": error.hint}})
        return error.exit_code
    return errors.EXIT_OK


def _plan(home: config.Home, wish: forgettable.Wish) -> dict[str, Any]:
    connection = opening.open_reader(home)
    try:
        return _as_json(forgettable.plan(connection, wish), home)
    finally:
        connection.close()


def _as_json(plan: forgettable.Plan, home: config.Home) -> dict[str, Any]:
    return {
        "sessions": list(plan.sessions.values())[:_LISTED],
        "sessions_count": len(plan.sessions),
        "transcripts": len(plan.transcripts),
        "lines": len(plan.lines),
        "sessions_with_lines": plan.touched[:_LISTED],
        "unfinished": os.path.lexists(_marker(home)),
        "backups": [*_files_in(home.backups), *_files_in(os.path.join(home.root, "aside"))],
    }


def _forget(home: config.Home, wish: forgettable.Wish) -> dict[str, Any]:
    config.make_home(home)
    lock = writer_lock.WriterLock(home)
    try:
        connection = opening.open_writer(home)
        try:
            plan = forgettable.plan(connection, wish)
            told = _as_json(plan, home)
            os.close(os.open(_marker(home), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, config.FILE_MODE))
            for folder in (home.backups, os.path.join(home.root, "aside")):
                _remove(folder)
            gone = forgetting.forget(connection, plan) if plan.sessions or plan.lines else 0
            _count_again(connection, plan)
            forgetting.wipe(connection)
        except apsw.Error as error:
            raise opening.translate(error, home.database) from error
        finally:
            connection.close()
        _remove(home.index)
    finally:
        lock.release()
    _build_index(home)
    os.unlink(_marker(home))
    return {**told, "messages": gone}


def _count_again(connection: apsw.Connection, plan: forgettable.Plan) -> None:
    """Find, for answers that lost the record that counted, the record of them that counts now."""
    wanted = set(plan.responses)
    places = {
        file.transcript_id: found for file in archived.every_file(connection) if (found := _place(file)) is not None
    }
    best: dict[str, tuple[model.Usage, tuple[int, int, int]]] = {}
    for transcript_id, generation in sorted(plan.gaps):
        if not wanted or transcript_id not in places:
            continue
        one, place = places[transcript_id]
        if place.form == model.Form.WHOLE:
            continue
        for offset, line in forgettable.lines_of(connection, transcript_id, generation):
            for reading in one.read_line(line, place).readings:
                usage = reading.message.usage if reading.message else None
                if usage is None or usage.response not in wanted:
                    continue
                if usage.response not in best or usage.output_tokens > best[usage.response][0].output_tokens:
                    best[usage.response] = (usage, (transcript_id, generation, offset))
    for usage, where in best.values():
        forgetting.count_again(connection, usage, where)


def _place(file: archived.ArchivedFile) -> tuple[source.Source, model.Place] | None:
    one = next((one for one in registry.SOURCES if one.agent == file.agent), None)
    if one is None:
        return None
    root = file.path.removesuffix(archived.layout_of(file.path, one.roots())).rstrip(os.sep) or os.sep
    place = one.place(root, file.path)
    return None if place is None else (one, place)


def _build_index(home: config.Home) -> None:
    one = engine.Engine(home, config.load_settings(home), report=lambda event, facts: _tell({"event": event, **facts}))
    try:
        one.open()
        while one.work(SLICE_S):
            pass
    finally:
        one.close()


def _marker(home: config.Home) -> str:
    """Return the path of the file that is there while a forgetting is not finished."""
    return os.path.join(home.run, "forgetting")


def _remove(folder: str) -> None:
    if os.path.isdir(folder) and not os.path.islink(folder):
        shutil.rmtree(folder)


def _files_in(folder: str) -> list[str]:
    return sorted(os.path.join(place, name) for place, _, names in os.walk(folder) for name in names)


def _tell(what: dict[str, object]) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(what) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
