"""Four exports in, one customer table out."""
