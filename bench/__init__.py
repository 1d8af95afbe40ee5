"""The budgets, measured: python -m bench. Ratios within one run, against what a user would have otherwise."""
