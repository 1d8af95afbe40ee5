"""Text by the yard: prose and code of any length, the same for the same seed."""

from __future__ import annotations

import math
import random

WORDS = """
we the a to of is in it for that on with this not are when after before but if then so because
should could must never always maybe still only again first last next same other every
add adds added broken change changes check checks fails failed fix fixed move moves moved keep keeps drop drops rename
load loads open opened close closed read reads write writes parse parses send sends wait waits return returns
basket invoice customer order price discount stock warehouse parcel courier refund receipt ledger payment shelf
parser compiler grammar token scanner lexer visitor resolver linker emitter opcode stack heap arena
socket gateway router balancer replica shard quorum leader follower snapshot journal segment bloom compaction
canvas sprite shader texture vertex matrix quaternion collision tilemap camera particle
sensor thermostat humidity barometer antenna firmware bootloader watchdog interrupt register voltage
tests timeout retry backoff deadline budget latency throughput percentile histogram regression flaky
branch commit rebase review comment merge release tag hotfix rollback deploy canary migration schema column index
""".split()  # noqa: SIM905
_STRANGE = (
    "crème brûlée", "検索できない", "поиск не находит", "المخزن فارغ", "한글 검색", "🧭🗂️ done",
    "a\u0301 with a mark", "x\u2028y",
    "\u202eabc\u202c", "camelCaseName", "snake_case_name", "src/lib/x.ts:14", "C# & F#", "50 % off", "back\\slash",
    'say "hi"', "nul\u0000",
)  # fmt: skip
_CODE = (
    "def {a}_{b}({c}, limit={n}):",
    "    return {a}.{b}({c})[:{n}]",
    "    if {a} is None or {b} > {n}:",
    "        raise LookupError('no {a} for {b}')",
    "let {a} = await {b}.{c}({n});",
    "export const {a}{n} = ({b}) => {b}.{c};",
    "UPDATE {a} SET {b} = {n} WHERE {c} IS NULL;",
    "{n}: {a}/{b}.rs: {c} moved here",
    "ok {n} - {a} {b} {c}",
    "not ok {n} - {a} waits for {b}",
    "+  {a}: {n}",
    "-  {a}: {b}",
    "2026-01-05 09:{n:04d} ERROR {a} {b}: {c}",
    "",
    "}}",
)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


class Yard:
    """Two long texts to cut pieces from, and numbers with the tails that real transcripts have."""

    def __init__(self, seed: int) -> None:
        """Write the two texts."""
        self.random = random.Random(seed)
        weights = [1 / (rank + 4) for rank in range(len(WORDS))]
        self._prose = self._write_prose(self.random.choices(WORDS, weights, k=120_000))
        self._code = self._write_code(20_000)

    def _write_prose(self, words: list[str]) -> str:
        for place in range(11, len(words), 13):
            words[place] += self.random.choice((".", ".", ",", "?", ".\n", ".\n\n"))
        for place in range(0, len(words), 211):
            words[place] = self.random.choice(_STRANGE)
        return " ".join(words)

    def _write_code(self, count: int) -> str:
        lines = []
        for _ in range(count):
            a, b, c = self.random.choices(WORDS, k=3)
            lines.append(self.random.choice(_CODE).format(a=a, b=b, c=c, n=self.random.randrange(9999)))
        return "\n".join(lines)

    def prose(self, length: int) -> str:
        """Return about `length` characters of sentences."""
        return self._cut(self._prose, length).strip() or "go on"

    def code(self, length: int) -> str:
        """Return about `length` characters of code and of what programs print."""
        return self._cut(self._code, length)

    def name(self) -> str:
        """Return one word."""
        return self.random.choice(WORDS)

    def _cut(self, text: str, length: int) -> str:
        if length >= len(text):
            return text * (length // len(text)) + text[: length % len(text)]
        begin = int(self.random.random() * (len(text) - length))
        return text[begin : begin + length]

    def length(self, middle: float, spread: float, most: int) -> int:
        """Return a log-normal number around `middle`, at most `most`."""
        return min(most, max(2, int(self.random.lognormvariate(math.log(middle), spread))))

    def output_length(self) -> int:
        """Return the length of a tool's output: mostly short, one in 250 of a tail up to 2 million."""
        if self.random.random() < 0.004:
            return min(2_000_000, int(30_000 * self.random.paretovariate(0.8)))
        return self.length(600, 1.6, 100_000)

    def bytes(self, length: int) -> bytes:
        """Return bytes that do not compress: an image, say."""
        return self.random.randbytes(length)


def planted_word(surface: str, number: int) -> str:
    """Return a word that stands nowhere else: letters only, and no ending that a stemmer would cut."""
    digits = ""
    for _ in range(5):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return f"qz{surface.replace('_', '')}{digits}x"
