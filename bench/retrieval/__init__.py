"""How well search ranks: questions whose answers are known, asked of the real program and of others."""
