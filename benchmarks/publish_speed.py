"""How long it takes to publish trials: by `fill`, and by the ways that MLflow itself and Optuna offer.

``python benchmarks/publish_speed.py [TRIALS]`` prints milliseconds a trial and the whole, for each way, on a local
store of its own. MLflow's import and the making of the database (2 to 4 s, once) are not counted.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from retention.tracking.backend import find_store, quiet_mlflow
from retention.tracking.fill import put_run
from retention.tracking.records import STUDY, Metric, Param, Record, Run, Tag
from retention.tracking.store import Store, open_store

FOLDS = 10


def describe_trial(study: str, number: int) -> Run:
    """Return a trial as the search leaves it: six parameters, eleven metrics, three tags."""
    params = ("model", "scaler", "encoder", "features", "C", "gamma")
    tags = {STUDY: study, "retention.batch": "1", "retention.state": "complete"}
    records: tuple[Record, ...] = (
        *(Param(name, f"value {number}") for name in params),
        *(Metric(f"cv_roc_auc_fold_{fold}", 0.9 + fold / 1000) for fold in range(FOLDS)),
        Metric("cv_roc_auc", 0.9),
        *(Tag(key, value) for key, value in tags.items()),
    )
    return Run("trial", f"{study}:{number}", f"trial {number}", records)


def publish(store: Store, trials: Sequence[Run]) -> None:
    """Publish as the stage does."""
    study = trials[0].digest.rpartition(":")[0]
    put_run(store, Run("search", study, "search", (), extent=len(trials), children=tuple(trials)))


def publish_fluently(store: Store, trials: Sequence[Run]) -> None:
    """Publish one by one with MLflow's fluent interface, as tutorials do."""
    import mlflow

    with mlflow.start_run(experiment_id=store.experiment_id):
        for trial in trials:
            with mlflow.start_run(experiment_id=store.experiment_id, nested=True, run_name=trial.name):
                mlflow.log_params({one.key: one.value for one in trial.records if isinstance(one, Param)})
                mlflow.log_metrics({one.key: one.value for one in trial.records if isinstance(one, Metric)})
                mlflow.set_tags({one.key: one.value for one in trial.records if isinstance(one, Tag)})


def publish_singly(store: Store, trials: Sequence[Run]) -> None:
    """Publish every parameter, metric and tag with a call of its own."""
    for trial in trials:
        run_id = store.client.create_run(store.experiment_id, run_name=trial.name).info.run_id
        for one in trial.records:
            if isinstance(one, Param):
                store.client.log_param(run_id, one.key, one.value)
            elif isinstance(one, Metric):
                store.client.log_metric(run_id, one.key, one.value)
            elif isinstance(one, Tag):
                store.client.set_tag(run_id, one.key, one.value)
        store.client.set_terminated(run_id)


def measure(name: str, way: Callable[[Store, Sequence[Run]], None], trials: Sequence[Run], folder: Path) -> None:
    """Print what one way costs on a new store, and what the same call costs when everything is there."""
    mlruns = folder / name
    with open_store(find_store("local", mlruns, {}), mlruns, "retention", timeout_seconds=1) as store:
        seconds = []
        for _ in range(2 if way is publish else 1):
            start = time.perf_counter()
            way(store, trials)
            seconds.append(time.perf_counter() - start)
    again = f", again {seconds[1]:.2f} s" if len(seconds) > 1 else ""
    print(f"{name:<10} {1000 * seconds[0] / len(trials):7.1f} ms a trial, {seconds[0]:6.2f} s in all{again}")


def main() -> None:
    """Compare the ways."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    quiet_mlflow()
    trials = [describe_trial("0" * 64, number) for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        for name, way in {"publish": publish, "fluent": publish_fluently, "single": publish_singly}.items():
            measure(name, way, trials, Path(folder))


if __name__ == "__main__":
    main()
