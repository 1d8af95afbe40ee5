"""What agents talk to: the MCP server, its tools, and the stdio shim."""
