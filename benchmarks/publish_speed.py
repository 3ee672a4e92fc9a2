"""How long it takes to publish trials: by `fill`, and by the ways that MLflow itself and Optuna offer.

``python benchmarks/publish_speed.py [TRIALS [WAY …]]`` prints milliseconds a trial and the whole, for each way, on a
local store of its own; also how much of it was the processor's work, since the rest depends on what else the machine
does. MLflow's import and the making of the database (2 to 4 s, once) are not counted, but in the way ``process``: that
is `publish` in a process of its own, from its start to its end, the store made on the way.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from retention.tracking.store.backend import find_store, quiet_mlflow
from retention.tracking.store.fill import put_run
from retention.tracking.store.records import STUDY, Metric, Run
from retention.tracking.store.store import Store, open_store

FOLDS = 10


def describe_trial(study: str, number: int) -> Run:
    """Return a trial as the search leaves it: six parameters, eleven metrics, three tags."""
    names = ("model", "scaler", "encoder", "features", "C", "gamma")
    tags = {STUDY: study, "retention.batch": "1", "retention.state": "complete"}
    metrics = [
        *(Metric(f"cv_roc_auc_fold_{fold}", 0.9 + fold / 1000) for fold in range(FOLDS)),
        Metric("cv_roc_auc", 0.9),
    ]
    params = dict.fromkeys(names, f"value {number}")
    return Run("trial", f"{study}:{number}", f"trial {number}", params, metrics, tags)


def publish(store: Store, trials: Sequence[Run]) -> None:
    """Publish as the stage does."""
    study = trials[0].digest.rpartition(":")[0]
    put_run(store, Run("search", study, "search", extent=len(trials), children=tuple(trials)))


def publish_fluently(store: Store, trials: Sequence[Run]) -> None:
    """Publish one by one with MLflow's fluent interface, as tutorials do."""
    import mlflow

    with mlflow.start_run(experiment_id=store.experiment_id):
        for trial in trials:
            with mlflow.start_run(experiment_id=store.experiment_id, nested=True, run_name=trial.name):
                mlflow.log_params(dict(trial.params))
                mlflow.log_metrics({one.key: one.value for one in trial.metrics})
                mlflow.set_tags(dict(trial.tags))


def publish_singly(store: Store, trials: Sequence[Run]) -> None:
    """Publish every parameter, metric and tag with a call of its own."""
    for trial in trials:
        run_id = store.client.create_run(store.experiment_id, run_name=trial.name).info.run_id
        for key, value in trial.params.items():
            store.client.log_param(run_id, key, value)
        for one in trial.metrics:
            store.client.log_metric(run_id, one.key, one.value)
        for key, value in trial.tags.items():
            store.client.set_tag(run_id, key, value)
        store.client.set_terminated(run_id)


def measure(name: str, way: Callable[[Store, Sequence[Run]], None], trials: Sequence[Run], folder: Path) -> None:
    """Print what one way costs on a new store, and what the same call costs when everything is there."""
    mlruns = folder / name
    with open_store(find_store("local", mlruns, {}), mlruns, "retention", timeout_seconds=1) as store:
        for again in range(2 if way is publish else 1):
            start, worked = time.perf_counter(), time.process_time()
            way(store, trials)
            tell("  again" if again else name, len(trials), time.perf_counter() - start, time.process_time() - worked)


def measure_process(count: int) -> None:
    """Print what `publish` costs in a process of its own."""
    start = time.perf_counter()
    subprocess.run([sys.executable, __file__, str(count), "publish"], check=True, stdout=subprocess.DEVNULL)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    tell("process", count, time.perf_counter() - start, used.ru_utime + used.ru_stime)


def tell(name: str, count: int, seconds: float, worked: float) -> None:
    """Print a line."""
    each = 1000 * seconds / count
    print(f"{name:<10} {each:7.1f} ms a trial, {seconds:6.2f} s in all, {worked:6.2f} s of it work", flush=True)


WAYS = {"publish": publish, "fluent": publish_fluently, "single": publish_singly}


def main() -> None:
    """Compare the ways."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    wanted = sys.argv[2:] or [*WAYS, "process"]
    quiet_mlflow()
    trials = [describe_trial("0" * 64, number) for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            if name == "process":
                measure_process(count)
            else:
                measure(name, WAYS[name], trials, Path(folder))


if __name__ == "__main__":
    main()
