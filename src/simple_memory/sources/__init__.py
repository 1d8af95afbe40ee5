"""One module per agent whose transcripts we read; strangers to each other."""
