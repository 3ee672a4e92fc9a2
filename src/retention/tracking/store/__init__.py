"""MLflow's store: records in, runs found again by their digests."""
