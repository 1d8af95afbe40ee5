"""What a store tells depends on what was read alone, never on the order in which it was read."""

from __future__ import annotations

import os
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import corpus, records, transcript
from tests.sync import stores, tangle


def one_shot(tmp_path: Path, claude: Path) -> stores.Told:
    return stores.once(tmp_path / "one-shot", claude)[0]


def same_mtimes(claude: Path, order: dict[str, int]) -> None:
    for path, seconds in order.items():
        os.utime(path, (1_700_000_000 + seconds, 1_700_000_000 + seconds))


def make_family(claude: Path) -> None:
    """Sessions that have everything to do with each other."""
    first = transcript.Session(session=records.uuid_of(1)).prompt("Where is the basket?").thinking("Hm.")
    first.tool("Bash", {"command": "ls"}, result="a b").call("Read", {"file_path": "/home/ada/shop/a.py"})
    torn_off = first.fork(session=records.uuid_of(2))  # between a call and its result
    first.result("in both").reply("There.").system("informational", "a note").attachment(
        "file", filename="a", content="b"
    )
    whole = first.fork(session=records.uuid_of(3))
    by_sdk = first.fork_by_sdk(session=records.uuid_of(4))
    of_a_fork = whole.fork(session=records.uuid_of(5))
    first.prompt("And now?").reply("Done.").title("The first")
    torn_off.open_calls = [("toolu_" + records.uuid_of("call", 9).replace("-", "")[:22], "Read", {})]
    torn_off.user(
        [records.tool_result("interrupted", call=last_call(torn_off))], "tool_result", toolUseResult="interrupted"
    )
    torn_off.prompt("Otherwise?").reply("Otherwise.").summary("what the first is about", leaf=first.written[0]["uuid"])
    whole.prompt("Third way").tool("Bash", {"command": "pwd"}, result="/").reply("So.").ai_title("Third")
    by_sdk.prompt("Fourth way").reply("Yes.").title("The first (fork)")
    of_a_fork.summary("what the third is about", leaf=whole.leaf).prompt("Fifth way").reply("Yes.")
    delegating = transcript.Session(session=records.uuid_of(6)).prompt("Look")
    for layout in ("folder", "flat", "inline", "workflow"):
        delegating = (
            delegating.delegate(layout, f"Look at {layout}", layout=layout).tool("Grep", {"pattern": "x"}).report("ok")
        )
    delegating.reply("Looked.").offloaded("make", "word " * 3000)
    for session in (first, torn_off, whole, by_sdk, of_a_fork, delegating):
        session.write(claude)


def last_call(session: transcript.Session) -> str:
    call = session.written[-1]["message"]["content"][0]["id"]
    assert isinstance(call, str)
    return call


def make_session_in_two_folders(claude: Path) -> None:
    """One session whose transcripts lie in two folders, as a moved worktree leaves it."""
    name = records.uuid_of("two folders")
    here = transcript.Session("/home/ada/shop", session=name, branch="main").prompt("First").reply("One.").title("Here")
    there = transcript.Session(
        "/home/ada/shop-wt", session=name, branch="topic", model="claude-opus-4-5", version="2.1.221"
    )
    there.time = here.time
    there._made = 1000
    there.prompt("Second").reply("Two.").title("There")
    here.write(claude)
    there.write(claude)


def make_corpus(claude: Path) -> None:
    corpus.Corpus(seed=5, bad_lines=0.02, images=False).write(claude, sessions=40, messages=900)


WORLDS = {"family": make_family, "two folders": make_session_in_two_folders, "corpus": make_corpus}
ORDERS = ("oldest first", "newest first", "by name", "random 1", "random 2", "random 3")


def in_order(paths: list[str], order: str) -> list[str]:
    if order.startswith("random"):
        return random.Random(order).sample(paths, len(paths))
    return paths[::-1] if order == "newest first" else paths


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.fault("T9")
def test_a_store_that_reads_file_by_file_in_any_order_tells_the_same(tmp_path: Path, world: str, order: str) -> None:
    WORLDS[world](tmp_path / "claude")
    wanted = one_shot(tmp_path, tmp_path / "claude")

    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        for path in in_order(sorted(stores.every_file(tmp_path / "claude")), order):
            memory.note(path)
        stores.assert_counts_hold(memory)
        found = memory.tell()

    stores.assert_same(found, wanted)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("world", WORLDS)
