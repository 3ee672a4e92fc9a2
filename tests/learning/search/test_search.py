from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count

import numpy as np
import pandas as pd
import pytest

from retention.errors import UserError
from retention.learning.model.space import Space
from retention.learning.search.fitting import FoldScore, Task
from retention.learning.search.search import Study, keep_usable
from retention.learning.search.trial import Batch, Trial, count_failures, find_best, tabulate_trials
from retention.learning.settings import ModelSpace, PruneRule, SearchSettings, SelectionSettings

from ..conftest import draw

PROTOCOL = SearchSettings(
    n_trials=22,
    batch_size=4,
    startup=8,
    folds=3,
    repeats=2,
    enough=1000,
    reuse=False,
    prune=[PruneRule(after=2, margin=0.08), PruneRule(after=4, margin=0.03)],
    selection=SelectionSettings(candidates=2, repeats=1, tolerance=0),
)


class MadeUp:
    """An evaluation that needs no fit: a score from the choice and the fold, and a log of what was asked."""

    def __init__(self, fail: Callable[[Task], str] = lambda _: "") -> None:
        self.fail = fail
        self.asked: list[Task] = []

    def __call__(self, tasks: Sequence[Task]) -> list[FoldScore]:
        self.asked += tasks
        return [self._score(task) for task in tasks]

    def _score(self, task: Task) -> FoldScore:
        if reason := self.fail(task):
            return FoldScore(float("nan"), reason, 0.1)
        choice, fold = task
        number = sum(ord(letter) for letter in f"{choice.model}{sorted(choice.params.items())}") % 97
        return FoldScore(0.6 + number / 400 + fold / 100, "", 0.1)


def search(
    space: Space, evaluate: MadeUp, protocol: SearchSettings, seed: int, finished: Sequence[Batch] = ()
) -> Iterator[Batch]:
    return Study(pd.DataFrame(), np.array([]), space, protocol, seed, evaluate).search(finished)


def _all(batches: Sequence[Batch]) -> list[Trial]:
    return [trial for batch in batches for trial in batch.trials]


