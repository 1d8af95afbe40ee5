"""What is measured of each program: a cold index, its size, the planted words, queries in turns, the way of a line."""

from __future__ import annotations

import json
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent import futures
from typing import Any

from bench import measure
from bench.peers import kinds, programs
from bench.peers import place as places
from tests.builders import records, transcript

WORDS = 640
ROUNDS = 7
LINES = 3
QUESTIONS_S = 35.0
"""For so long a program is asked for planted words."""
CLASS_S = 3.0
"""For so long, about, it is asked for each class of query."""
LONGEST_S = 15.0
"""So long a line may need until it is found."""
USUAL = ("tests", "returns", "socket", "index", "order", "branch", "parser", "retry", "token", "commit")
CLASSES: dict[str, Callable[[random.Random, Sequence[str]], str]] = {
    "rare": lambda chance, planted: chance.choice(planted),
    "common": lambda chance, _: chance.choice(USUAL),
    "several": lambda chance, _: " ".join(chance.sample(USUAL, 3)),
    "absent": lambda chance, _: "qzabsent" + "".join(chance.choices("bcdfghjkmnp", k=6)),
}
Planted = dict[str, Any]
Save = Callable[[list[dict[str, Any]]], None]


def chosen(planted: list[Planted], count: int = WORDS) -> list[Planted]:
    """Return so many planted words, taken in turns from each surface, so that the rare surfaces count too."""
    by_surface: dict[str, list[Planted]] = {}
    for each in planted:
        by_surface.setdefault(each["surface"], []).append(each)
    turns = [
        each for place in range(len(planted)) for words in by_surface.values() for each in words[place : place + 1]
    ]
    return turns[:count]


def is_found(peer: programs.Peer, answer: str, each: Planted) -> bool:
    """Return whether an answer leads to where a word stands: it names the session, or the sub-agent's own id.

    Of a program that names none, the answer must hold the word.
    """
    if not peer.answers:
        return bool(answer)
    if not peer.names_sessions:
        return str(each["word"]) in answer
    session, _, agent = each["session"].partition("/")
    return session in answer or bool(agent and agent.removeprefix("agent-") in answer)


def recall(peer: programs.Peer, words: list[Planted], longest_s: float = QUESTIONS_S) -> dict[str, Any]:
    """Ask for each word until `longest_s` are over; return how many were found, and the surfaces that miss some.

    Words of all surfaces come in turns, so what is asked in a part of the time is a fair part.
    """
    begin = time.monotonic()

    def look(each: Planted) -> bool | None:
        late = time.monotonic() - begin >= longest_s
        return None if late else is_found(peer, peer.ask(each["word"]), each)

    asked: Counter[str] = Counter()
    found: Counter[str] = Counter()
    with futures.ThreadPoolExecutor(peer.at_once) as pool:
        for each, hit in zip(words, pool.map(look, words), strict=True):
            asked[each["surface"]] += hit is not None
            found[each["surface"]] += bool(hit)
    missing = {name: f"{found[name]}/{asked[name]}" for name in asked if found[name] < asked[name]}
    told = {"asked": asked.total(), "of": len(words), "found": found.total(), "missing": missing}
    return told | {"seconds": time.monotonic() - begin}


