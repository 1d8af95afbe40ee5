"""What a user would have instead, side by side in one run: python -m bench.peers. What is measured is in trial.py."""
