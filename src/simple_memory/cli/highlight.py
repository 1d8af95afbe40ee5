"""Code in colours for HTML pages, through Pygments: imported only where a page is written; nothing of a page's shape.

What is too long, or of no known language, stays plain: colours are a help and never a reason to wait.
"""

from __future__ import annotations

import re

from simple_memory.cli import output, page_html

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pygments.lexer import Lexer

LONGEST = 30_000
"""Characters of a text that are coloured; a longer one stays plain."""
MOST = 3_000_000
"""Characters that are coloured in one page."""
_LIGHT, _DARK = "xcode", "github-dark"
_NAME = re.compile(r"[\w+#.-]{1,30}")


class Highlighter:
    """Colours the code of one page."""

    def __init__(self) -> None:
        """Load Pygments."""
        import pygments
        from pygments.formatters.html import HtmlFormatter

        self._pygments = pygments
        self._formatter = HtmlFormatter(nowrap=True, classprefix="h-")
        self._lexers: dict[str, Lexer | None] = {}
        self._left = MOST

    def style(self) -> str:
        """Return the CSS of the colours, light and dark."""
        from pygments.formatters.html import HtmlFormatter

        light, dark = (
            "".join(
                rule.partition("/*")[0].strip()
                for rule in HtmlFormatter(style=name, classprefix="h-").get_style_defs(".h").split("\n")
                if rule.startswith(".h .h-")
            )
            for name in (_LIGHT, _DARK)
        )
        return f"{light}@media(prefers-color-scheme:dark){{{dark}}}"

    def code(self, text: str, language: str) -> str:
        """Return a text in a `pre`, coloured as `language`: a language's name, or a file's name or path."""
        lexer = self._lexer(language) if len(text) <= min(LONGEST, self._left) else None
        if lexer is None:
            return f"<pre>{page_html.escape(text)}</pre>"
        self._left -= len(text)
        coloured = self._pygments.highlight(output.safe(text, lines=True), lexer, self._formatter)
        return f'<pre class="h">{coloured.rstrip()}</pre>'

    def _lexer(self, language: str) -> Lexer | None:
        if language not in self._lexers:
            self._lexers[language] = _find(language)
        return self._lexers[language]


def _find(language: str) -> Lexer | None:
    from pygments import lexers
    from pygments.util import ClassNotFound

    name = re.split(r"[/\\]", language)[-1]
    if not _NAME.fullmatch(name):
        return None
    try:
        return lexers.get_lexer_by_name(name.lower(), stripnl=False)
    except ClassNotFound:
        pass
    try:
        return lexers.get_lexer_for_filename(name, stripnl=False)
    except ClassNotFound:
        return None
