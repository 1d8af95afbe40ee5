"""The agents that we know. To add one: write its module, name it here, and let the conformance suite run over it."""

from __future__ import annotations

from simple_memory.sources import claude_code, source

SOURCES: tuple[source.Source, ...] = (claude_code.ClaudeCode(),)
