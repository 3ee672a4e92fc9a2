"""What MLflow's page shows first: the runs of the pipeline, the best in front, each with its data and model."""

import json

VIEW = "runs"
KIND_OF_EXPERIMENT = {"mlflow.experimentKind": "custom_model_development"}  # training runs, not prompts and traces
_PRIMARY = {
    "mlflow.experiment.primaryMetric.name": "roc_auc",
    "mlflow.experiment.primaryMetric.greaterIsBetter": "True",
}
_WIDTHS = {
    "attributes.`Run Name`": 330,
    "metrics.`roc_auc`": 90,
    "metrics.`log_loss`": 90,
    "params.`model`": 150,
    "attributes.`Dataset`": 180,
    "attributes.`User`": 120,
}
_NOTE = (
    "A run of the pipeline each; in it the search that it was the first to use, and in that its trials. "
    "`roc_auc` is measured on the test customers."
)


def describe_view() -> dict[str, str]:
    """Return the tags of the experiment by which its page opens on the runs, with the columns that tell them apart."""
    columns = list(_WIDTHS)
    view = {"selectedColumns": columns[1:], "columnOrder": columns, "columnWidths": _WIDTHS}
    shared = {f"mlflow.sharedViewState.{VIEW}": json.dumps(view), "mlflow.note.content": _NOTE}
    return {**KIND_OF_EXPERIMENT, **_PRIMARY, **shared}


def build_address(server: str, experiment_id: str | None) -> str:
    """Return the address of the page of an experiment, or of the list of all if None, in its training face."""
    face = "workflowType=machine_learning"
    if experiment_id is None:
        return f"{server}/#/experiments?{face}"
    return f"{server}/#/experiments/{experiment_id}/runs?{face}&viewStateShareKey={VIEW}"
