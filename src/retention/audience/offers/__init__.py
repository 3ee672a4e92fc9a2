"""What may be offered to whom, what it is worth, and why it is said."""
