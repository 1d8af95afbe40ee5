"""Keeping the memory: giving transcripts back, checking, mending. Nothing here runs but when it is asked to."""
