"""Segments that a search finds in the data, kept if they are stable."""
