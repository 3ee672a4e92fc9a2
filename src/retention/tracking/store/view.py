"""What MLflow's page shows first, and the server behind it."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress

from retention.tracking.store.records import KIND

HOST = "retention.localhost"
"""This machine, as browsers know it: where they see a bare ``localhost``, MLflow opens its Assistant over the table."""

VIEW = "runs"
NOTE = "mlflow.note.content"
KIND_OF_EXPERIMENT = {"mlflow.experimentKind": "custom_model_development"}  # training runs, not prompts and traces
_PRIMARY = {
    "mlflow.experiment.primaryMetric.name": "roc_auc",
    "mlflow.experiment.primaryMetric.greaterIsBetter": "True",
}
_WIDTHS = {
    "attributes.`Run Name`": 360,
    "metrics.`roc_auc`": 90,
    "attributes.`User`": 90,
    "attributes.`Dataset`": 170,
    "params.`model`": 140,
}
_CHARTED = ("roc_auc", "log_loss", "expected_net_profit")
_NOTE = (  # one line on a page of 1440 pixels
    "Runs of the pipeline; roc_auc is on the test customers. Searches and trials lie within: take the filter away to "
    "unfold. Under GenAI, choose Model training once."
)


def describe_view() -> dict[str, str]:
    """Return the tags of the experiment by which its page opens on the runs, with the columns that tell them apart.

    They are the ones of a shared view, as the page itself writes them: lists of columns, and charts in a section.
    """
    columns = list(_WIDTHS)
    view = {
        "searchFilter": f"tags.`{KIND}` = 'pipeline'",  # MLflow reads 100 runs at a time, trials too: few would be seen
        "selectedColumns": columns[1:],
        "columnOrder": columns,
        "columnWidths": _WIDTHS,
        "compareRunSections": [{"uuid": VIEW, "name": "Which run is best", "display": True, "isReordered": True}],
        "compareRunCharts": [
            {"type": "BAR", "uuid": key, "metricSectionId": VIEW, "metricKey": key, "runsCountToCompare": 10}
            for key in _CHARTED
        ],
    }
    shared = {f"mlflow.sharedViewState.{VIEW}": json.dumps(view), NOTE: _NOTE}
    return {**KIND_OF_EXPERIMENT, **_PRIMARY, **shared}


def build_address(server: str, experiment_id: str | None) -> str:
    """Return the address of the page of an experiment, or of the list of all if None, in its training face."""
    face = "workflowType=machine_learning"
    if experiment_id is None:
        return f"{server}/#/experiments?{face}"
    return f"{server}/#/experiments/{experiment_id}/runs?{face}&viewStateShareKey={VIEW}"


def set_server(port: int) -> dict[str, str]:
    """Return the variables under which MLflow's server answers to `HOST` too, reports to nobody and runs no jobs."""
    hosts = [f"{name}:{port}" for name in (HOST, "localhost", "127.0.0.1")]
    return {
        "MLFLOW_SERVER_ALLOWED_HOSTS": ",".join(hosts),
        "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS": f"http://{hosts[0]}",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }


def run_apart(command: list[str], environment: dict[str, str]) -> int:
    """Run a server in a session of its own until it ends, or until this process is told to: Ctrl-C is ours alone."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    server = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        return server.wait()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                server.wait(1)
            os.killpg(server.pid, signal.SIGKILL)