def latencies(peers: Sequence[programs.Peer], planted: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return the median milliseconds of each class of query for each program, asked in turns.

    The first answer warms up. It counts where it takes CLASS_S already; a program that has taken so long in a class
    is asked no more in it. One that fails is asked no more at all.
    """
    told: dict[str, dict[str, float]] = {peer.name: {} for peer in peers}
    going = list(peers)
    for name, make in CLASSES.items():
        chance = random.Random(name)
        taken: dict[str, list[float]] = {peer.name: [] for peer in going}
        for query in [make(chance, planted) for _ in range(ROUNDS + 1)]:
            for peer in [each for each in going if sum(taken[each.name]) < CLASS_S * 1000]:
                begin = time.perf_counter()
                try:
                    peer.ask(query)
                except Exception as error:
                    print(f"{peer.name}: {error!r}", flush=True)
                    going.remove(peer)
                taken[peer.name].append((time.perf_counter() - begin) * 1000)
        for peer in going:
            told[peer.name][name] = measure.median(taken[peer.name][1:] or taken[peer.name])
    return told


def way(place: places.Place, peer: programs.Peer, number: int) -> float:
    """Return the milliseconds from the write of a line to an answer that leads to it; LONGEST_S at most."""
    session = transcript.Session("/home/ada/live", session=records.uuid_of("live", peer.name, number))
    word = f"qzlive{peer.name.replace(' ', '').replace('-', '')}{chr(97 + number)}x".lower()
    session.prompt("Begin").reply("Yes").prompt("And then?").reply("So.").append(place.claude)
    peer.ask_fresh("begin")
    path = session.prompt(f"Look at {word} now").append(place.claude)
    begin = time.perf_counter()
    each = {"session": session.session, "word": word}
    try:
        while not is_found(peer, peer.ask_fresh(word), each):
            if time.perf_counter() - begin > LONGEST_S:
                return LONGEST_S * 1000
        return (time.perf_counter() - begin) * 1000
    finally:
        path.unlink()  # the next program meets the same transcripts


def ways_of(place: places.Place, peer: programs.Peer) -> float | None:
    """Return the median way of some lines; None where a line was not found in LONGEST_S."""
    taken: list[float] = []
    while len(taken) < LINES and sum(taken) < LONGEST_S * 1000:
        taken.append(way(place, peer, len(taken)))
        if taken[-1] >= LONGEST_S * 1000:
            return None
    return measure.median(taken)


def one(place: places.Place, peer: programs.Peer, words: list[Planted]) -> dict[str, Any]:
    """Index from nothing, look at the size, planted words and the way of a line; return what was found.

    Where a step fails, what was found until then is returned, with a sentence that says so.
    """
    told: dict[str, Any] = {"name": peer.name, "about": peer.about, "answers": peer.answers, "queries": {}}
    told |= {"code": 0, "cpu": 0.0, "wall": 0.0, "peak": 0, "size": 0, "recall": None, "append": None, "failed": None}
    try:
        done = peer.index()
        told |= {"code": done.code, "cpu": done.cpu, "wall": done.wall, "peak": done.peak, "size": peer.size()}
        if done.code == -signal.SIGKILL:
            return told | {"failed": f"its first index was ended after {places.LONGEST_INDEX_S:.0f} s"}
        peer.begin()
        told["recall"] = recall(peer, words)
        if peer.answers:
            told["append"] = ways_of(place, peer)
    except Exception as error:  # whatever one program does, the others are measured
        told["failed"] = f"{type(error).__name__}: {error}"
    finally:
        _end(peer)
    return told


def _begin(peer: programs.Peer) -> bool:
    """Start what a user would have running; return whether that went well."""
    try:
        peer.begin()
    except Exception as error:
        print(f"{peer.name}: {error!r}", flush=True)
        return False
    return True


def _end(peer: programs.Peer) -> None:
    """End it; what fails here is told and no more."""
    try:
        peer.end()
    except Exception as error:
        print(f"{peer.name}: {error!r}", flush=True)


def all_of(place: places.Place, planted: list[Planted], save: Save) -> list[dict[str, Any]]:
    """Measure every program, one after the other where it works for itself, in turns where it is asked.

    What is there so far goes to `save` after each program.
    """
    peers = kinds.there(place)
    words = chosen(planted)
    told: list[dict[str, Any]] = []
    for peer in peers:
        told.append(one(place, peer, words))
        print(json.dumps(told[-1]), flush=True)
        save(told)
    failed = {each["name"] for each in told if each["failed"]}
    asked = [peer for peer in peers if peer.answers and peer.name not in failed and _begin(peer)]
    try:
        times = latencies(asked, [each["word"] for each in words])
    finally:
        for peer in asked:
            _end(peer)
    for each in told:
        each["queries"] = times.get(each["name"], {})
    save(told)
    return told
