"""Who belongs together, and what such a group is like."""
