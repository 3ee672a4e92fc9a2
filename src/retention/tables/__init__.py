"""Any exports in, one customer table out."""
