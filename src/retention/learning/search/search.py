"""The search: batches of trials proposed, evaluated side by side, and told in order."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from retention.learning.model.choice import Choice
from retention.learning.model.space import Space
from retention.learning.search.failures import count_failures, refuse_lost_families
from retention.learning.search.fitting import Evaluate, FoldScore
from retention.learning.search.proposal import propose
from retention.learning.search.trial import Batch, Trial, find_best
from retention.learning.settings import PruneRule, SearchSettings


def search(
    space: Space, evaluate: Evaluate, protocol: SearchSettings, seed: int, finished: Sequence[Batch] = ()
) -> Iterator[Batch]:
    """Search for the choice with the highest mean ROC-AUC; yield each batch as it is finished.

    A batch depends on `space`, `seed`, the batches before it and the folds behind `evaluate`, on nothing else: not
    on the number of workers, not on clocks, not on `n_trials`, so a longer search continues a shorter one.

    Parameters
    ----------
    space : Space
        What is searched.
    evaluate : callable
        From `open_workers`; fold i of every trial is its fold i, for i below ``folds × repeats``.
    protocol : SearchSettings
        Number and size of batches, folds, when to stop a trial.
    seed : int
        The seed of the proposals.
    finished : sequence of Batch
        The first batches, if they are known (`keep_usable`); they are not yielded again.

    Yields
    ------
    Batch
        The next batch after `finished`.

    Raises
    ------
    UserError
        At the end, if every trial of a family failed.
    """
    trials = [trial for batch in finished for trial in batch.trials]
    for number in range(len(finished) + 1, _count_batches(protocol) + 1):
        count = min(protocol.batch_size, protocol.n_trials - len(trials))
        choices = propose(space, trials, count, number, seed, protocol.startup)
        batch = Batch(number, tuple(_try_all(choices, trials, number, evaluate, protocol)))
        trials.extend(batch.trials)
        yield batch
    refuse_lost_families(count_failures(trials))


def keep_usable(batches: Sequence[Batch | None], protocol: SearchSettings) -> list[Batch]:
    """Return the leading batches that a search under `protocol` may start from.

    Parameters
    ----------
    batches : sequence of (Batch or None)
        What was found of batch 1, 2, …; None where it is missing or damaged.
    protocol : SearchSettings
        A batch that is longer than `n_trials` asks for is cut; one that is shorter is left out, to be done again.
    """
    usable: list[Batch] = []
    for number, batch in enumerate(batches[: _count_batches(protocol)], start=1):
        due = min(protocol.batch_size, protocol.n_trials - (number - 1) * protocol.batch_size)
        if batch is None or batch.number != number or len(batch.trials) < due:
            break
        usable.append(Batch(number, batch.trials[:due]))
    return usable


def is_hopeless(folds: Sequence[float], best: Trial | None, rule: PruneRule) -> bool:
    """Tell whether a trial's first folds lie too far below those of the best trial of the batches before."""
    if best is None:
        return False
    return float(np.mean(folds)) < float(np.mean(best.folds[: len(folds)])) - rule.margin


def _count_batches(protocol: SearchSettings) -> int:
    return -(-protocol.n_trials // protocol.batch_size)


def _try_all(
    choices: Sequence[Choice],
    before: Sequence[Trial],
    batch: int,
    evaluate: Evaluate,
    protocol: SearchSettings,
) -> Iterator[Trial]:
    """Yield the trials of one batch; a choice that was tried before takes its known result."""
    first_number = len(before)
    seen = {_identify(trial.choice): trial.number for trial in before if trial.repeat_of is None}
    known = {trial.number: trial for trial in before}
    new: dict[int, Choice] = {}
    repeat_of: dict[int, int] = {}
    for number, choice in enumerate(choices, start=first_number):
        first = seen.setdefault(_identify(choice), number)
        if first == number:
            new[number] = choice
        else:
            repeat_of[number] = first
    known |= {trial.number: trial for trial in _try_new(new, before, batch, evaluate, protocol)}
    for number, choice in enumerate(choices, start=first_number):
        if number in new:
            yield known[number]
        else:
            yield _repeat(number, batch, choice, known[repeat_of[number]])


def _identify(choice: Choice) -> str:
    return json.dumps([vars(choice) | {"params": dict(choice.params)}], sort_keys=True)


def _repeat(number: int, batch: int, choice: Choice, first: Trial) -> Trial:
    return Trial(number, batch, choice, "repeated", first.folds, first.reason, first.number)


def _try_new(
    choices: dict[int, Choice],
    before: Sequence[Trial],
    batch: int,
    evaluate: Evaluate,
    protocol: SearchSettings,
) -> list[Trial]:
    """Evaluate choices by number, fold after fold as far as the next rule, which ends the hopeless ones."""
    n_folds = protocol.folds * protocol.repeats
    best = find_best(before)
    trials = {number: Trial(number, batch, choice, "complete", ()) for number, choice in choices.items()}
    done = 0
    for rule in [*protocol.prune, None]:
        due = range(done, n_folds if rule is None else min(rule.after, n_folds))
        going_on = {number: trial for number, trial in trials.items() if trial.state == "complete"}
        scores = _evaluate_folds({number: trial.choice for number, trial in going_on.items()}, due, evaluate)
        for number, trial in going_on.items():
            trials[number] = _judge(_extend(trial, scores[number]), best, rule)
        done = max(done, due.stop)
    return list(trials.values())


def _evaluate_folds(choices: dict[int, Choice], folds: Sequence[int], evaluate: Evaluate) -> dict[int, list[FoldScore]]:
    scores = iter(evaluate(list(chain.from_iterable([(c, fold) for fold in folds] for c in choices.values()))))
    return {number: [next(scores) for _ in folds] for number in choices}


def _extend(trial: Trial, scores: Sequence[FoldScore]) -> Trial:
    """Return a trial with further folds, failed at the first fold that failed."""
    seconds = trial.seconds + sum(score.seconds for score in scores)
    for fold, score in enumerate(scores):
        if score.failure:
            run = trial.folds + tuple(earlier.roc_auc for earlier in scores[:fold])
            return replace(trial, state="failed", folds=run, reason=score.failure, seconds=seconds)
    return replace(trial, folds=trial.folds + tuple(score.roc_auc for score in scores), seconds=seconds)


def _judge(trial: Trial, best: Trial | None, rule: PruneRule | None) -> Trial:
    """Return a trial as it is, or pruned if a rule applies and it is hopeless by it."""
    if trial.state != "complete" or best is None or rule is None or not is_hopeless(trial.folds, best, rule):
        return trial
    reason = (
        f"Its mean {trial.mean:.4f} on the first {len(trial.folds)} folds is more than {rule.margin} below "
        f"{np.mean(best.folds[: len(trial.folds)]):.4f}, the mean of trial {best.number} on them."
    )
    return replace(trial, state="pruned", reason=reason)
