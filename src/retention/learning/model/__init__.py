"""One candidate: its declared space, its scikit-learn pipeline, its stored file."""
