"""What has changed since the model learnt, and what quality to expect before any label is known."""
