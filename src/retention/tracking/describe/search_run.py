"""A search as a run: the trials are its children, and what is said of it grows with them."""

from collections.abc import Iterator, Mapping, Sequence

from retention.learning.search.best import Best
from retention.learning.search.trial import Trial
from retention.tracking.describe.trial import describe_trial, is_scored
from retention.tracking.store.records import STUDY, USER, Content, Dataset, File, Metric, Param, Run, Tag


def describe_search(
    trials: Sequence[Trial],
    best: Best,
    protocol: Mapping[str, str],
    user: str,
    attachments: Sequence[Dataset | File | Content],
) -> Run:
    """Return the run of a search with all its trials.

    A longer search of the same study continues this one, so that what may change is a tag, or a metric whose step is
    the number of the trial; a parameter could not change.

    Parameters
    ----------
    trials : sequence of Trial
        All of them, in order.
    best : Best
        The winner.
    protocol : mapping of str to str
        The settings that the study is identified by.
    user : str
        Who ran it.
    attachments : sequence of Dataset, File or Content
        What it was made from, the table of trials and the pictures.
    """
    seconds = sum(trial.seconds for trial in trials)
    told = f"trial {best.trial}: {' · '.join((best.model, best.scaler, best.encoder, best.features))}"
    tags = {
        STUDY: best.study,
        USER: user,
        "retention.chosen": told,
        "mlflow.note.content": " ".join([f"Chosen: {told}. {best.reason}", *(f"{one}." for one in best.failures)]),
    }
    return Run(
        kind="search",
        digest=best.study,
        name=f"search {best.study[:8]}",
        records=(
            *(Param(key, value) for key, value in protocol.items()),
            *follow_best(trials),
            *_count(trials, best, seconds),
            *(Tag(key, value) for key, value in tags.items()),
            *attachments,
        ),
        extent=len(trials),
        seconds=seconds or None,
        children=tuple(describe_trial(best.study, trial, user) for trial in trials),
    )


def follow_best(trials: Sequence[Trial]) -> Iterator[Metric]:
    """Yield the best mean ROC-AUC so far at every complete trial; the UI draws it as the search's history."""
    best = float("-inf")
    for trial in trials:
        if is_scored(trial):
            best = max(best, trial.mean)
            yield Metric("best_cv_roc_auc", best, step=trial.number)


def _count(trials: Sequence[Trial], best: Best, seconds: float) -> Iterator[Metric]:
    states = [trial.state for trial in trials]
    numbers = {
        "trials": len(trials),
        **{f"trials_{state}": states.count(state) for state in ("complete", "pruned", "failed", "repeated")},
        "chosen_roc_auc": best.roc_auc.value,
        "chosen_roc_auc_low": best.roc_auc.low,
        "chosen_roc_auc_high": best.roc_auc.high,
        "trial_seconds": seconds,
    }
    yield from (Metric(key, value, step=len(trials)) for key, value in numbers.items())
