"""Settings as people have them, one per agent: comments, odd indents, other servers. Not a test."""

from __future__ import annotations

CLAUDE = """{
  "numStartups": 42,
  "mcpServers": {
    "github": {
      "type": "http",
      "url": "https://example.org/mcp"
    }
  },
  "projects": {
    "/home/ada/blog": {"allowedTools": [], "history": [{"display": "grüße \\u2028 \\"x\\""}]}
  },
  "tipsHistory": {}
}
"""
DESKTOP = '{"globalShortcut": "", "scale": 1.0}'
CODEX = """\
# what I use most
model = "gpt-6"   # fast
notify = [
  "notify-send",   # [not a table]
  "Codex",
]
instructions = \"\"\"
[mcp_servers.fake]
command = "in a text"
\"\"\"

[mcp_servers.docs]
command = "npx"
args = ["-y", "docs"]

[projects."/home/ada/my blog"]
trust_level = "trusted"
"""
GEMINI = """{
    // the theme that my eyes like
    "ui": {"theme": "GitHub"},
    "mcpServers": {}, /* none yet */
}
"""
CURSOR = '{\n\t"mcpServers": {\n\t\t"a": {"command": "a"}\n\t}\n}'
VSCODE = """{
\t"inputs": [
\t\t{"id": "token", "type": "promptString", "password": true}, // asks once
\t],
\t"servers": {
\t\t"web": {
\t\t\t"url": "https://example.org/mcp", // remote
\t\t}, // the last one
\t},
}
"""
OPENCODE = '{\r\n  "$schema": "https://opencode.ai/config.json",\r\n  "theme": "tokyonight" // dark\r\n}\r\n'
ZED = """// Zed settings
//
// For information on how to configure Zed, see the documentation.
{
  "vim_mode": true,
  "context_servers": {
    // "old": {}
  },
  "theme": {
    "mode": "system", // follows the desktop
  },
}
"""
COPILOT = ""
QWEN = "{}\n"

BY_AGENT = {
    "claude": CLAUDE,
    "claude-desktop": DESKTOP,
    "codex": CODEX,
    "gemini": GEMINI,
    "cursor": CURSOR,
    "vscode": VSCODE,
    "opencode": OPENCODE,
    "zed": ZED,
    "copilot": COPILOT,
    "qwen": QWEN,
}
