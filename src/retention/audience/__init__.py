"""Probabilities and profit in; segments, offers and the plan out."""
