"""SQL files that lead from one schema version to the next; numbered, forward only."""
