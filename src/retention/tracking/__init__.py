"""The only room that imports mlflow: records in, runs and registry out."""
