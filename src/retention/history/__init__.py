"""What was said of each month, kept as it was said: the only source of what is told of earlier months."""
