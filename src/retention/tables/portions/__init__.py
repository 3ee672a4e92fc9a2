"""Exports too large to be held at once, read as portions of whole customers."""
