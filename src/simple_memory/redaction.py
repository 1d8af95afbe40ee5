"""Keys and tokens in a text, found and hidden; pure. Which surfaces hide them, and when not, is not decided here.

A rule is looked at only where one of its words stands, so that a text without secrets costs a few dozen substring
searches, and no expression is compiled before it is needed. Every expression is tried at that place alone and reads at
most some thousand characters on: time grows with the length of the text, whatever the text.
"""

from __future__ import annotations

import functools
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Span = tuple[int, int, str]
    """Where a secret stands in a text, and of what kind it is."""

CUT = "cut"
"""Kind of what may be the half of a secret: the last word of a line that is not finished."""
_FILLER = "~"
DROPPED = frozenset({"image", "output"})
"""Kinds of what was let go for its size: no secrets."""
_FILLED = r"\[(redacted|dropped)((?::[a-z-]+)?)~+\]"
_PASSES = 3
"""What stands beside a hidden secret may be one only then; more passes have never found anything."""
_SHORTEST = 8
_SHORT = 64
PLAIN = "0123456789abcdef-:.TZ"
"""What ids and times are made of; no word that a secret is told by is."""
_CUT_CHARS = 400
_START = r"(?:(?<![0-9A-Za-z])|(?<=\\[nrt]))"
"""A token begins here: after no letter or digit, or after an escaped line break or tab."""
_END = r"(?![0-9A-Za-z])"

_TOKENS = (
    ("age-key", "AGE-SECRET-KEY-1", "[0-9A-Z]{58}"),
    ("airtable-token", "pat", r"[0-9A-Za-z]{14}\.[0-9a-f]{64}"),
    ("anthropic-key", "sk-ant-", r"[\w-]{24,200}"),
    ("asana-token", "1/", "[0-9]{16}:[0-9a-f]{32}"),
    ("atlassian-token", "ATATT3", "[0-9A-Za-z_=-]{60,300}"),
    ("aws-key-id", "AKIA", "[2-7A-Z]{16}"),
    ("aws-key-id", "ASIA", "[2-7A-Z]{16}"),
    ("clojars-token", "CLOJARS_", "[0-9a-z]{60}"),
    ("cloudflare-key", "v1.0-", "[0-9a-f]{24}-[0-9a-f]{146}"),
    ("databricks-token", "dapi", "[0-9a-f]{32}(?:-[0-9])?"),
    ("digitalocean-token", "doo_v1_", "[0-9a-f]{64}"),
    ("digitalocean-token", "dop_v1_", "[0-9a-f]{64}"),
    ("digitalocean-token", "dor_v1_", "[0-9a-f]{64}"),
    ("docker-token", "dckr_pat_", r"[\w-]{27,64}"),
    ("doppler-token", "dp.", r"(?:pt|st|ct|sa|scim|audit)\.(?:[\w-]{1,32}\.)?[0-9A-Za-z]{40,44}"),
    ("flyio-token", "fo1_", r"[\w-]{43}"),
    ("github-token", "ghp_", "[0-9A-Za-z]{36,255}"),
    ("github-token", "gho_", "[0-9A-Za-z]{36,255}"),
    ("github-token", "ghu_", "[0-9A-Za-z]{36,255}"),
    ("github-token", "ghs_", "[0-9A-Za-z]{36,255}"),
    ("github-token", "ghr_", "[0-9A-Za-z]{36,255}"),
    ("github-token", "github_pat_", r"\w{50,255}"),
    ("gitlab-token", "glpat-", r"[\w-]{20,64}(?:\.[0-9a-z.]{4,40})?"),
    ("gitlab-token", "gldt-", r"[\w-]{20,64}"),
    ("gitlab-token", "glptt-", "[0-9a-f]{40}"),
    ("gitlab-token", "glrt-", r"[\w-]{20,64}"),
    ("google-key", "AIza", r"[\w-]{35}"),
    ("google-oauth", "GOCSPX-", r"[\w-]{28}"),
    ("google-oauth", "ya29.", r"[\w-]{20,1024}"),
    ("grafana-token", "glc_", "[0-9A-Za-z+/]{32,400}={0,2}"),
    ("grafana-token", "glsa_", "[0-9A-Za-z]{32}_[0-9a-f]{8}"),
    ("groq-key", "gsk_", "[0-9A-Za-z]{48,64}"),
    ("heroku-key", "HRKU-", r"[\w-]{36,64}"),
    ("huggingface-token", "hf_", "[0-9A-Za-z]{34,40}"),
    ("json-web-token", "eyJ", r"[\w-]{8,4000}+\.eyJ[\w-]{8,4000}+\.[\w-]{8,1024}"),
    ("linear-key", "lin_api_", "[0-9A-Za-z]{40}"),
    ("mailgun-key", "key-", "[0-9a-f]{32}"),
    ("new-relic-key", "NRAK-", "[0-9A-Z]{27}"),
    ("notion-token", "ntn_", "[0-9A-Za-z]{40,60}"),
    ("npm-token", "npm_", "[0-9A-Za-z]{36}"),
    ("openai-key", "sk-", r"(?:(?:proj|svcacct|admin|or-v1)-[\w-]{24,200}|(?=[A-Za-z]{0,40}[0-9])[0-9A-Za-z]{20,64})"),
    ("perplexity-key", "pplx-", "[0-9A-Za-z]{40,64}"),
    ("planetscale-token", "pscale_", r"(?:tkn|pw|oauth)_[\w.=-]{32,64}"),
    ("postman-key", "PMAK-", "[0-9a-f]{24}-[0-9a-f]{34}"),
    ("pypi-token", "pypi-AgE", r"[\w-]{50,1000}"),
    ("replicate-token", "r8_", "[0-9A-Za-z]{37}"),
    ("rubygems-key", "rubygems_", "[0-9a-f]{48}"),
    ("sendgrid-key", "SG.", r"[\w-]{22}\.[\w-]{43}"),
    ("sentry-token", "sntrys_", "eyJ[0-9A-Za-z+/=_-]{40,1000}"),
    ("sentry-token", "sntryu_", "[0-9a-f]{64}"),
    ("shopify-token", "shp", "(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}"),
    ("slack-token", "xapp-", "[0-9]-[0-9A-Za-z-]{10,250}"),
    ("slack-token", "xox", "[abeoprs]-[0-9A-Za-z-]{10,250}"),
    ("slack-webhook", "hooks.slack.com/", r"(?:services|workflows|triggers)/[\w+/-]{30,120}"),
    ("discord-webhook", "/api/webhooks/", r"[0-9]{17,20}/[\w-]{60,80}"),
    ("square-token", "sq0", r"(?:atp-[\w-]{22}|csp-[\w-]{43})"),
    ("stripe-key", "sk_", "(?:live|test|prod)_[0-9A-Za-z]{16,247}"),
    ("stripe-key", "rk_", "(?:live|test|prod)_[0-9A-Za-z]{16,247}"),
    ("stripe-secret", "whsec_", "[0-9A-Za-z+/]{24,64}={0,2}"),
    ("supabase-token", "sbp_", "[0-9a-f]{40}"),
    ("twilio-key", "SK", "[0-9a-f]{32}"),
    ("vault-token", "hvs.", r"[\w-]{24,200}"),
    ("vault-token", "hvb.", r"[\w-]{24,400}"),
    ("xai-key", "xai-", "[0-9A-Za-z]{70,100}"),
)
"""Tokens that tell themselves by their beginning: kind, beginning, and what must follow."""

