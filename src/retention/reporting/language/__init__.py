"""How the report speaks: sentences, numbers and names in one language."""
