"""The full-screen browser: what it asks, how it stands on the screen, and its keys. Textual is loaded only here."""
