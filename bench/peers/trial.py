"""What is measured of each program: a cold index, its size, the planted words, queries in turns, the way of a line."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from bench import measure
from bench.peers import newer, programs
from bench.peers import place as places
from tests.builders import records, transcript

WORDS = 640
ROUNDS = 7
LINES = 5
LONGEST_S = 15.0
USUAL = ("tests", "returns", "socket", "index", "order", "branch", "parser", "retry", "token", "commit")
CLASSES: dict[str, Callable[[random.Random, Sequence[str]], str]] = {
    "rare": lambda chance, planted: chance.choice(planted),
    "common": lambda chance, _: chance.choice(USUAL),
    "several": lambda chance, _: " ".join(chance.sample(USUAL, 3)),
    "absent": lambda chance, _: "qzabsent" + "".join(chance.choices("bcdfghjkmnp", k=6)),
}
Planted = dict[str, Any]


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


def recall(peer: programs.Peer, words: list[Planted]) -> dict[str, Any]:
    """Ask for each word; return how many are found, and the surfaces that miss some."""
    asked: dict[str, int] = {}
    found: dict[str, int] = {}
    for each in words:
        surface = each["surface"]
        asked[surface] = asked.get(surface, 0) + 1
        found[surface] = found.get(surface, 0) + is_found(peer, peer.ask(each["word"]), each)
    missing = {name: f"{found[name]}/{asked[name]}" for name in asked if found[name] < asked[name]}
    return {"asked": len(words), "found": sum(found.values()), "missing": missing}


def latencies(peers: Sequence[programs.Peer], planted: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return the median milliseconds of each class of query for each program, asked in turns."""
    told: dict[str, dict[str, float]] = {peer.name: {} for peer in peers}
    for name, make in CLASSES.items():
        chance = random.Random(name)
        queries = [make(chance, planted) for _ in range(ROUNDS)]
        for peer in peers:
            peer.ask(queries[0])
        taken: dict[str, list[float]] = {peer.name: [] for peer in peers}
        for query in queries:
            for peer in peers:
                begin = time.perf_counter()
                peer.ask(query)
                taken[peer.name].append((time.perf_counter() - begin) * 1000)
        for peer in peers:
            told[peer.name][name] = measure.median(taken[peer.name])
    return told


def way(place: places.Place, peer: programs.Peer, number: int) -> float:
    """Return the milliseconds from the write of a line to an answer that leads to it; LONGEST_S at most."""
    session = transcript.Session("/home/ada/live", session=records.uuid_of("live", peer.name, number))
    word = f"qzlive{peer.name.replace(' ', '').replace('-', '')}{chr(97 + number)}x".lower()
    session.prompt("Begin").reply("Yes").prompt("And then?").reply("So.").append(place.claude)
    peer.ask_fresh("begin")
    session.prompt(f"Look at {word} now").append(place.claude)
    begin = time.perf_counter()
    each = {"session": session.session, "word": word}
    while not is_found(peer, peer.ask_fresh(word), each):
        if time.perf_counter() - begin > LONGEST_S:
            return LONGEST_S * 1000
    return (time.perf_counter() - begin) * 1000


def ways_of(place: places.Place, peer: programs.Peer) -> float | None:
    """Return the median way of some lines; None where a line was not found in LONGEST_S."""
    taken: list[float] = []
    while len(taken) < LINES:
        taken.append(way(place, peer, len(taken)))
        if taken[-1] >= LONGEST_S * 1000:
            return None
    return measure.median(taken)


def one(peer: programs.Peer, words: list[Planted]) -> dict[str, Any]:
    """Index from nothing, look at size and planted words; return what was found."""
    done = peer.index()
    told: dict[str, Any] = {
        "name": peer.name, "about": peer.about, "answers": peer.answers, "code": done.code,
        "cpu": done.cpu, "wall": done.wall, "peak": done.peak, "size": peer.size(),
    }  # fmt: skip
    peer.begin()
    try:
        return told | {"recall": recall(peer, words)}
    finally:
        peer.end()


def all_of(place: places.Place, planted: list[Planted]) -> list[dict[str, Any]]:
    """Measure every program, one after the other where it works for itself, in turns where it is asked."""
    peers = newer.all_of(place)
    words = chosen(planted)
    told = []
    for peer in peers:
        told.append(one(peer, words))
        print(json.dumps(told[-1]), flush=True)
    asked = [peer for peer in peers if peer.answers]
    for peer in asked:
        peer.begin()
    try:
        times = latencies(asked, [each["word"] for each in words])
        ways = {peer.name: ways_of(place, peer) for peer in asked}
    finally:
        for peer in asked:
            peer.end()
    for each in told:
        each["queries"], each["append"] = times.get(each["name"], {}), ways.get(each["name"])
    return told
