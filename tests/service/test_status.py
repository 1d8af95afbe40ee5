import copy
from pathlib import Path
from typing import Any

import pytest

from simple_memory import config, errors, locks
from simple_memory.service import identity, status, status_text
from simple_memory.store import glance, journal
from tests import worlds
from tests.service import test_runfile

COUNTERS: dict[str, int | str | None] = {
    "messages": 66631, "sessions": 451, "projects": 12, "transcripts": 500, "deleted_at_source": 3, "quarantined": 2,
    "archived_bytes": 75_000_000, "last_sync_at": "2026-01-01T00:00:00.000Z",
}  # fmt: skip
FACTS = {"seen": 500, "behind": 0, "lag_s": 0.0, "bytes_pending": 0, "last_error": None, "watching": "files"}
NOW = 1000.0


def sight(
    *,
    holds: bool = True,
    frozen: bool = False,
    alive: str = "S",
    stopped: bool = False,
    replaced: bool = False,
    **changes: Any,
) -> status.Sight:
    """Return a service that is well, but for `changes` of its state; `facts` and `worker` change those of sync."""
    state = copy.deepcopy(test_runfile.good_state())
    state["heartbeat"] = NOW - 1
    worker = state["workers"]["sync"]
    worker["progressed"] = NOW - 500
    worker["facts"] = {**FACTS, **changes.pop("facts", {})}
    worker.update(changes.pop("worker", {}))
    look = changes.pop("glance", glance.Glance(glance.OK, size_bytes=104_300_000, schema_version=1, counters=COUNTERS))
    state.update(changes)
    return status.Sight(
        holder=identity.Process(6, "1", "T" if frozen else "S") if holds else None,
        state=state,
        workers={"sync": identity.Process(7, "1", alive)} if alive else {},
        glance=look,
        now=NOW,
        was_stopped=stopped,
        replaced=replaced,
    )


GAVE_UP = {"state": "gave_up", "pid": 0, "last_error": "It broke."}


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (sight(), "running"),
        (sight(holds=False), "crashed"),
        (sight(holds=False, stopped=True), "stopped"),
        (sight(holds=False, phase="stopped"), "stopped"),
        (sight(holds=False, phase="failed"), "stopped"),
        (sight(frozen=True), "unresponsive"),
        (sight(alive="T"), "unresponsive"),
        (sight(heartbeat=NOW - 21), "unresponsive"),
        (sight(heartbeat=NOW - 19), "running"),
        (sight(phase="starting"), "starting"),
        (sight(phase="stopping"), "stopping"),
        (sight(alive=""), "degraded"),
        (sight(alive="", worker=GAVE_UP), "degraded"),
        (sight(worker={"state": "hung"}), "unresponsive"),
        (sight(facts={"last_error": "The disk is full."}), "degraded"),
        (sight(facts={"behind": 4, "lag_s": 31.0}), "degraded"),
        (sight(facts={"behind": 4, "lag_s": 5.0}), "running"),
        (sight(facts={"behind": 4, "lag_s": 500.0}, worker={"progressed": NOW - 2}), "running"),
        (sight(glance=glance.Glance(glance.DAMAGED, "It is damaged.")), "degraded"),
        (sight(glance=glance.Glance(glance.BUSY, "It is locked.")), "running"),
        (sight(glance=glance.Glance(glance.MISSING, "There is none.")), "degraded"),
    ],
)
@pytest.mark.fault("L19")
def test_what_is_seen_has_one_word(seen: status.Sight, state: str) -> None:
    assert status.state_of(seen) == state


def judged(seen: status.Sight) -> dict[str, Any]:
    return status.judge(seen, config.Home("/home"), version="0.1.0")


def test_only_what_runs_well_is_healthy_and_every_word_has_its_exit_code() -> None:
    assert judged(sight())["healthy"]
    assert not judged(sight(facts={"last_error": "no"}))["healthy"]
    assert status.EXIT_CODES["degraded"] == status.EXIT_CODES["unresponsive"] == errors.EXIT_DEGRADED
    assert (status.EXIT_CODES["stopped"], status.EXIT_CODES["crashed"]) == (3, 1)


