"""Customers in; search, model and probabilities out."""
