"""From a question to ranked, cited hits."""
