"""What to read: compares what is on disk with what is read already. Pure: no file, no clock, no database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

import msgspec

from simple_memory import model
from simple_memory.store import checkpoints
from simple_memory.sync import scan


class Step(StrEnum):
    """What to do about one transcript."""

    NOTHING = "nothing"
    READ = "read"  # from the checkpoint on; from the start where there is none
    VERIFY = "verify"  # compare with the archive first: it may be another file, or other bytes
    REWRITE = "rewrite"  # from the start, as a new generation


class Plan(msgspec.Struct):
    """What a pass has to do: `work` newest first, transcripts that are `gone` from disk, and those that are `back`."""

    work: list[tuple[scan.Found, Step]]
    gone: list[checkpoints.Checkpoint]
    back: list[checkpoints.Checkpoint]
    unchanged: int = 0


def decide(found: scan.Found, checkpoint: checkpoints.Checkpoint | None) -> Step:
    """Return what to do about one transcript that is on disk."""
    if checkpoint is None or checkpoint.transcript_id == 0:
        return Step.READ
    same_file = found.device == checkpoint.device and found.inode == checkpoint.inode
    if found.place.form == model.Form.WHOLE:
        return Step.NOTHING if same_file and _same_stat(found, checkpoint) else Step.READ
    return _decide_lines(found, checkpoint, same_file=same_file)


def _decide_lines(found: scan.Found, checkpoint: checkpoints.Checkpoint, *, same_file: bool) -> Step:
    is_read = checkpoint.offset + len(checkpoint.tail) == found.size
    if same_file and is_read and _same_stat(found, checkpoint):
        return Step.NOTHING
    if found.size < checkpoint.offset:
        return Step.REWRITE
    if not same_file or (found.size == checkpoint.size and is_read):
        return Step.VERIFY
    return Step.READ


def _same_stat(found: scan.Found, checkpoint: checkpoints.Checkpoint) -> bool:
    return found.size == checkpoint.size and found.mtime_ns == checkpoint.mtime_ns


def plan(
    found: Mapping[str, scan.Found],
    known: Mapping[str, checkpoints.Checkpoint],
    covers: Callable[[str], bool],
    paths: Iterable[str] | None = None,
) -> Plan:
    """Return what to do so that `known` catches up with `found`.

    `known.get` may know more than `known` has: transcripts that were deleted, and may be back. `covers` tells of a path
    whether the scan would have seen a file there: only then is a transcript that was not found taken for deleted.
    `paths` limits the look to these.
    """
    work: list[tuple[scan.Found, Step]] = []
    back = []
    unchanged = 0
    for path in _among(found, paths):
        checkpoint = known.get(path)
        step = decide(found[path], checkpoint)
        if checkpoint and checkpoint.state != "present":
            back.append(checkpoint)
        if step is Step.NOTHING:
            unchanged += 1
        else:
            work.append((found[path], step))
    work.sort(key=lambda item: (-item[0].mtime_ns, item[0].path))
    gone = [known[path] for path in _among(known, paths) if path not in found and _is_gone(known[path], covers)]
    return Plan(work=work, gone=gone, back=back, unchanged=unchanged)


def _among(known: Mapping[str, object], paths: Iterable[str] | None) -> Iterable[str]:
    """Return those of `paths` that are known; None means all that are."""
    return known.keys() if paths is None else (path for path in paths if path in known)


def _is_gone(checkpoint: checkpoints.Checkpoint, covers: Callable[[str], bool]) -> bool:
    """Return whether a transcript that was not found is deleted: it was there, and would have been seen."""
    return checkpoint.state == "present" and bool(checkpoint.transcript_id) and covers(checkpoint.path)