def test_the_total_is_respected_and_numbers_run_through(space: Space) -> None:
    trials = _all(list(search(space, MadeUp(), PROTOCOL, seed=1)))
    assert [trial.number for trial in trials] == list(range(22))
    assert [trial.batch for trial in trials] == [n // 4 + 1 for n in range(22)]


def test_a_longer_search_continues_a_shorter_one(space: Space) -> None:
    whole = list(search(space, MadeUp(), PROTOCOL, seed=1))
    for total in (1, 6, 15):
        shorter = list(search(space, MadeUp(), PROTOCOL.model_copy(update={"n_trials": total}), seed=1))
        assert _all(shorter) == _all(whole)[:total]
        finished = keep_usable(shorter, PROTOCOL)
        assert len(finished) == total // 4  # a batch that was cut short is done again
        assert finished + list(search(space, MadeUp(), PROTOCOL, 1, finished)) == whole
    assert _all(keep_usable(whole, PROTOCOL.model_copy(update={"n_trials": 15}))) == _all(whole)[:15]


def test_a_misplaced_batch_ends_what_is_usable(space: Space) -> None:
    whole = list(search(space, MadeUp(), PROTOCOL, seed=1))
    assert keep_usable([whole[0], whole[2]], PROTOCOL) == whole[:1]


def test_a_choice_that_was_tried_is_not_fitted_again(make_space: Callable[..., Space]) -> None:
    narrow = ModelSpace(
        object={"_target_": "sklearn.tree.DecisionTreeClassifier"},
        search={"max_depth": draw("Int", low=1, high=2)},
        scalers=["none"],
        encoders=["onehot"],
        complexity=1,
    )
    evaluate = MadeUp()
    trials = _all(list(search(make_space(tree=narrow), evaluate, PROTOCOL, seed=1)))
    assert len(evaluate.asked) == len({repr(task) for task in evaluate.asked})
    repeated = [trial for trial in trials if trial.state == "repeated"]
    assert len(repeated) >= 22 - 4  # 2 depths × 2 feature steps
    for trial in repeated:
        assert trial.repeat_of is not None
        first = trials[trial.repeat_of]
        assert (trial.choice, trial.folds, trial.mean) == (first.choice, first.folds, first.mean)
        assert first.state != "repeated"
        assert first.number < trial.number


def _expect(trial: Trial, before: list[Trial]) -> tuple[str, int]:
    """State and number of folds that the two rules give, recomputed by hand."""
    best = max(before, key=lambda other: np.mean(other.folds), default=None)
    for after, margin in [(2, 0.08), (4, 0.03)]:
        if best and np.mean(trial.folds[:after]) < np.mean(best.folds[:after]) - margin:
            return "pruned", after
    return "complete", 6


def test_hopeless_trials_stop_by_the_rules_and_only_by_them(space: Space) -> None:
    evaluate = MadeUp()
    trials = _all(list(search(space, evaluate, PROTOCOL, seed=1)))
    lengths = []
    for trial in trials:
        if trial.state != "repeated":
            before = [other for other in trials if other.batch < trial.batch and other.state == "complete"]
            assert (trial.state, len(trial.folds)) == _expect(trial, before)
            assert (trial.state == "pruned") == ("below" in trial.reason)
            lengths.append(len(trial.folds))
    assert {2, 4, 6} <= set(lengths)
    assert len(evaluate.asked) == sum(lengths)


def test_without_a_rule_every_fold_is_run(space: Space) -> None:
    without = PROTOCOL.model_copy(update={"prune": []})
    assert {trial.state for trial in _all(list(search(space, MadeUp(), without, 1)))} <= {"complete", "repeated"}


def test_a_failed_fit_is_a_failed_trial_and_the_search_goes_on(space: Space) -> None:
    def fail(task: Task) -> str:
        return "ValueError: no" if task[0].model == "knn" and task[1] == 3 else ""

    trials = _all(list(search(space, MadeUp(fail), PROTOCOL, seed=1)))
    failed = [trial for trial in trials if trial.state == "failed"]
    assert failed
    assert all((t.reason, len(t.folds), t.choice.model) == ("ValueError: no", 3, "knn") for t in failed)
    best = find_best(trials)
    assert best is not None
    assert best.choice.model != "knn"


def test_when_all_fail_the_message_says_what_they_had_in_common(space: Space) -> None:
    with pytest.raises(UserError, match=r"22 trials of knn, logistic, tree failed, all for the same .*: Input has NaN"):
        list(search(space, MadeUp(lambda _: "Input has NaN"), PROTOCOL, seed=1))


def test_a_search_that_loses_a_whole_family_ends_with_its_first_failure(space: Space) -> None:
    numbers = count()
    fail = MadeUp(lambda task: f"ValueError: no {next(numbers)}" if task[0].model == "tree" else "")
    with pytest.raises(
        UserError, match=r"all \d+ trials of tree failed, the first by ValueError: no 0\. Mend .*tree\.y"
    ):
        list(search(space, fail, PROTOCOL, seed=1))


def test_some_failures_of_a_family_are_counted_without_the_repeated(space: Space) -> None:
    trials = _all(list(search(space, MadeUp(), PROTOCOL, seed=1)))
    mine = [trial for trial in trials if trial.choice.model == "knn" and trial.state != "repeated"]
    broken = replace(mine[1], state="failed", reason="ValueError: no")
    told = count_failures([broken if trial is mine[1] else trial for trial in trials])
    assert [str(one) for one in told] == [f"1 of {len(mine)} trials of knn failed, the first by ValueError: no"]


def test_every_fold_parameter_and_reason_is_in_the_table(space: Space) -> None:
    trials = _all(list(search(space, MadeUp(), PROTOCOL, seed=1)))
    trials[3] = replace(trials[3], state="failed", folds=trials[3].folds[:1], reason="ValueError: no")
    table = tabulate_trials(trials, 6)
    assert list(table["number"]) == list(range(22))
    row = table.iloc[3]
    assert (row["reason"], row["fold_1"]) == ("ValueError: no", trials[3].folds[0])
    assert np.isnan(row["fold_2"])
    assert np.isnan(row["roc_auc"])
    complete = table[table["state"] == "complete"]
    np.testing.assert_allclose(complete["roc_auc"], complete.filter(like="fold_").mean(axis=1))
    assert not [column for column in table if "second" in column]


@pytest.mark.parametrize(("customers", "repeats"), [(300, (2, 3)), (500, (2, 2)), (999, (2, 2)), (1000, (1, 1))])
def test_with_many_customers_repeats_are_spared(customers: int, repeats: tuple[int, int]) -> None:
    selection = PROTOCOL.selection.model_copy(update={"repeats": 3})
    fitted = PROTOCOL.model_copy(update={"selection": selection}).fit_to_size(customers)
    assert (fitted.repeats, fitted.selection.repeats) == repeats
