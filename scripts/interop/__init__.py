"""Proof with strangers: the official suites, and real agents that ask a scripted model."""