def test_a_state_file_of_another_process_says_nothing_about_the_holder() -> None:
    seen = sight(supervisor={"pid": 99, "token": "1", "started": 1.0})
    answer = judged(seen)
    assert answer["supervisor"] == {"pid": 6, "uptime_s": None, "memory_bytes": None}
    assert answer["workers"]["sync"]["pid"] is None


def test_the_disk_that_is_full_is_named_with_its_remedy() -> None:
    answer = judged(sight(facts={"last_error": "The disk that holds memory.db is full."}))
    assert answer["last_error"] == "The disk that holds memory.db is full."
    assert any("make room" in hint for hint in answer["hints"])


@pytest.mark.parametrize("state", ["foreign", "newer", "damaged", "busy"])
def test_each_trouble_of_the_database_has_a_hint(state: str) -> None:
    answer = judged(sight(glance=glance.Glance(state, "It is so.")))
    assert any(hint.startswith("It is so. ") for hint in answer["hints"])


def test_without_transcripts_it_says_where_it_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", "/one,/two")
    answer = judged(sight(facts={"seen": 0}))
    assert "No transcripts were found. Looked in: /one, /two." in answer["hints"]


@pytest.mark.parametrize(
    ("on_read", "redacted", "told"),
    [
        (False, 0, None),
        (True, 1, "keys and tokens are hidden before anything is stored"),
        (True, 0, "not those of before (`simple-memory forget --secrets`)"),
    ],
)
def test_that_secrets_are_hidden_before_they_are_stored_is_told(on_read: bool, redacted: int, told: str | None) -> None:
    look = glance.Glance(glance.OK, schema_version=1, counters={**COUNTERS, "redacted": redacted})
    answer = judged(sight(glance=look, facts={"redact_on_read": on_read}))
    assert answer["redaction"] == {"on_read": on_read, "whole": bool(redacted)}
    lines = [line for line in status_text.lines(answer) if line.startswith("  secrets")]
    assert len(lines) == (told is not None)
    assert all(line.endswith(str(told)) for line in lines)


def test_before_it_has_looked_it_does_not_say_that_there_are_none() -> None:
    answer = judged(sight(facts={"seen": 0, "rescans": 0}))
    assert not any("No transcripts" in hint for hint in answer["hints"])
    kept = COUNTERS["transcripts"]
    assert (answer["transcripts"]["seen"], answer["transcripts"]["behind"]) == (kept, None)
    assert any(line.startswith(f"  transcripts  {kept} seen, 3 deleted") for line in status_text.lines(answer))
    empty = glance.Glance(glance.OK, schema_version=1, counters={**COUNTERS, "transcripts": 0})
    answer = judged(sight(glance=empty, facts={"seen": 0, "rescans": 0}))
    assert "  transcripts  none read yet" in status_text.lines(answer)


@pytest.mark.fault("S14")
def test_a_database_that_went_while_the_service_runs_is_told_with_what_comes_of_it() -> None:
    answer = judged(sight(glance=glance.Glance(glance.MISSING, "There is none.")))
    assert any("was removed while the service runs" in hint for hint in answer["hints"])
    serves_only = judged(sight(glance=glance.Glance(glance.MISSING, "There is none."), workers={}))
    assert serves_only["state"] == "running"


def test_where_the_service_looked_is_what_it_says_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", "/mine")
    answer = judged(sight(facts={"seen": 0, "roots": ["/its/projects", config.Home("/home").canary]}))
    assert "No transcripts were found. Looked in: /its/projects." in answer["hints"]


def test_an_import_tells_how_far_it_is() -> None:
    text = "\n".join(status_text.lines(judged(sight(facts={"behind": 120, "bytes_pending": 25_000_000}))))
    assert "500 seen, 75 % read, 120 left with 25.0 MB" in text


def test_text_holds_to_twenty_lines_however_much_is_wrong() -> None:
    answer = judged(sight(alive="", worker=GAVE_UP, facts={"last_error": "x" * 1000, "watching": "deaf", "seen": 0}))
    answer["hints"] *= 9
    assert len(status_text.lines(answer)) <= 20


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (61, "1 min 1 s"), (7300, "2 h 1 min"), (200_000, "2 d 7 h")]
)
def test_spans_of_time_are_for_people(seconds: float, text: str) -> None:
    assert status_text.duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"), [(999, "999 bytes"), (1500, "1.5 kB"), (2_500_000, "2.5 MB"), (3e9, "3.0 GB")]
)
def test_sizes_are_for_people(count: float, text: str) -> None:
    assert status_text.size(count) == text


