"""`doctor`: looks at everything that can be damaged, mends what can be mended without asking, and says what it did."""

from __future__ import annotations

import argparse
from typing import Any

from simple_memory import config, errors
from simple_memory.cli import alone, output
from simple_memory.upkeep import doctor

_SHOWN = 5
_MODULE = "simple_memory.upkeep"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "--verify", action="store_true", help="every byte of the archive too, and whether it gives these very rows"
    )
    parser.add_argument("--look-only", action="store_true", help="mend nothing but file modes")
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Look, mend, look again at what was mended; exit 0 if all is well now."""
    home = config.find_home()
    found = _examine(home, thorough=arguments.verify)
    mended: dict[str, Any] = {}
    remedy = _remedy_of(found)
    if remedy is not None and not arguments.look_only:
        with alone.without_service(home):
            mended = alone.run(_MODULE, remedy.value)
        found = _again(found, _examine(home, thorough=arguments.verify))
    is_well = all(one.mended or not one.problems for one in found)
    if arguments.json:
        output.emit_json({"healthy": is_well, "checks": [_as_json(one) for one in found], "mending": mended or None})
    else:
        _tell(found, mended)
    return errors.EXIT_OK if is_well else errors.EXIT_ERROR


def _examine(home: config.Home, *, thorough: bool) -> list[doctor.Finding]:
    found = doctor.examine(home, thorough=thorough)
    parts = {one.part: one for one in found}
    if thorough and "archive" in parts and not any(one.problems for one in found if one.remedy):
        report = alone.run(_MODULE, "verify")
        if report["problems"]:  # what was just being settled by a service that runs is the same at a second look
            report = alone.run(_MODULE, "verify")
        problems = report["problems"]
        note = f"the archive of {report['transcripts']:,} transcripts, read again, gives the same"
        remedy = doctor.Remedy.REPLAY if problems else None
        found.append(doctor.Finding("rows", note, problems, remedy))
    return found


def _remedy_of(found: list[doctor.Finding]) -> doctor.Remedy | None:
    """Return the most thorough mending that is asked for, None where there is nothing that a program should do."""
    wanted = {one.remedy for one in found if one.problems}
    able = (doctor.Remedy.REPLACE, doctor.Remedy.UPDATE, doctor.Remedy.REPLAY, doctor.Remedy.INDEX)
    return next((remedy for remedy in able if remedy in wanted), None)


def _again(before: list[doctor.Finding], after: list[doctor.Finding]) -> list[doctor.Finding]:
    """Return what was found after mending, with the problems of before in the parts that are well now."""
    old = {one.part: one for one in before if one.problems}
    for one in after:
        if one.part in old and not one.problems:
            one.problems, one.mended = old[one.part].problems, True
    return after


def _as_json(one: doctor.Finding) -> dict[str, object]:
    state = "ok" if not one.problems else "mended" if one.mended else "bad"
    return {"part": one.part, "state": state, "note": one.note, "problems": one.problems}


def _tell(found: list[doctor.Finding], mended: dict[str, Any]) -> None:
    for one in found:
        state, style = ("ok", "green") if not one.problems else ("mended", "yellow") if one.mended else ("bad", "red")
        output.say(f"{output.paint(f'{state:<6}', style)}  {one.part:<11}  {output.safe(one.note)}".rstrip())
        for problem in one.problems[:_SHOWN]:
            output.say(f"        {output.safe(problem)}")
        if len(one.problems) > _SHOWN:
            output.say(f"        … and {len(one.problems) - _SHOWN:,} more")
    if mended.get("backup"):
        output.say(f"Restored from {output.safe(mended['backup'])}.")
    if mended.get("aside"):
        output.say(f"What was damaged is in {output.safe(mended['aside'])}: remove it when all is well.")
    if mended.get("messages_read_again"):
        output.say(f"{mended['messages_read_again']:,} messages were read again from the transcripts.")
    for lost in mended.get("lost", ()):
        output.talk(output.safe(lost))
