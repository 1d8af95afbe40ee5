"""Claude Code's transcripts: where they are and what their records say (facts: docs/sources/claude-code.md)."""

from simple_memory.sources.claude_code.source import ClaudeCode

__all__ = ["ClaudeCode"]
