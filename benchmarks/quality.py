"""How good the search is: the whole of it rerun inside each of several splits, beside named peers.

    python benchmarks/quality.py [--shop NAME --exports DIR] --seeds 20 21 22 [--trials N] [--json FILE]

For each seed the customers (twins removed, file order) are split as ``train_test_split(test_size=0.25,
stratify=label, random_state=seed)``; the product's own search runs on the training part, its winner is fitted there
and scored on the rest, and so is every baseline. One line of JSON a seed goes to standard output; progress and the
paired differences go to standard error, each ± a standard error that allows for the overlap of the splits (Nadeau and
Bengio 2003). A shop is a folder of settings in ``conf/shop/``, as `retention adopt` writes them. AutoML systems (FLAML,
AutoGluon, mljar) are measured if the Python of ``--automl-python`` has them; ``automl.py`` tells how to give it some.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from retention.determinism import pin_kernels

pin_kernels()

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from sklearn.ensemble import ExtraTreesClassifier  # noqa: E402
from sklearn.metrics import roc_auc_score  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder  # noqa: E402

from automl import find_automl  # noqa: E402
from retention.learning.evaluation.baselines import build_baselines  # noqa: E402
from retention.learning.model.cells import build_ready_cells, list_encoded  # noqa: E402
from retention.learning.model.pipeline import build_pipeline, compute_output  # noqa: E402
from retention.learning.model.space import build_choice, build_space  # noqa: E402
from retention.learning.search.best import Best  # noqa: E402
from retention.learning.search.search import open_study  # noqa: E402
from retention.learning.search.selection import choose_winner, compute_standard_error  # noqa: E402
from retention.settings import Settings, compose_params, read_settings  # noqa: E402
from retention.tables.columns import TARGET, UNIT  # noqa: E402
from retention.tables.customers import read_customers  # noqa: E402
from retention.tables.roles import ColumnRoles, list_roles  # noqa: E402

ONE_CLICK = Path("../shared/data/one-click")  # beside the repository
TEST_SHARE = 0.25
Fit = Callable[[pd.DataFrame, "np.ndarray[Any, Any]", pd.DataFrame], "np.ndarray[Any, Any]"]


def main() -> None:
    """Measure every seed, then print the means."""
    arguments = parse_arguments()
    settings = compose(arguments.conf, [f"shop={arguments.shop}", *arguments.set], arguments.trials)
    roles = list_roles(settings.tables.columns)
    customers = read_customers(arguments.exports, settings.tables, "pandas").frame
    customers = customers[~customers[UNIT].duplicated()].reset_index(drop=True)
    peers = build_peers(roles, arguments.automl, arguments.automl_python, arguments.seconds)
    say(f"{len(customers)} customers; {', '.join(peers)}; {settings.search.n_trials} trials a seed")
    results = []
    for seed in arguments.seeds:
        results.append(measure(customers, seed, settings, roles, peers, arguments.workers))
        print(json.dumps(results[-1]), flush=True)
    summary = summarise(results)
    for line in describe(summary):
        say(line)
    if arguments.json:
        arguments.json.write_text(json.dumps({"seeds": results, "summary": summary}, indent=2) + "\n")


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--shop", default="one_click", help="folder in conf/shop/ (default: %(default)s)")
    parser.add_argument("--exports", type=Path, default=ONE_CLICK, help="folder of its exports (default: %(default)s)")
    parser.add_argument("--seeds", type=int, nargs="+", required=True, help="seeds of the splits")
    parser.add_argument("--trials", type=int, help="trials of a search (default: the setting)")
    parser.add_argument("--json", type=Path, help="also write everything to this file")
    parser.add_argument("--workers", type=int, default=2, help="processes side by side")
    parser.add_argument("--conf", type=Path, default=Path("conf"), help="folder of the settings")
    parser.add_argument("--set", nargs="*", default=[], help="Hydra overrides, for example search=thorough")
    parser.add_argument("--automl", nargs="*", help="which of the installed AutoML systems (default: all)")
    parser.add_argument("--automl-python", default=sys.executable, help="the Python that has them (default: this)")
    parser.add_argument("--seconds", type=int, default=60, help="what an AutoML system gets for a split")
    return parser.parse_args()


def compose(conf: Path, overrides: list[str], trials: int | None) -> Settings:
    """Return the project's settings as ``retention params`` composes them."""
    if trials is not None:
        overrides = [*overrides, f"search.n_trials={trials}"]
    with tempfile.TemporaryDirectory() as folder:
        params = Path(folder) / "params.yaml"
        compose_params(conf.resolve(), params, overrides)
        return read_settings(params)