@pytest.mark.fault("P8")
def test_status_of_a_home_full_of_odd_characters_drives_no_terminal(world: worlds.World) -> None:
    odd = str(world.root / "a\x1b[2J\nb\u202e")
    shown = world.run("status", SIMPLE_MEMORY_HOME=odd).stdout
    assert not {"\x1b", "\u202e"} & set(shown)
    assert len(shown.splitlines()) <= 20


@pytest.mark.fault("L18")
def test_status_writes_nothing_at_all(world: worlds.World) -> None:
    world.run("status")
    assert not (world.root / "memory").exists()


def test_an_unreadable_lock_is_unknown(world: worlds.World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> int | None:
        raise errors.StateUnknown("It cannot be told.")

    monkeypatch.setattr(locks, "lock_holder", refuse)
    with pytest.raises(errors.StateUnknown):
        status.report(world.home)


def test_records_that_nobody_understands_are_told_by_type() -> None:
    seen = glance.Glance(
        glance.OK, schema_version=1, counters=COUNTERS, unknown={"sparkle": 7, "fizz": 2, "a": 1, "b": 1}
    )

    answer = status.judge(sight(glance=seen), config.Home("/memory"), version="1.2.3")

    assert answer["transcripts"]["unknown_records"]["sparkle"] == 7
    assert any("7 sparkle, 2 fizz, 1 a and 1 more types" in line for line in status_text.lines(answer))


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (sight(), None),
        (sight(holds=False), None),
        (sight(alive="", worker=GAVE_UP, facts={"last_error": "no"}), "a worker was given up"),
        (sight(glance=glance.Glance(glance.DAMAGED, "It is damaged.")), "the database is damaged"),
        (sight(glance=glance.Glance(glance.MISSING, "There is none.")), "the database is missing"),
        (sight(facts={"last_error": "no", "behind": 1, "lag_s": 60}), "reading fails"),
        (sight(facts={"behind": 1, "lag_s": 60}), "behind"),
        (sight(facts={"canary": {"at": "", "ok": False, "latency_s": None}}), "new lines are not noticed"),
        (sight(alive=""), "a worker is started again"),
    ],
)
def test_what_is_degraded_says_why_in_a_word(seen: status.Sight, reason: str | None) -> None:
    answer = judged(seen)
    assert answer["reason"] == reason
    assert status_text.lines(answer)[0].endswith(f": {reason}" if reason else answer["state"])


def test_a_service_whose_files_were_replaced_is_advised_to_start_again() -> None:
    assert not any("installed anew" in hint for hint in judged(sight())["hints"])
    assert any("installed anew" in hint for hint in judged(sight(replaced=True))["hints"])


@pytest.mark.fault("S6")
def test_a_journal_that_a_reader_keeps_long_is_an_alarm_that_names_the_reader(tmp_path: Path) -> None:
    seen = sight(facts={"journal_bytes": 70_000_000, "journal_readers": ["sqlite3 (4711)"]})
    answer = status.judge(seen, config.Home(str(tmp_path)), version="1")
    assert (answer["state"], answer["reason"]) == ("degraded", "a reader keeps the journal long")
    (hint,) = [hint for hint in answer["hints"] if "sqlite3 (4711)" in hint]
    assert "70 MB" in hint
    assert f"{journal.MOST_BYTES >> 20} MB" in hint


@pytest.mark.parametrize(("why", "words"), [("battery", "runs on battery"), ("load", "others want the machine")])
def test_a_slow_import_says_why_it_is_slow_and_what_to_do(why: str, words: str) -> None:
    answer = judged(sight(facts={"behind": 9, "slowed_by": why}))
    assert answer["transcripts"]["slowed_by"] == why
    assert any(words in hint and "`simple-memory sync`" in hint for hint in answer["hints"])
    assert not any(words in hint for hint in judged(sight(facts={"behind": 0, "slowed_by": why}))["hints"])
