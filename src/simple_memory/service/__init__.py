"""The service as seen from outside: who runs, how it fares, starting and stopping it."""
