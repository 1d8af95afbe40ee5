"""The database, the archive and the index, and the only code that speaks SQL."""
