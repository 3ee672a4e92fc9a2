"""What can be read and may be true, but is hardly: told, never changed."""
