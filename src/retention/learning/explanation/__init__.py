"""What each source column adds to a customer's output."""
