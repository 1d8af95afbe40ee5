"""What a policy lets go is old and large; the rest, and every line's JSON, stays what it was."""

from __future__ import annotations

import base64
import json
import random

from hypothesis import given
from hypothesis import strategies as st

from simple_memory import redaction
from simple_memory.store import tombstones
from simple_memory.sync import dropping

OLD, NEW, LIMIT = "2026-01-05T09:00:00.000Z", "2026-03-05T09:00:00.000Z", "2026-02-01T00:00:00.000Z"
EVERYTHING = dropping.Policy(images_before=LIMIT, output_before=LIMIT)
PICTURE = base64.b64encode(random.Random(1).randbytes(9000)).decode()


def line(
    text: str, *, time: str = OLD, kind: str = "tool_result", picture: str = "", ascii_only: bool = False
) -> bytes:
    content = [{"type": kind, "content": text}, {"type": "image", "source": {"data": picture}}]
    record = {"type": "user", "timestamp": time, "message": {"content": content}, "toolUseResult": {"stdout": text}}
    return json.dumps(record, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")


def left(content: bytes, policy: dropping.Policy) -> bytes:
    return tombstones.blanked(content, policy.find(content, is_json=True, time=OLD))


def test_an_old_picture_goes_and_a_new_one_stays() -> None:
    policy = dropping.Policy(images_before=LIMIT)
    for time in (OLD, NEW):
        before = line("words " * 1000, time=time, picture=PICTURE)
        after = left(before, policy)
        assert len(after) == len(before)
        told = json.loads(after)["message"]["content"]
        assert told[0]["content"] == "words " * 1000
        assert (told[1]["source"]["data"] == PICTURE) == (time == NEW)
        assert told[1]["source"]["data"].startswith(PICTURE[: dropping.KEPT_OF_IMAGE])


def test_the_rest_of_old_output_goes_and_its_beginning_and_what_was_said_stay() -> None:
    policy = dropping.Policy(output_before=LIMIT)
    told = json.loads(left(line("words " * 1000, picture=PICTURE), policy))
    for text in (told["message"]["content"][0]["content"], told["toolUseResult"]["stdout"]):
        assert text.startswith("words " * 150)
        assert redaction.redact(text).endswith("[dropped:output]")
    assert told["message"]["content"][1]["source"]["data"] == PICTURE
    for kept in (line("words " * 1000, time=NEW), line("words " * 1000, kind="text"), line("short")):
        assert left(kept, policy) == kept


def test_a_text_of_its_own_goes_by_the_time_of_its_file() -> None:
    content = ("é" * 5000).encode()
    (gap,) = EVERYTHING.find(content, is_json=False, time=OLD)
    assert tombstones.blanked(content, [gap]).decode().startswith("é" * 400)
    assert EVERYTHING.find(content, is_json=False, time=NEW) == []


@given(st.text(min_size=0, max_size=40), st.integers(1, 200), st.booleans(), st.booleans())
def test_lines_stay_json_of_the_same_length_and_go_once(
    piece: str, times: int, ascii_only: bool, has_picture: bool
) -> None:
    picture = PICTURE if has_picture else ""
    before = line(piece * times, picture=picture, ascii_only=ascii_only) + b"\n" + line("x", picture=picture)
    after = left(before, EVERYTHING)
    assert len(after) == len(before)
    for mine, its in zip(after.split(b"\n"), before.split(b"\n"), strict=True):
        told, wanted = (json.loads(one.decode("utf-8", "surrogatepass")) for one in (mine, its))
        assert told.keys() == wanted.keys()
        assert told["timestamp"] == wanted["timestamp"]
    assert EVERYTHING.find(after, is_json=True, time=OLD) == []


@given(st.binary(max_size=6000))
def test_any_bytes_are_looked_at_without_failing(content: bytes) -> None:
    for is_json in (True, False):
        made = tombstones.blanked(content, EVERYTHING.find(content, is_json=is_json, time=OLD))
        assert len(made) == len(content)