_WITHIN = (
    ("azure-secret", "8Q~", 3, r"[\w.~-]{3}8Q~[\w.~-]{31,34}"),
    ("mailchimp-key", "-us", 32, "[0-9a-f]{32}-us[0-9]{1,2}"),
    ("telegram-token", ":AA", 10, r"[0-9]{8,10}:AA[\w-]{32,33}"),
    ("terraform-token", ".atlasv1.", 14, r"[0-9A-Za-z]{14}\.atlasv1\.[\w-]{60,70}"),
)
"""Tokens that tell themselves by what stands inside: kind, that, characters before it at most, and the whole."""

_SEPARATOR = r"""(?:[\s+>|"',]|\\+[nrt"]|[0-9]{1,6}(?:→|\t|\\t))*+"""
"""What may stand between the lines of a private key: line ends, also escaped, quotes, line numbers of a listing."""
_PRIVATE_KEY = (
    r"-----BEGIN (?:[0-9A-Z]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    rf"(?:{_SEPARATOR}(?:[0-9A-Za-z+/=]{{16,}}+|(?:Proc-Type|DEK-Info|Version|Comment): ?[\w, .-]{{1,80}}))++"
    rf"(?:{_SEPARATOR}[0-9A-Za-z+/=]{{1,80}}+)?+"
    rf"(?:{_SEPARATOR}-----END [0-9A-Z ]{{1,50}}-----)?"
)

