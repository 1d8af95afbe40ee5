"""Registering the MCP server with agents: their settings files, edited as text so that nothing else in them changes."""
