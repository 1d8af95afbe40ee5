"""What our HTML pages share: one file that loads nothing and runs nothing, light or dark as its reader is."""

from __future__ import annotations

import html
from collections.abc import Iterator

from simple_memory.cli import output

_STYLE = """
:root{color-scheme:light dark;--faint:#888;
--line:#8884;--user:#2a7;--assistant:#27c;--system:#a70;--bad:#c33;--wash:#8881}
body{font:16px/1.5 system-ui,sans-serif;max-width:54rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem}h2{font-size:.9rem;margin:.3rem 0;font-weight:600}time,dl,.faint{color:var(--faint);font-weight:400}
article{border-left:.25rem solid var(--line);padding:.1rem 1rem;margin:1rem 0;overflow-wrap:anywhere}
article.user{border-color:var(--user)}article.assistant{border-color:var(--assistant)}
article.system{border-color:var(--system)}article:target{background:var(--wash)}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font:.85rem/1.45 ui-monospace,monospace;margin:.4rem 0;padding:.5rem;
background:var(--wash);border-radius:.3rem}
.said{white-space:pre-wrap}.failed{color:var(--bad)}summary{cursor:pointer}details details{margin-left:1rem}
section{border-top:1px solid var(--line);margin-top:2rem}mark{background:#fd06;color:inherit;border-radius:.2rem}
a{color:var(--assistant)}.number{color:var(--faint);user-select:none}
""".strip()
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def begin(title: str, style: str = "") -> Iterator[str]:
    """Yield the head of a page, up to its heading; `style` is CSS beside our own."""
    safe = escape(title)
    yield "<!doctype html>"
    yield f'<html lang="en"><head><meta charset="utf-8"><title>{safe}</title>'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield f'<meta name="viewport" content="width=device-width"><style>{_STYLE}\n{style}</style></head><body>'
    yield f"<h1>{safe}</h1>"


def end() -> str:
    """Return the end of a page."""
    return "</body></html>"


def escape(text: str) -> str:
    """Return stored text as HTML: nothing in it is a tag, an attribute's end, or unseen."""
    return html.escape(output.safe(text, lines=True), quote=True)
