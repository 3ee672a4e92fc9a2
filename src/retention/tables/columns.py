"""Names that the customer tables of all shops share; whatever else a shop has is known by its role and kind."""

ID = "customer_id"
TARGET = "declined"
PROFIT = "monthly_profit"
TWINS = "twin_group"
PROBABILITY = "decline_probability"
"""What a model gives; no column of the exports."""
