"""Records made from artifacts' contents: what the UI compares runs by."""

import pandas as pd
import pytest

from retention.tracking.describe.pipeline_run import Summaries, describe_pipeline
from retention.tracking.describe.provenance import Provenance
from retention.tracking.describe.search_run import describe_search, follow_best
from retention.tracking.describe.trial import describe_trial, list_trials
from retention.tracking.store.records import Dataset, Metric, Param, Run, Tag

BEST = {
    "trial": 1, "model": "svc", "scaler": "none", "encoder": "onehot", "features": "none", "params": {"C": 2.0},
    "roc_auc": {"value": 0.9, "low": 0.8, "high": 0.95}, "study": "ab" * 32, "n_trials": 3,
    "reason": "The best.",
    "failures": [{"model": "svc", "failed": 1, "trials": 2, "first": "ValueError: no"}],
}  # fmt: skip


def _table() -> pd.DataFrame:
    common = {"batch": 1, "scaler": "none", "encoder": "onehot", "features": "none", "state": "complete"}
    rows = [
        {
            "number": 0,
            "state": "complete",
            "model": "knn",
            "params": '{"n_neighbors": 5}',
            "roc_auc": 0.8,
            "fold_1": 0.8,
        },
        {"number": 1, "model": "svc", "params": '{"C": 2.0}', "roc_auc": 0.9, "fold_1": 0.9},
        {"number": 2, "state": "failed", "model": "svc", "params": "{}", "reason": "x" * 6000},
    ]
    return pd.DataFrame([common | row for row in rows]).assign(repeat_of=pd.array([None, 0, None], dtype="Int64"))


def _params(run: Run) -> dict[str, str]:
    return {one.key: one.value for one in run.records if isinstance(one, Param)}


def _metrics(run: Run) -> dict[str, float]:
    return {one.key: one.value for one in run.records if isinstance(one, Metric)}


def _tags(run: Run) -> dict[str, str]:
    return {one.key: one.value for one in run.records if isinstance(one, Tag)}


def test_a_trial_has_each_hyper_parameter_under_its_own_name() -> None:
    run = describe_trial("s", list_trials(_table())[1], seconds=1.5)
    choices = {"scaler": "none", "encoder": "onehot", "features": "none"}
    assert _params(run) == {"model": "svc", "C": "2.0", **choices}
    assert _metrics(run) == {"cv_roc_auc": 0.9, "cv_roc_auc_fold_1": 0.9, "seconds": 1.5}
    assert _tags(run)["retention.repeat_of"] == "0"
    assert (run.digest, run.seconds, run.failed) == ("s:1", 1.5, False)


def test_a_failed_trial_says_why_and_has_no_score() -> None:
    run = describe_trial("s", list_trials(_table())[2])
    assert run.failed
    assert not _metrics(run)
    assert _tags(run)["retention.reason"] == "x" * 5000  # what a tag may hold


def test_the_best_so_far_never_falls_and_counts_finished_trials_only() -> None:
    scores = [0.5, 0.7, None, 0.6, 0.9, 0.95]
    states = ["complete"] * 2 + ["failed"] + ["complete"] * 2 + ["pruned"]
    rows = [
        {"number": i, "state": state, "roc_auc": score}
        for i, (state, score) in enumerate(zip(states, scores, strict=True))
    ]
    assert [(one.step, one.value) for one in follow_best(rows)] == [(0, 0.5), (1, 0.7), (3, 0.7), (4, 0.9)]


def test_a_search_counts_its_trials_and_has_no_parameter_that_could_change() -> None:
    run = describe_search(list_trials(_table()), BEST, [], {0: 1.0, 1: 2.0})
    found = _metrics(run)
    assert (found["trials"], found["trials_complete"], found["trials_failed"], found["trial_seconds"]) == (3, 2, 1, 3)
    assert (found["chosen_roc_auc_low"], found["best_cv_roc_auc"]) == (0.8, 0.9)
    assert "1 of 2 trials of svc failed, the first by ValueError: no." in _tags(run)["mlflow.note.content"]
    assert not _params(run)
    assert [child.digest for child in run.children] == [f"{'ab' * 32}:{i}" for i in range(3)]


def test_a_pipeline_run_has_the_tests_measures_under_plain_names() -> None:
    metrics = {"test": {"roc_auc": BEST["roc_auc"]}, "baselines": {"study_b": {"roc_auc": {"value": 0.7}, "brier": 1}}}
    content = Summaries(
        BEST, metrics, {"customers": {"kept": 5}}, {"segments": [{"key": "p", "support": 2}]}, {"spent": 3}
    )
    where = Provenance("d" * 32, "c" * 40, True, "exp-1")
    run = describe_pipeline("e" * 64, "f" * 64, content, {"seed": 42}, where, Dataset("c", "d", "data", {}, 5), [], {})
    found = _metrics(run)
    assert (found["roc_auc"], found["roc_auc_high"], found["baselines/study_b/roc_auc"]) == (0.9, 0.95, 0.7)
    assert (found["segments/p/support"], found["customers/kept"], found["plan/spent"]) == (2, 5, 3)
    assert not any("brier" in key for key in found)  # of a baseline it is in the files only
    assert _params(run)["C"] == "2.0"
    assert _params(run)["seed"] == "42"
    assert run.name == "exp-1 · svc"
    known = {"DVC_EXP_NAME": "exp-1", "retention.git_dirty": "true", "mlflow.source.git.commit": "c" * 40}
    assert known.items() <= _tags(run).items()


@pytest.mark.parametrize("dirty", [False, None])
def test_what_is_unknown_is_no_tag(dirty: bool | None) -> None:
    tags = {tag.key: tag.value for tag in Provenance(None, None, dirty, None).tags()}
    assert tags == ({} if dirty is None else {"retention.git_dirty": "false"})
