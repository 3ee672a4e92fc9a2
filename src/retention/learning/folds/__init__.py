"""Customers in; the test part and the folds out, twins never apart."""
