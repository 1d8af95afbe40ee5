"""One pass over the transcripts: plan (what to read), apply (reading it)."""