_VALUE = r"""(?P<secret>[^\s"'`\\,;<>(){}\[\]…]{6,512}+)"""
_QUOTE = r"(?:\\{0,15}[\"'`])?"
_ASSIGNED = (
    r"(?:password|passwd|passphrase|pwd|secret|token|credential|api[_-]?key|access[_-]?key|account[_-]?key"
    r"|private[_-]?key|auth[_-]?key|signing[_-]?key|encryption[_-]?key)"
    rf"(?:[_-][A-Za-z_-]{{1,24}}|(?-i:[A-Z][A-Za-z]{{1,24}}))?{_QUOTE}\s{{0,4}}(?:=>|:=|[=:])\s{{0,4}}{_QUOTE}{_VALUE}"
)
_ASSIGNED_WORDS = ("passw", "passphrase", "pwd", "secret", "token", "credential", "key")
_KEYS_NAMED = ("api", "access", "account", "private", "auth", "signing", "encryption")
_BEFORE_KEY = 11
"""Characters of a name before its "key", at most: "encryption_"."""
_BEARER = r"(?:bearer|basic)\s{1,3}(?P<secret>[0-9A-Za-z._~+/=-]{16,4096}+)"
_URL = r"://[^\s:/?#@\"'<>\[\]\\]{0,64}+:(?P<secret>[^\s:/?#@\"'<>{}()\[\]\\$]{3,128}+)@(?=[\w.-])"
_CUT = r"[\w.-]{4,200}+…?\Z"
"""What stands after the beginning of a token where the text was cut inside it."""
_MADE_UP = (
    "example",
    "placeholder",
    "changeme",
    "your",
    "dummy",
    "xxxx",
    "****",
    "....",
    "redacted",
    "process.env",
    "12345678",
)
"""What stands in values that are no secrets."""
_WEAK = frozenset(
    {"pass", "password", "passwd", "pwd", "secret", "postgres", "root", "admin", "user", "test", "token", "guest"}
)
"""Passwords in addresses that only documentation and test set-ups have."""

KINDS = tuple(
    dict.fromkeys(
        (
            *(rule[0] for rule in (*_TOKENS, *_WITHIN)),
            "private-key",
            "password",
            "secret",
            "bearer-token",
            "url-password",
        )
    )
)
"""Every kind of secret that is found."""


def mark(kind: str, length: int) -> bytes:
    """Return what stands for a secret, or for what was dropped, of `length` bytes: as many, in ASCII.

    So all else keeps its place.
    """
    word = "dropped" if kind in DROPPED else "redacted"
    for whole in (f"[{word}:{kind}", f"[{word}"):
        if len(whole) < length:
            return f"{whole:{_FILLER}<{length - 1}}]".encode("ascii")
    return b"*" * length


def redact(text: str) -> str:
    """Return `text` with `[redacted:KIND]` in the place of every secret that is found; the rest is as it was."""
    if "~]" in text:
        text = _compiled(_FILLED).sub(r"[\1\2]", text)  # what has a mark in the archive already
    for _ in range(_PASSES):
        spans = find(text)
        if not spans:
            break
        pieces: list[str] = []
        at = 0
        for start, end, kind in spans:
            pieces += (text[at:start], f"[redacted:{kind}]")
            at = end
        pieces.append(text[at:])
        text = "".join(pieces)
    return text


@functools.lru_cache(maxsize=2048)
def _redact_short(text: str) -> str:
    """Redact what is short, such as names and roles: the same ones come again with each hit."""
    return redact(text)


def hide(value: Any) -> Any:
    """Return `value` with every text in it redacted: a text, or tuples, lists and dictionaries of such."""
    if isinstance(value, str):
        if not value.strip(PLAIN):
            return value
        return _redact_short(value) if len(value) <= _SHORT else redact(value)
    if isinstance(value, tuple):
        inner = [hide(each) for each in value]
        make = getattr(value, "_make", tuple)
        return make(inner)
    if isinstance(value, list):
        return [hide(each) for each in value]
    if isinstance(value, dict):
        return {key: hide(each) for key, each in value.items()}
    return value


def find(text: str) -> list[Span]:
    """Return the secrets in `text`, in order, none over another."""
    if len(text) < _SHORTEST:
        return []
    found = [
        *_find_tokens(text),
        *_find_within(text),
        *_find_private_keys(text),
        *_find_named(text),
    ]
    found.sort(key=lambda span: (span[0], -span[1]))
    kept: list[Span] = []
    for span in found:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
        elif span[1] > kept[-1][1]:
            start, _, kind = kept.pop()
            kept.append((start, span[1], kind))
    return kept


