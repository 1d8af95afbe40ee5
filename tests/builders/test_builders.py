"""The makers of transcripts keep what they promise: the rest of the tests stand on them."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.builders import corpus, records, transcript, words


def read(path: Path) -> list[records.Record]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


def every_record(folder: Path) -> list[records.Record]:
    return [record for path in sorted(folder.glob("projects/**/*.jsonl")) for record in read(path)]


def test_a_session_is_one_file_of_records_that_follow_each_other(tmp_path: Path) -> None:
    session = (
        transcript.Session(session="s").prompt("Where?").tool("Bash", {"command": "ls"}, result="a").reply("There.")
    )

    found = read(session.write(tmp_path))

    assert [record["type"] for record in found] == ["user", "assistant", "user", "assistant"]
    assert [record["parentUuid"] for record in found] == [None, *(record["uuid"] for record in found[:-1])]
    assert (tmp_path / "projects" / "-home-ada-shop" / "s.jsonl").exists()


def test_the_parts_of_one_answer_share_their_ids_and_the_last_has_the_most_tokens(tmp_path: Path) -> None:
    session = transcript.Session().prompt("Go").thinking("Hm.").reply("Yes.").prompt("More").reply("No.")

    answers = [record["message"] for record in read(session.write(tmp_path)) if record["type"] == "assistant"]

    assert answers[0]["id"] == answers[1]["id"] != answers[2]["id"]
    assert [answer["usage"]["output_tokens"] for answer in answers] == [20, 40, 20]
    assert session.tally["output_tokens"] == 60


@pytest.mark.parametrize(
    ("layout", "place"),
    [
        ("folder", "s/subagents/agent-*.jsonl"),
        ("workflow", "s/subagents/workflows/wf_1/agent-*.jsonl"),
        ("flat", "agent-*.jsonl"),
        ("inline", "s.jsonl"),
    ],
)
def test_a_subagent_stands_where_its_layout_says(tmp_path: Path, layout: transcript.Layout, place: str) -> None:
    session = transcript.Session(session="s").prompt("Go")
    session.delegate("Look", "Find it", layout=layout).tool("Grep", {"pattern": "x"}).report("Found").reply("Done")
    session.write(tmp_path)

    (path,) = (tmp_path / "projects" / "-home-ada-shop").glob(place)
    said = [record for record in read(path) if record["isSidechain"]]

    assert [record["type"] for record in said] == ["user", "assistant", "user", "assistant"]
    assert all(("agentId" in record) == (layout != "inline") for record in said)


def test_a_fork_repeats_the_uuids_and_the_sdk_names_what_it_copies(tmp_path: Path) -> None:
    session = transcript.Session().prompt("Go").reply("Gone")
    original = read(session.write(tmp_path))

    copied = read(session.fork().prompt("Else").write(tmp_path))
    named = read(session.fork_by_sdk().write(tmp_path))

    assert [record["uuid"] for record in copied[:2]] == [record["uuid"] for record in original]
    assert copied[0]["sessionId"] != original[0]["sessionId"]
    assert [record["forkedFrom"]["messageUuid"] for record in named] == [record["uuid"] for record in original]
    assert named[1]["parentUuid"] == named[0]["uuid"] != original[0]["uuid"]


def test_append_adds_only_what_the_file_lacks(tmp_path: Path) -> None:
    session = transcript.Session().prompt("One")
    session.append(tmp_path)
    path = session.prompt("Two").append(tmp_path)

    assert path.read_bytes() == b"".join(session.lines)


def test_a_corpus_holds_exactly_what_its_manifest_says(tmp_path: Path) -> None:
    manifest = corpus.Corpus(seed=7).write(tmp_path, sessions=60, messages=3000)
    totals = manifest["totals"]
    found = every_record(tmp_path)
    said = [record for record in found if record["type"] in {"user", "assistant"}]
    identities = {record.get("forkedFrom", {}).get("messageUuid") or record["uuid"] for record in said}
    calls = {
        block["id"]
        for record in said
        for block in record["message"]["content"]
        if isinstance(block, dict) and block["type"] == "tool_use"
    }
    most: dict[str, int] = {}
    for record in said:
        if record["type"] == "assistant":
            answer = record["message"]
            most[answer["id"]] = max(most.get(answer["id"], 0), answer["usage"]["output_tokens"])

    assert len(identities) == totals["messages"] == 3000
    assert len(said) - len(identities) == totals["copies"] > 0
    assert len(calls) == totals["tool_calls"]
    assert sum(most.values()) == totals["output_tokens"]
    assert totals["sessions"] == 60
    assert totals["transcripts"] == len(list(tmp_path.glob("projects/**/*.jsonl")))
    assert len(found) == totals["lines"]


def test_every_planted_word_stands_in_the_corpus_and_only_in_its_session(tmp_path: Path) -> None:
    manifest = corpus.Corpus(seed=3).write(tmp_path, sessions=30, messages=4000)
    texts = {path: path.read_bytes() for path in tmp_path.glob("projects/**/*.*")}

    for planted in manifest["planted"]:
        places = [path for path, text in texts.items() if planted["word"].encode() in text]
        assert places, planted
        owner = planted["session"].split("/")[0]
        if not any(owner in str(path) for path in places):  # a flat sub-agent's file names its session inside
            assert all(owner.encode() in texts[path] for path in places)


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    def digest(folder: Path) -> str:
        corpus.Corpus(seed=5, bad_lines=0.05).write(folder, sessions=12, messages=400)
        whole = b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
        return hashlib.sha256(whole).hexdigest()

    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_bad_lines_are_counted_where_they_are_wanted(tmp_path: Path) -> None:
    manifest = corpus.Corpus(seed=5, bad_lines=0.1).write(tmp_path, sessions=12, messages=400)
    bad = 0
    for path in tmp_path.glob("projects/**/*.jsonl"):
        for line in path.read_bytes().split(b"\n")[:-1]:
            try:
                bad += not isinstance(json.loads(line), dict)
            except ValueError:
                bad += 1

    assert bad == manifest["totals"]["bad_lines"] > 0


def test_output_lengths_have_a_heavy_tail() -> None:
    yard = words.Yard(1)
    lengths = sorted(yard.output_length() for _ in range(20_000))

    assert lengths[len(lengths) // 2] < 2000
    assert lengths[-1] > 300_000
