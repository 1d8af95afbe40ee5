import io

from simple_memory.daemon import live_line


def state(**facts: object) -> dict[str, object]:
    return {
        "phase": "running",
        "workers": {"sync": {"state": "running", "facts": facts}, "mcp": {"state": "gave_up", "facts": {}}},
    }


def test_the_line_tells_what_is_left_to_read() -> None:
    told = live_line.describe(state(seen=451, behind=120, bytes_pending=45_200_000))
    assert told == "running · mcp gave up · reading: 120 of 451 transcripts left, 45.2 MB"


def test_the_line_tells_that_all_is_read_and_what_is_wrong() -> None:
    told = live_line.describe(state(seen=2, behind=0, last_error="The disk is full."))
    assert told == "running · mcp gave up · 2 transcripts, all read · The disk is full."


def test_nothing_is_shown_where_no_terminal_is() -> None:
    stream = io.StringIO()
    line = live_line.LiveLine(stream)
    line.show(state())
    line.close()
    assert stream.getvalue() == ""
