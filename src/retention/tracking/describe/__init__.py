"""Artifacts told as records: runs, trials, cards, pictures."""
