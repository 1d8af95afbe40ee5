"""Keys and tokens: each kind is found, wherever it stands; ordinary text stays as it is; time stays linear."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simple_memory import redaction
from tests import secrets_planted as planted
from tests.builders import corpus

REAL = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "real"
_WORDS = sorted({rule[1] for rule in (*redaction._TOKENS, *redaction._WITHIN)})
_PIECES = [
    *_WORDS,
    *map(planted.told, planted.SECRETS),
    "password=",
    "key: ",
    "://a:",
    "@b",
    "[redacted:x]",
    "\\n",
    '"',
    "…",
]


def test_every_kind_has_a_planted_secret() -> None:
    assert set(planted.SECRETS) == set(redaction.KINDS)
    assert len(redaction.KINDS) >= 50


@pytest.mark.parametrize("kind", sorted(planted.SECRETS))
def test_a_secret_is_found_in_prose_in_json_and_in_a_listing_and_nothing_else_goes(kind: str) -> None:
    secret, sentence = planted.SECRETS[kind], planted.told(kind)
    hidden = redaction.redact(sentence)
    assert secret not in hidden
    assert hidden == sentence.replace(secret, f"[redacted:{kind}]")
    for said in (f"first\n{sentence}\nlast", f"({sentence})", f"   12→{sentence}", f"x\t{sentence}"):
        whole = json.dumps({"command": said})
        for text in (said, whole, json.dumps(whole)):
            for line in secret.split("\n"):
                assert line not in redaction.redact(text)
        assert isinstance(json.loads(redaction.redact(whole)), dict)


@pytest.mark.parametrize(
    "kind", ["anthropic-key", "aws-key-id", "github-token", "google-key", "stripe-secret", "vault-token"]
)
def test_a_token_that_is_cut_at_the_end_of_a_text_is_hidden_as_well(kind: str) -> None:
    secret = planted.SECRETS[kind]
    cut = secret[: len(secret) - 8]
    for end in ("", "…"):
        assert cut not in redaction.redact(f"use {cut}{end}")


def test_a_private_key_in_a_listing_with_line_numbers_is_hidden_whole() -> None:
    lines = planted.SECRETS["private-key"].split("\n")
    listing = "\n".join(f"{number:6}→{line}" for number, line in enumerate(lines, start=1))
    hidden = redaction.redact(listing + "\n     9→done")
    assert not any(line in hidden for line in lines[1:-1])
    assert hidden.endswith("done")


@pytest.mark.parametrize(
    "text",
    [
        'password = request.form["password"]',
        "password: string;",
        'const token = process.env.GITHUB_TOKEN ?? "";',
        "api_key = os.environ['OPENAI_API_KEY']",
        "GITHUB_TOKEN=ghp_xxx node dist/find.js",
        'password: "{{.Env.MACOS_SIGN_PASSWORD}}"',
        "password: configService.get('REDIS_PASSWORD', undefined)",
        "secret_key: ${SECRET_KEY}",
        "max_tokens: 4096, input_tokens=120000000000000000",
        "cache_key = f'user-profile-{user_id}-settings-v2'",
        "primary_key=True, foreign_key='orders.customer_id'",
        "if line.startswith('-----BEGIN RSA PRIVATE KEY-----'):",
        "git show 3f786850e387550fdab836ed7e6dc881de23001b",
        "session 4a294a83-81d2-4c7b-9c1c-0d9b4c3f2a10",
        "https://example.com:8080/path?x=1 and me@example.com",
        "the key: it does not matter, the token: neither",
        "token: <your-token-here-1234567890>",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redaction.redact(text) == text


def test_nothing_is_hidden_in_generated_conversations(tmp_path: Path) -> None:
    corpus.Corpus(seed=5).write(tmp_path, sessions=6, messages=600)
    alarms = []
    for path in tmp_path.rglob("*.jsonl"):
        text = path.read_text(encoding="utf-8")
        alarms += [text[start:end] for start, end, _ in redaction.find(text)]
    assert alarms == []


@pytest.mark.skipif(not REAL.is_dir(), reason="the corpus of real transcripts is not here")
def test_at_most_one_false_alarm_in_a_million_characters_of_real_transcripts() -> None:
    characters = alarms = 0
    for path in sorted(REAL.rglob("*.jsonl")):
        text = path.read_bytes().decode("utf-8", "replace")
        characters += len(text)
        alarms += len(redaction.find(text))
    assert characters > 1_000_000
    assert alarms <= characters / 1_000_000


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=20)), max_size=12).map("".join))
def test_redaction_never_fails_and_doing_it_twice_changes_nothing(text: str) -> None:
    once = redaction.redact(text)
    assert redaction.redact(once) == once


@pytest.mark.parametrize("fill", ["", "a", "1", "-", "A1"])
def test_time_grows_with_the_length_of_the_worst_texts_and_no_faster(fill: str) -> None:
    starts = [*_WORDS, "-----BEGIN PRIVATE KEY-----\n", "bearer ", "://a:", "password=", "api_key: ", "eyJabcdefgh.eyJ"]
    for start in starts:
        started = time.perf_counter()
        redaction.redact((start + fill) * (50_000 // len(start + fill)))
        assert time.perf_counter() - started < 2.0, start


def test_hide_goes_into_rows_and_keeps_their_kind() -> None:
    secret = planted.SECRETS["github-token"]
    assert redaction.hide({"a": [secret, 1, None, ("x", secret)]}) == {
        "a": ["[redacted:github-token]", 1, None, ("x", "[redacted:github-token]")]
    }


@given(st.text(redaction.PLAIN, max_size=200))
def test_ids_and_times_hold_no_secret_and_are_not_looked_through(text: str) -> None:
    assert redaction.find(text) == []


@pytest.mark.parametrize("word", [*_WORDS, *redaction._ASSIGNED_WORDS, "bearer ", "basic ", "://", "-----BEGIN "])
def test_every_word_that_tells_of_a_secret_has_a_letter_that_ids_and_times_lack(word: str) -> None:
    assert word.strip(redaction.PLAIN)
