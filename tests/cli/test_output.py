import io
import json
import sys

import pytest

from simple_memory.cli import output


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain – text ünd 日本", "plain – text ünd 日本"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("right\u202eleft", "right\\u202eleft"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("line\u2028end\x85", "line\\u2028end\\x85"),
        ("half\udc80", "half\\udc80"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("filler\u3164", "filler\\u3164"),
        ("می\u200cخواهم 👩\u200d💻 क्\u200dष", "می\u200cخواهم 👩\u200d💻 क्\u200dष"),
        ("ab\u200dcd\u200c", "ab\\u200dcd\\u200c"),
        ("می\u200c\u200cخ", "می\\u200c\\u200cخ"),
        ("wide\u3000space\u00a0", "wide\u3000space\u00a0"),
    ],
)
def test_what_a_terminal_would_obey_or_hide_is_escaped(given: str, shown: str) -> None:
    assert output.safe(given) == shown


def test_line_ends_and_tabs_stay_where_text_may_have_lines() -> None:
    assert output.safe("a\n\tb\x07", lines=True) == "a\n\tb\\x07"


def test_an_answer_in_json_is_one_line_that_reads_back(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"text": "two\nlines ü", "n": [1, None, True]}
    output.emit_json(value)
    written = capsys.readouterr().out
    assert written.count("\n") == 1
    assert json.loads(written) == value


def test_json_survives_a_path_that_is_no_unicode(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", stream)
    output.emit_json({"path": "x\udcff"})
    stream.seek(0)
    assert json.loads(stream.read()) == {"path": "x\udcff"}


def test_an_answer_survives_a_terminal_that_is_no_unicode(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    output.say("ü")
    stream.seek(0)
    assert stream.read() == "\\xfc\n"


def test_talk_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    output.talk("hello")
    assert capsys.readouterr() == ("", "hello\n")


def test_there_is_no_colour_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert output.paint("text", "red") == "text"


def test_there_is_colour_on_a_terminal_unless_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    assert output.paint("text", "red") == "\x1b[31mtext\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert output.paint("text", "red") == "text"


def test_json_holds_nothing_that_a_terminal_would_obey_and_means_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    told = {"title": "a\x9b31m \u202eb\u2028 \U000e0041 数据 é\x1b]0;x\x07 \\u202e"}
    output.emit_json(told)
    written = capsys.readouterr().out
    assert written.rstrip("\n").isprintable()
    assert json.loads(written) == told


def test_json_in_other_scripts_stays_readable(capsys: pytest.CaptureFixture[str]) -> None:
    output.emit_json(["数据 é"])
    assert capsys.readouterr().out == '["数据 é"]\n'


def test_line_ends_of_windows_are_line_ends() -> None:
    assert output.safe("one\r\ntwo\rthree", lines=True) == "one\ntwo\\rthree"
