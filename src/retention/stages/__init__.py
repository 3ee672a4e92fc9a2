"""One short file for each DVC stage: read, call, write."""
