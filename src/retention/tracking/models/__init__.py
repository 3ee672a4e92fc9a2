"""The registered model in MLflow: package, versions, aliases, ledger."""
