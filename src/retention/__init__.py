"""Retention: who is about to buy less, who is worth acting for, what to offer each, and whether it worked."""

__version__ = "0.1.0"
