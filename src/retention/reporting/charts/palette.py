"""The colours of the report; told apart by colour-blind readers and in grey print."""

KEPT = "#2f6690"
DECLINED = "#c8553d"
NEUTRAL = "#6b7785"
LINE = "#d5dbe1"
INK = "#1d2733"
PALE = "#dfe8f0"
SERIES = ("#2f6690", "#c8553d", "#8a6d1f", "#4f7f52", "#7a5195", "#6b7785", "#b08bbf", "#1b998b")
"""Colours of several lines or families; they also differ in shape or dash wherever they are used."""
