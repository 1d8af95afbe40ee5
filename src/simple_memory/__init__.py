"""Simple Memory: the memory of people who work with coding agents."""

__version__ = "0.1.0"