def _find_tokens(text: str) -> Iterator[Span]:
    for kind, word, rest in _TOKENS:
        place = text.find(word)
        while place >= 0:
            after = place + len(word)
            match = _compiled(_START + re.escape(word) + rest + _END).match(text, place)
            if match is None and len(text) - after <= _CUT_CHARS and len(word) > 3:
                match = _compiled(_START + re.escape(word) + _CUT).match(text, place)
            if match is not None:
                yield place, match.end(), kind
                after = match.end()
            place = text.find(word, after)


def _find_within(text: str) -> Iterator[Span]:
    for kind, word, before, whole in _WITHIN:
        for place in _places(text, word):
            start = max(0, place - before)
            match = _compiled(_START + whole + _END).search(text, start, place + len(word) + _CUT_CHARS)
            if match is not None and match.start() <= place:
                yield match.start(), match.end(), kind


def _find_private_keys(text: str) -> Iterator[Span]:
    end = 0
    for place in _places(text, "-----BEGIN "):
        match = _compiled(_PRIVATE_KEY).match(text, place) if place >= end else None
        if match is not None:
            end = match.end()
            yield place, end, "private-key"


def _find_named(text: str) -> Iterator[Span]:
    """Find values that only what stands before them tells: names, headers, addresses."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few capitals have longer small letters
        lowered = "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
    for word in _ASSIGNED_WORDS:
        for place in _places(lowered, word):
            yield from _assigned(text, lowered, word, place)
    yield from _in_headers(text, lowered)
    yield from _in_addresses(text)


def _in_headers(text: str, lowered: str) -> Iterator[Span]:
    for word in ("bearer ", "basic "):
        for place in _places(lowered, word):
            match = _compiled("(?i)" + _BEARER).match(text, place)
            if match and _is_random(match["secret"], 16):
                yield *match.span("secret"), "bearer-token"


def _in_addresses(text: str) -> Iterator[Span]:
    for place in _places(text, "://"):
        match = _compiled(_URL).match(text, place)
        if match and match["secret"].lower() not in _WEAK and not _is_made_up(match["secret"]):
            yield *match.span("secret"), "url-password"


def _assigned(text: str, lowered: str, word: str, place: int) -> Iterator[Span]:
    near = text[place : place + 48]
    if "=" not in near and ":" not in near:
        return
    start = _start_of_key(lowered, place) if word == "key" else place
    match = None if start is None else _compiled("(?i)" + _ASSIGNED).match(text, start)
    if match is None or _goes_on_as_code(text, match.end()):
        return
    secret = match["secret"]
    if lowered.startswith(("pass", "pwd"), match.start()):
        if _is_password(secret):
            yield *match.span("secret"), "password"
    elif _is_random(secret, 16):
        yield *match.span("secret"), "secret"


def _start_of_key(lowered: str, place: int) -> int | None:
    """Return where a name such as "api_key" begins whose "key" stands at `place`; None for other keys."""
    before = lowered[max(0, place - _BEFORE_KEY) : place]
    if before.endswith(("_", "-")):
        before = before[:-1]
        place -= 1
    return next((place - len(name) for name in _KEYS_NAMED if before.endswith(name)), None)


def _goes_on_as_code(text: str, end: int) -> bool:
    return text[end : end + 1] in {"(", "["} or text[end : end + 2] == "{{"


def _is_password(value: str) -> bool:
    has_letter = any(letter.isalpha() for letter in value)
    has_other = any(not letter.isalpha() and letter not in "._-$&|:/" for letter in value)
    return has_letter and has_other and not value.startswith("$") and not _is_made_up(value)


def _is_random(value: str, shortest: int) -> bool:
    """Return whether a value looks drawn rather than written: long, of many characters, digits among the letters."""
    if len(value) < shortest or _is_made_up(value) or value.startswith(("$", "/", "./", "~", "http")):
        return False
    digits = sum(letter.isdigit() for letter in value)
    letters = sum(letter.isalpha() for letter in value)
    return digits >= 2 and letters >= 4 and len(set(value)) >= 9 and _has_no_words(value)


def _has_no_words(value: str) -> bool:
    """Return whether a value is no chain of words such as "fetch-user-by-id-v2": digits stand in most of its parts."""
    parts = _compiled("[^0-9A-Za-z]+").split(value.strip("=-_."))
    mixed = sum(len(part) for part in parts if any(letter.isdigit() for letter in part) or len(part) > 20)
    return mixed * 2 >= len(value)


def _is_made_up(value: str) -> bool:
    lowered = value.lower()
    return any(word in lowered for word in _MADE_UP) or len(set(lowered)) <= 3


def _places(text: str, word: str) -> Iterator[int]:
    place = text.find(word)
    while place >= 0:
        yield place
        place = text.find(word, place + len(word))


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
