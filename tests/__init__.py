"""The tests of Simple Memory; they mirror src."""
