"""Who gets which offer within the budget, and who is left alone as control group."""
