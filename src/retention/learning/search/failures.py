"""Trials that could not be fitted, by family: told at the end of a search, and its end if a whole family fails."""

from collections.abc import Sequence

from retention.errors import UserError
from retention.learning.search.best import FamilyFailures
from retention.learning.search.trial import Trial


def count_failures(trials: Sequence[Trial]) -> tuple[FamilyFailures, ...]:
    """Return the families of which trials failed, in the order of their names."""
    new = [trial for trial in trials if trial.state != "repeated"]
    failed = [trial for trial in new if trial.state == "failed"]
    return tuple(
        FamilyFailures(
            model=model,
            failed=sum(trial.choice.model == model for trial in failed),
            trials=sum(trial.choice.model == model for trial in new),
            first=next(trial.reason for trial in failed if trial.choice.model == model),
        )
        for model in sorted({trial.choice.model for trial in failed})
    )


def refuse_lost_families(failures: Sequence[FamilyFailures]) -> None:
    """Refuse a search in which a family that the settings name had no trial that could be fitted.

    Raises
    ------
    UserError
        With the first failure of each such family.
    """
    if lost := [family for family in failures if family.failed == family.trials]:
        raise UserError(
            f"The search lost a family of models: {'; '.join(map(str, lost))}. Mend "
            f"{' and '.join(f'conf/model/{family.model}.yaml' for family in lost)} or the columns that it takes, or "
            "leave it out of conf/config.yaml."
        )
