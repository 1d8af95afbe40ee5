"""One made-up secret of each kind, put together here so that no file holds one whole. Not a test."""

from __future__ import annotations

import random
import string

_HEX = "0123456789abcdef"
_ALNUM = string.ascii_letters + string.digits


def _drawn(letters: str, length: int, seed: int = 7) -> str:
    drawn = random.Random(f"{letters}{length}{seed}")
    return "A1b2"[: min(4, length)] * (letters is _ALNUM) + "".join(
        drawn.choice(letters) for _ in range(length - (4 if letters is _ALNUM else 0))
    )


def hexed(length: int) -> str:
    """Return so many drawn hexadecimal digits."""
    return _drawn(_HEX, length)


def mixed(length: int) -> str:
    """Return so many drawn letters and digits."""
    return _drawn(_ALNUM, length)


def upper(length: int) -> str:
    """Return so many drawn capitals and digits that base 32 has."""
    return _drawn(string.ascii_uppercase + "234567", length)


def digits(length: int) -> str:
    """Return so many drawn digits."""
    return "1" + _drawn(string.digits, length - 1)


_BODY = "\n".join(mixed(64) for _ in range(4))
SECRETS: dict[str, str] = {
    "age-key": "AGE-SECRET-" + "KEY-1" + _drawn(string.ascii_uppercase + string.digits, 58),
    "airtable-token": "pat" + mixed(14) + "." + hexed(64),
    "anthropic-key": "sk-" + "ant-api03-" + mixed(93),
    "asana-token": "1/" + digits(16) + ":" + hexed(32),
    "atlassian-token": "ATA" + "TT3" + mixed(186),
    "aws-key-id": "AK" + "IA" + upper(16),
    "azure-secret": mixed(3) + "8Q" + "~" + mixed(34),
    "bearer-token": mixed(40),
    "clojars-token": "CLO" + "JARS_" + _drawn(string.ascii_lowercase + string.digits, 60),
    "cloudflare-key": "v1" + ".0-" + hexed(24) + "-" + hexed(146),
    "databricks-token": "da" + "pi" + hexed(32),
    "digitalocean-token": "do" + "p_v1_" + hexed(64),
    "discord-webhook": "/api/" + "webhooks/" + digits(18) + "/" + mixed(68),
    "docker-token": "dck" + "r_pat_" + mixed(27),
    "doppler-token": "dp" + ".st." + mixed(43),
    "flyio-token": "fo" + "1_" + mixed(43),
    "github-token": "gh" + "p_" + mixed(36),
    "gitlab-token": "gl" + "pat-" + mixed(20),
    "google-key": "AI" + "za" + mixed(35),
    "google-oauth": "GOC" + "SPX-" + mixed(28),
    "grafana-token": "gl" + "sa_" + mixed(32) + "_" + hexed(8),
    "groq-key": "gs" + "k_" + mixed(52),
    "heroku-key": "HR" + "KU-" + mixed(58),
    "huggingface-token": "h" + "f_" + mixed(34),
    "json-web-token": "ey" + "J" + mixed(30) + ".ey" + "J" + mixed(60) + "." + mixed(43),
    "linear-key": "lin" + "_api_" + mixed(40),
    "mailchimp-key": hexed(32) + "-u" + "s12",
    "mailgun-key": "ke" + "y-" + hexed(32),
    "new-relic-key": "NR" + "AK-" + upper(27),
    "notion-token": "nt" + "n_" + mixed(46),
    "npm-token": "np" + "m_" + mixed(36),
    "openai-key": "sk" + "-proj-" + mixed(120),
    "password": "Tr0ub4dor" + "&3x",
    "perplexity-key": "pp" + "lx-" + mixed(48),
    "planetscale-token": "psc" + "ale_tkn_" + mixed(43),
    "postman-key": "PM" + "AK-" + hexed(24) + "-" + hexed(34),
    "private-key": f"-----BEGIN RSA {'PRIVATE'} KEY-----\n{_BODY}\n-----END RSA {'PRIVATE'} KEY-----",
    "pypi-token": "py" + "pi-AgE" + mixed(160),
    "replicate-token": "r" + "8_" + mixed(37),
    "rubygems-key": "ruby" + "gems_" + hexed(48),
    "secret": mixed(40),
    "sendgrid-key": "S" + "G." + mixed(22) + "." + mixed(43),
    "sentry-token": "sn" + "tryu_" + hexed(64),
    "shopify-token": "sh" + "pat_" + hexed(32),
    "slack-token": "xo" + "xb-" + digits(12) + "-" + digits(12) + "-" + mixed(24),
    "slack-webhook": "hooks." + "slack.com/services/T" + upper(8) + "/B" + upper(8) + "/" + mixed(24),
    "square-token": "sq" + "0atp-" + mixed(22),
    "stripe-key": "sk" + "_live_" + mixed(24),
    "stripe-secret": "wh" + "sec_" + mixed(32),
    "supabase-token": "sb" + "p_" + hexed(40),
    "telegram-token": digits(10) + ":A" + "A" + mixed(33),
    "terraform-token": mixed(14) + ".atlas" + "v1." + mixed(67),
    "twilio-key": "S" + "K" + hexed(32),
    "url-password": "p4ss-" + mixed(10),
    "vault-token": "hv" + "s." + mixed(24),
    "xai-key": "x" + "ai-" + mixed(80),
}
"""Kind → the secret alone."""

_AROUND = {
    "bearer-token": "curl -H 'Authorization: Bearer {}' https://api.internal",
    "password": 'DB_PASSWORD="{}"',
    "secret": "aws_secret_access_key = {}",
    "url-password": "postgres://app:{}@db.internal:5432/shop",
}


def told(kind: str) -> str:
    """Return a sentence in which the secret of this kind stands as people and programs write it."""
    return _AROUND.get(kind, "use {} for it, please").format(SECRETS[kind])
