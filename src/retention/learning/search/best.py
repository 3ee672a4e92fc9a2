"""What a search leaves: ``best.json`` (the winner, those it was compared with, the price, and why) and its trials."""

from pydantic import Field

from retention.estimate import Estimate
from retention.learning.model.choice import STEPS, Choice, Parameter
from retention.strict import Strict
from retention.table_schema import ColumnSchema, TableSchema

TRIALS = TableSchema(
    rows="a trial, in the order of their numbers",
    columns={
        "number": ColumnSchema("integer", "From 0."),
        "batch": ColumnSchema("integer", "The trials that were proposed together."),
        "state": ColumnSchema("text", "`complete`, `pruned`, `failed` or `repeated`."),
        "model": ColumnSchema("text", "The family."),
        **{step: ColumnSchema("text", "The step of this name.") for step in STEPS},
        "params": ColumnSchema("text", "What was searched, as JSON."),
        "roc_auc": ColumnSchema("number", "The mean over the folds if every one was run, else empty."),
        "reason": ColumnSchema("text", "Why it was ended before, or what it failed with."),
        "repeat_of": ColumnSchema("integer", "The earlier trial with the same choice, if there is one."),
    },
    more={"fold_<number>": ColumnSchema("number", "ROC-AUC of a fold, empty where it was not run.")},
)


class ChosenTrial(Strict):
    """A trial as it is fitted if it wins."""

    trial: int  # its number
    model: str  # the family, as all here by its name in the settings
    scaler: str  # what scales numbers
    encoder: str  # what encodes categories
    features: str  # what is made of the columns before
    params: dict[str, Parameter]  # parameter → value, those of the refit among them

    @property
    def choice(self) -> Choice:
        """The point of the search space."""
        return Choice(self.model, self.scaler, self.encoder, self.features, self.params)


class ComparedTrial(ChosenTrial):
    """A candidate beside the leader."""

    roc_auc_search: float  # its mean on the folds of the search
    roc_auc: float  # its mean on the fresh ones
    below_leader: float  # how far that lies below the leader's
    noise: float  # the standard error of the difference
    complexity: int  # the family's, 1 to 3
    kilobytes: int  # the size of the pipeline fitted to all that the search sees
    eligible: bool  # whether it could win: the leader, or simpler within the noise and the tolerance


class FoldEstimate(Estimate):
    """A mean over folds with its 95 % interval by the corrected t (Nadeau and Bengio 2003)."""

    folds: tuple[float, ...]  # the value of every fold


class FamilyFailures(Strict):
    """The failed trials of one family of models."""

    model: str  # the family
    failed: int  # how many failed
    trials: int  # of how many trials; repeated ones do not count
    first: str  # what the first of them failed by

    def __str__(self) -> str:
        count = f"all {self.trials}" if self.failed == self.trials else f"{self.failed} of {self.trials}"
        return f"{count} trials of {self.model} failed, the first by {self.first}"


class TooSlow(Strict):
    """A family that is declared and was not searched, since its winner could not be fitted to all training rows."""

    model: str  # the family
    at_most: int  # training rows up to which it is searched


class Scale(Strict):
    """What a search spared on many training rows."""

    training: int  # all training rows, which the winner is fitted to
    searched: int  # those that the trials saw, drawn by customers
    left_out: tuple[TooSlow, ...]  # the families that were left out

    def __str__(self) -> str:
        drawn = f"The search sees {self.searched:,} of {self.training:,} training rows, whole customers drawn; "
        slow = [
            f"{one.model} is not searched: it is too slow for more than {one.at_most:,} training rows (at_most in "
            f"conf/model/{one.model}.yaml), here {self.training:,}."
            for one in self.left_out
        ]
        said = [drawn + "the winner is fitted to all of them."] if self.searched < self.training else []
        return "\n".join([*said, *slow])


class Best(ChosenTrial):
    """The winner of the search; the content of ``best.json``."""

    roc_auc: FoldEstimate
    """On the fresh folds; not corrected for the choice among the trials, so it tends to be too high."""
    study: str  # the digest of the study
    n_trials: int  # how many trials it has
    candidates: tuple[ComparedTrial, ...]  # the best trials, the best on the folds of the search first
    price: float  # the ROC-AUC given up for a simpler model
    tolerance: float  # the most that would be given up
    reason: str  # why it won
    failures: tuple[FamilyFailures, ...]  # the families of which trials could not be fitted
    scale: Scale | None = Field(default=None, exclude_if=lambda scale: scale is None)
    """Where the training rows are too many for every family, or for the search; else it is not there."""
