"""Names that the customer tables of all shops share; whatever else a shop has is known by its role and kind."""

MONTH = "month"  # of the exports, as ``2026-06``; empty where the shop has one undated month
ID = "customer_id"
TARGET = "declined"
PROFIT = "monthly_profit"
UNIT = "unit"
"""Rows of one customer, or equal in every feature, share a number; whatever is drawn or resampled is drawn by it."""
STANDS_FOR = "stands_for"
"""For how many customer-months one counts where labels are to tell what happens without campaigns: 0 if contacted."""
PROBABILITY = "decline_probability"  # what a model gives; no column of the exports
