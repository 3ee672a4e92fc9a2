"""Summaries in; pages and tables for people out."""
