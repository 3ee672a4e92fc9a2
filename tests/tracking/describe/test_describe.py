"""Records made from artifacts' contents: what the UI compares runs by."""

import pandas as pd
import pytest

from retention.learning.model.choice import Choice
from retention.learning.search.best import FamilyFailures
from retention.learning.search.trial import State, Trial, list_trials, tabulate_trials
from retention.paths import Paths
from retention.settings import read_settings
from retention.stages.publish import read_summaries
from retention.tracking.describe.pipeline_run import describe_pipeline
from retention.tracking.describe.search_run import describe_search, describe_trial, follow_best
from retention.tracking.provenance import Provenance
from retention.tracking.store.records import Dataset, Run

from ...conftest import make_best

CHOICE = Choice("svc", "none", "onehot", "none", {"C": 2.0})
FAILURE = FamilyFailures(model="svc", failed=1, trials=3, first="ValueError: no")
BEST = make_best(CHOICE, roc_auc=0.9, n_trials=3).model_copy(update={"failures": (FAILURE,)})


def _trial(number: int, state: State, *folds: float, reason: str = "", repeat_of: int | None = None) -> Trial:
    return Trial(number, 1, CHOICE, state, folds, reason, repeat_of, seconds=1.5)


TRIALS = [
    _trial(0, "complete", 0.8, 0.9),
    _trial(1, "repeated", 0.8, 0.9, repeat_of=0),
    _trial(2, "failed", reason="x" * 6000),
    _trial(3, "pruned", 0.3),
]


def _metrics(run: Run) -> dict[str, float]:
    return {one.key: one.value for one in run.metrics}


def test_a_repeat_of_a_trial_without_a_score_has_none() -> None:
    failed = _trial(4, "repeated", reason="broke", repeat_of=2)
    pruned = _trial(5, "repeated", 0.95, reason="hopeless", repeat_of=3)
    assert {one.value for one in follow_best([*TRIALS, failed, pruned])} == {TRIALS[0].mean}
    for one in (failed, pruned):
        assert "cv_roc_auc" not in {metric.key for metric in describe_trial("study", one, "me").metrics}


def test_trials_come_back_from_their_table_as_they_were() -> None:
    assert list_trials(tabulate_trials(TRIALS, 2), dict.fromkeys(range(4), 1.5)) == TRIALS


def test_the_trials_of_a_real_search_come_back_as_the_same_table(small_run: Paths) -> None:
    table = pd.read_parquet(small_run.trials)
    trials = list_trials(table, {})
    pd.testing.assert_frame_equal(tabulate_trials(trials, max(len(one.folds) for one in trials)), table)


def test_a_trial_has_each_hyper_parameter_under_its_own_name() -> None:
    run = describe_trial("s", TRIALS[1], "Anna")
    choices = {"scaler": "none", "encoder": "onehot", "features": "none"}
    assert run.params == {"model": "svc", "C": "2.0", **choices}
    assert _metrics(run) == pytest.approx(
        {"cv_roc_auc": 0.85, "cv_roc_auc_fold_1": 0.8, "cv_roc_auc_fold_2": 0.9, "seconds": 1.5}
    )
    assert run.tags.items() >= {"retention.repeat_of": "0", "mlflow.user": "Anna"}.items()
    assert (run.name, run.digest, run.seconds, run.failed) == ("trial 001 · svc · 0.850", "s:1", 1.5, False)


def test_a_failed_trial_says_why_and_neither_it_nor_a_pruned_one_has_a_score() -> None:
    failed, pruned = (describe_trial("s", trial, "Anna") for trial in TRIALS[2:])
    assert (failed.failed, pruned.failed) == (True, False)
    assert "cv_roc_auc" not in _metrics(failed).keys() | _metrics(pruned).keys()
    assert failed.tags["retention.reason"] == "x" * 5000  # what a tag may hold


def test_the_best_so_far_never_falls_and_counts_finished_trials_only() -> None:
    scores = [0.5, 0.7, 0.6, 0.9]
    trials = [_trial(number, "complete", score) for number, score in enumerate(scores)]
    trials = [*trials[:2], _trial(9, "failed"), *trials[2:], _trial(10, "pruned", 0.95)]
    assert [(one.step, one.value) for one in follow_best(trials)] == [(0, 0.5), (1, 0.7), (2, 0.7), (3, 0.9)]


def test_a_search_counts_its_trials_and_has_no_parameter_but_those_of_its_study() -> None:
    data = Dataset("c", "d", "data", {}, 5)
    run = describe_search(TRIALS, BEST, {"folds": "5"}, "Anna", [], data)
    found = _metrics(run)
    assert (found["trials"], found["trials_complete"], found["trials_failed"], found["trial_seconds"]) == (4, 1, 1, 6)
    assert (found["chosen_roc_auc"], found["best_cv_roc_auc"]) == pytest.approx((0.9, 0.85))
    assert "1 of 3 trials of svc failed, the first by ValueError: no." in run.tags["mlflow.note.content"]
    assert run.params == {"folds": "5"}
    assert list(run.datasets) == [data]
    assert [child.digest for child in run.children] == [f"{'ab' * 32}:{i}" for i in range(4)]


def test_a_pipeline_run_says_data_model_and_quality_in_its_name_and_in_few_numbers(small_run: Paths) -> None:
    content = read_summaries(read_settings(small_run.params), small_run)
    where = Provenance("d" * 32, "c" * 40, True, "exp-1", shop="sample-0123", user="Anna")
    data = Dataset("sample", "d" * 32, "data", {}, 5)
    search = describe_search(TRIALS, BEST, {}, "Anna", [], data)
    run = describe_pipeline(content, where, {"seed": "42"}, [], data, {"search": 3.0}, search)
    found = _metrics(run)
    assert next(iter(found)) == "roc_auc"
    assert len(found) <= 16
    assert found.keys() >= {
        "roc_auc_low",
        "log_loss",
        "calibration_slope",
        "out_of_fold_roc_auc",
        "test_customers",
        "expected_net_profit",
    }
    assert run.params.items() >= {"model": content.best.model, "seed": "42"}.items()
    assert run.name == f"sample ddddddd · {content.best.model} · {content.evaluation.test.roc_auc.value:.3f} · exp-1"
    known = {"DVC_EXP_NAME": "exp-1", "retention.git_dirty": "true", "mlflow.source.git.commit": "c" * 40}
    assert run.tags.items() >= {**known, "mlflow.user": "Anna"}.items()
    assert run.children == (search,)


@pytest.mark.parametrize("dirty", [False, None])
def test_what_is_unknown_is_no_tag(dirty: bool | None) -> None:
    tags = Provenance(None, None, dirty, None, user="").tags()
    assert tags == ({} if dirty is None else {"retention.git_dirty": "false"})
