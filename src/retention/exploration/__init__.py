"""What the customer table looks like, before any model."""
