"""Trials proposed, fitted on folds and told in order; the winner chosen on fresh folds."""
