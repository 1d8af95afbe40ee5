"""Makers of transcripts for the tests: records, whole sessions, and corpora of any size with their ground truth."""