def build_peers(roles: ColumnRoles, automl: list[str] | None, python: str, seconds: int) -> dict[str, Fit]:
    """Return by name what fits on training customers and returns the output for others."""
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    forest = ExtraTreesClassifier(800, random_state=0)
    studies, cells = build_baselines(roles), (list_encoded(roles), build_ready_cells(roles))
    pipelines = {
        **studies,
        "extra_trees": build_pipeline(forest, MinMaxScaler(), one_hot, None, *cells),
    }
    found = {} if automl == [] else find_automl(python, seconds)
    wanted = found if automl is None else {name: found[name] for name in automl}
    return {name: fit_pipeline(pipeline) for name, pipeline in pipelines.items()} | wanted


def fit_pipeline(pipeline: Any) -> Fit:
    """Return a function that fits a pipeline and gives its output."""
    return lambda known, labels, unseen: compute_output(pipeline.fit(known, labels), unseen)


def measure(
    customers: pd.DataFrame, seed: int, settings: Settings, roles: ColumnRoles, peers: dict[str, Fit], workers: int
) -> dict[str, Any]:
    """Search, fit and score on one split."""
    labels = customers[TARGET].to_numpy(dtype=np.int64)
    rows = np.arange(len(customers))
    train, test = train_test_split(rows, test_size=TEST_SHARE, stratify=labels, random_state=seed)
    frame = customers[list(roles.names)]
    known, unseen = frame.iloc[train], frame.iloc[test]
    began = time.perf_counter()
    best = search(known, labels[train], settings, roles, workers)
    fitted = build_choice(best.choice, settings.space, roles, settings.seed).fit(known, labels[train])
    seconds = time.perf_counter() - began
    score = float(roc_auc_score(labels[test], compute_output(fitted, unseen)))
    winner = best.model_dump(include={"model", "features", "params"})
    say(f"seed {seed}: {score:.4f} by {winner} in {seconds:.0f} s")
    baselines = {
        name: float(roc_auc_score(labels[test], fit(known, labels[train], unseen))) for name, fit in peers.items()
    }
    return {"seed": seed, "roc_auc": score, "seconds": round(seconds, 1), "baselines": baselines, "winner": winner}


def search(
    known: pd.DataFrame, labels: "np.ndarray[Any, Any]", settings: Settings, roles: ColumnRoles, workers: int
) -> Best:
    """Run the product's search as the stage does, without its files; return what best.json would hold."""
    space = build_space(settings.space.choose_searched(settings.search).fit_to_size(len(known)), roles, settings.seed)
    protocol, groups = settings.search.fit_to_size(len(known)), np.arange(len(known))
    with open_study(known, labels, groups, space, protocol, settings.seed, workers) as study:
        trials = [trial for batch in study.search() for trial in batch.trials]
        return choose_winner(study.select(trials), protocol.selection, "", trials, protocol.folds)


def summarise(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Return mean and deviation of every method, and the paired difference of the search to each."""
    scores = pd.DataFrame([{"search": result["roc_auc"], **result["baselines"]} for result in results])
    gains = scores.rsub(scores["search"], axis=0).drop(columns="search")
    return {
        "seconds": float(np.mean([result["seconds"] for result in results])),
        "roc_auc": {
            str(name): {"mean": float(column.mean()), "deviation": float(column.to_numpy().std())}
            for name, column in scores.items()
        },
        "gain": {
            str(name): {"mean": float(column.mean()), "standard_error": _compute_error(column)}
            for name, column in gains.items()
        },
    }


def _compute_error(gains: "pd.Series[float]") -> float:
    return compute_standard_error(gains, TEST_SHARE / (1 - TEST_SHARE)) if len(gains) > 1 else float("nan")


def describe(summary: dict[str, Any]) -> list[str]:
    """Return the summary as lines for people."""
    lines = [f"{summary['seconds']:.0f} s a split on average"]
    for name, score in summary["roc_auc"].items():
        gain = summary["gain"].get(name)
        paired = f"; the search is {gain['mean']:+.4f}" if gain else ""
        if gain and np.isfinite(gain["standard_error"]):  # one split tells no error
            paired += f" ± {gain['standard_error']:.4f}"
        lines.append(f"{name:18} {score['mean']:.4f} (deviation {score['deviation']:.4f}){paired}")
    return lines


def say(line: str) -> None:
    """Tell the person who waits."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