def test_a_store_that_reads_all_files_in_one_pass_in_any_order_tells_the_same(
    tmp_path: Path, world: str, order: str
) -> None:
    WORLDS[world](tmp_path / "claude")
    wanted = one_shot(tmp_path, tmp_path / "claude")
    paths = in_order(sorted(stores.every_file(tmp_path / "claude")), order)
    same_mtimes(tmp_path / "claude", {path: -number for number, path in enumerate(paths)})

    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        memory.sync()
        stores.assert_counts_hold(memory)
        found = memory.tell()

    stores.assert_same(found, wanted)


@pytest.mark.parametrize("world", WORLDS)
def test_a_store_that_reads_every_file_in_two_halves_tells_the_same(tmp_path: Path, world: str) -> None:
    WORLDS[world](tmp_path / "claude")
    wanted = one_shot(tmp_path, tmp_path / "claude")
    whole = stores.every_file(tmp_path / "claude")

    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        for path, content in whole.items():
            Path(path).write_bytes(content[: len(content) // 2])
        memory.sync()
        memory.restart()
        for path, content in whole.items():
            with Path(path).open("ab") as file:
                file.write(content[len(content) // 2 :])
        memory.sync()
        stores.assert_counts_hold(memory)
        found = memory.tell()

    half_files = {path for path in whole if not path.endswith(".jsonl")}
    stores.assert_same(without_generations(found, half_files), without_generations(wanted, half_files))


def without_generations(told: stores.Told, paths: set[str]) -> stores.Told:
    """Leave out how often a file that is replaced as a whole was read."""
    rows = [(*row[:5], None, *row[6:]) if row[1] in paths else row for row in told["transcripts"]]
    counter = [row[:-1] for row in told["counter"]]
    kinds = [row for row in told["record_kind"] if row[1] not in {"tool-results", "agent-meta"}]
    return {**told, "transcripts": rows, "counter": counter, "record_kind": kinds}


def test_a_second_pass_changes_nothing(tmp_path: Path) -> None:
    make_family(tmp_path / "claude")
    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        first = memory.sync().tell()
        memory.restart()
        again = memory.sync().tell()
        verified = memory.sync(verify=True).tell()

    assert first == again == verified


def test_a_message_that_comes_late_and_is_early_changes_where_shared_ones_count(tmp_path: Path) -> None:
    claude = tmp_path / "claude"
    first = transcript.Session(session=records.uuid_of("b")).prompt("Shared").reply("Yes.")
    fork = first.fork(session=records.uuid_of("a"))
    first.prompt("Goes on first").write(claude)
    fork.time += 10 * fork.step
    fork.prompt("Goes on later").write(claude)
    with stores.Memory(tmp_path, claude) as memory:
        assert memory.sync().ask("SELECT session, messages FROM sessions ORDER BY 1")[0][1] == 1
        fork.time -= 20 * fork.step
        fork.prompt("Was said before all").append(claude)
        found = memory.sync().tell()
        stores.assert_counts_hold(memory)
    wanted = one_shot(tmp_path, claude)
    stores.assert_same(found, wanted)
    assert sorted(row[8] for row in wanted["sessions"]) == [1, 4]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000), chance=st.randoms(use_true_random=False))
def test_any_tangle_read_in_any_order_of_pieces_tells_the_same(seed: int, chance: random.Random) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root, claude = Path(folder), Path(folder) / "claude"
        tangle.write(claude, seed)
        whole = {Path(path): content for path, content in stores.every_file(claude).items() if path.endswith(".jsonl")}
        steps = [(path, share) for path in whole for share in (chance.random(), 1.0)]
        chance.shuffle(steps)
        for path in whole:
            path.write_bytes(b"")
        with stores.Memory(root, claude) as memory:
            for path, share in steps:
                content = whole[path][: int(len(whole[path]) * share)]
                if len(content) > path.stat().st_size:
                    with path.open("ab") as file:
                        file.write(content[path.stat().st_size :])
                    memory.note(path)
            found = memory.sync().tell()
            stores.assert_counts_hold(memory)
        stores.assert_same(found, one_shot(root, claude))
