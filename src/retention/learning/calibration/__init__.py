"""From a model's output to a probability, and the final model."""
