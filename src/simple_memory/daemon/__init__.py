"""What runs in the background: the supervisor and its workers."""
