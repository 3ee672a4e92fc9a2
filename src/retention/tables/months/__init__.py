"""The months of a shop: which there are, and what each is there for."""
