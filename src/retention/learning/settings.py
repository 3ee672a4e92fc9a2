"""The settings of learning: what is split off, searched, trained, evaluated and explained."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field

from retention.errors import UserError, name_nearest
from retention.learning.model.choice import STEPS, Choice, Parameter
from retention.learning.model.targets import DistributionTarget, EstimatorTarget, Target
from retention.strict import Strict

CalibrationMethod = Literal["none", "sigmoid", "beta", "isotonic"]


class SplitSettings(Strict):
    """The section ``split``: the customers set aside for ``evaluate``; who equals one of them is not learnt from."""

    test_share: float = Field(gt=0, lt=1)
    seed: int = Field(ge=0, lt=2**32)  # apart from that of everything else, so that experiments share their test part


class StepSpace(Strict):
    """One choice of a feature step, scaler or encoder."""

    object: EstimatorTarget | None  # a Hydra target of an unfitted transformer; None leaves the columns as they are
    trusted_types: list[str] = Field(default_factory=list)  # that it may hold, once fitted, beyond those of skops
    not_for: list[str] = Field(default_factory=list)  # families that are not searched with it, unless they name it


class ModelSpace(Strict):
    """One model family: an estimator, what is searched of it, and the steps it may be combined with."""

    object: EstimatorTarget  # a Hydra target (``_target_`` and fixed arguments) of an unfitted classifier
    search: dict[str, DistributionTarget] = Field(default_factory=dict)  # by parameter, nested ones as ``step__name``
    scalers: list[str] | None = None
    encoders: list[str] | None = None
    features: list[str] | None = None
    """The names this family may be combined with; None allows all that are selected."""
    start: list[dict[str, Parameter]] = Field(default_factory=list)
    """Points that are tried first: parameters, and optionally ``scaler``, ``encoder``, ``features``."""
    refit: dict[str, Parameter] = Field(default_factory=dict)
    """Parameters of the winner in the place of those of `object`: what tells choices apart as well with less, such as
    the number of trees, need not be paid in every trial."""
    at_most: int | None = Field(default=None, ge=1)
    """Training rows; with more of them the family, being slow to fit to all of them, is left out of the search,
    whatever sample it sees. None: any number."""
    complexity: int = Field(ge=1, le=3)
    """How hard the fitted model is to explain, 1 (a formula or one small tree) to 3 (no exact attribution); among
    candidates within the noise a lower one wins."""
    trusted_types: list[str] = Field(default_factory=list)


class SpaceSettings(Strict):
    """What may be searched, by name: the sections ``model``, ``scaler``, ``encoder`` and ``features``."""

    model: dict[str, ModelSpace]
    scaler: dict[str, StepSpace]
    encoder: dict[str, StepSpace]
    features: dict[str, StepSpace]

    def find(self, choice: Choice) -> list[ModelSpace | StepSpace]:
        """Return what a choice names; it is a UserError if the settings no longer hold it."""
        found: list[ModelSpace | StepSpace] = []
        for kind in ("model", *STEPS):
            name, known = getattr(choice, kind), getattr(self, kind)
            if name not in known:
                raise UserError(
                    f"best.json names the {kind} {name!r}, which the settings no longer select ({', '.join(known)}): "
                    "run the search again with `dvc repro`."
                )
            found.append(known[name])
        return found

    def choose_searched(self, search: "SearchSettings") -> "SpaceSettings":
        """Return what a search tries: the feature steps it chooses, its starting points before those of the families.

        Raises
        ------
        UserError
            If it chooses a feature step that is not declared.
        """
        chosen = list(self.features) if search.features is None else search.features
        for name in chosen:
            if name not in self.features:
                raise UserError(f"search.features: there is no step {name}{name_nearest(name, self.features)}.")
        families = {}
        for name, family in self.model.items():
            fitting = [step for step in chosen if name not in self.features[step].not_for]
            own = family.features if len(fitting) == len(chosen) else family.features or fitting
            start = [*search.start.get(name, ()), *family.start]
            families[name] = family.model_copy(update={"features": own, "start": start})
        features = {name: self.features[name] for name in chosen}
        return self.model_copy(update={"model": families, "features": features})

    def fit_to_shop(self, series: Mapping[str, Sequence[str]]) -> "SpaceSettings":
        """Return the space with a shop's month series in the steps that take some; without any they are left out."""
        months: Target = {"series": {measure: list(columns) for measure, columns in series.items()}}
        ready: dict[str, StepSpace] = {}
        for name, step in self.features.items():
            if step.object is None or "series" not in step.object:
                ready[name] = step
            elif series:
                ready[name] = step.model_copy(update={"object": step.object | months})
        return self.model_copy(update={"features": ready})

    def fit_to_size(self, n_customers: int) -> "SpaceSettings":
        """Return the space without the families that are too slow for so many training rows."""
        quick = {name: family for name, family in self.model.items() if (family.at_most or n_customers) >= n_customers}
        return self.model_copy(update={"model": quick})


class PruneRule(Strict):
    """When a trial is hopeless: by how much the mean of its first folds lies below that of the best on the same."""

    after: int = Field(ge=1)  # folds after which it is judged
    margin: float = Field(ge=0, le=1)  # ROC-AUC


class SelectionSettings(Strict):
    """How the winner is chosen among the best trials."""

    candidates: int = Field(ge=1)  # how many are compared
    repeats: int = Field(ge=1)  # of the folds, other than those of the search, on which they are compared
    tolerance: float = Field(ge=0, le=1)  # the most ROC-AUC that is paid for a simpler model, within the noise or not


class SearchSettings(Strict):
    """The section ``search``."""

    n_trials: int = Field(ge=1)  # over all interruptions; the first trials of a longer search are those of a shorter
    batch_size: int = Field(ge=1)  # trials proposed at a time, each knowing the results of the batches before
    startup: int = Field(ge=0)  # trials before the sampler learns, the starting points of the families among them
    folds: int = Field(ge=2)
    repeats: int = Field(ge=1)  # how often the folds of the objective are drawn anew, at most
    enough: int = Field(ge=1)  # rows a trial is scored on before a further repeat is spared, in the selection too
    sample: int | None = Field(default=None, ge=50)
    """Training rows that the search learns from, of more so many drawn by customers; the winner is fitted to all. None:
    all of them."""
    prune: list[PruneRule]  # one rule after another
    selection: SelectionSettings
    features: list[str] | None = None  # the feature steps that are searched; None: all that the settings declare
    reuse: bool  # whether the winner of the last month under ``data/history/`` takes the place of a search
    start: dict[str, list[dict[str, Parameter]]] = Field(default_factory=dict)  # by family, tried before its own

    def fit_to_size(self, n_customers: int) -> "SearchSettings":
        """Return the settings for so many training customers: without the repeats that `enough` spares."""
        needed = -(-self.enough // n_customers)
        selection = self.selection.model_copy(update={"repeats": min(self.selection.repeats, needed)})
        return self.model_copy(update={"repeats": min(self.repeats, needed), "selection": selection})


class TrainSettings(Strict):
    """The section ``train``."""

    folds: int = Field(ge=3, le=20)  # k (k + 1) / 2 fits, since each has folds of its own inside
    methods: list[CalibrationMethod] = Field(min_length=1)  # compared, the simplest first; a single one is taken


class EvaluateSettings(Strict):
    """The section ``evaluate``."""

    resamples: int = Field(ge=100, le=100_000)  # bootstrap resamples behind every interval
    confidence: float = Field(gt=0.5, lt=1)  # how often an interval is to hold the truth
    bins: int = Field(ge=2, le=100)  # groups of equal size of the calibration curve and the calibration error
    recipe_rows: int | None = Field(default=None, ge=100)
    """Training rows that the studies' recipes are fitted to, of more so many drawn by customers; None: all of them."""
    out_of_time: int = Field(ge=0, le=60)  # of the latest months that are predicted from those before; each is a fit


class ExplainSettings(Strict):
    """The section ``explain``."""

    background: int = Field(ge=100, le=10_000)
    """Training customers that a model without a formula or trees is compared with; more gives steadier attributions."""
    bins: int = Field(ge=2, le=50)  # groups of a numeric column in the shape of its influence
    resamples: int = Field(ge=100, le=100_000)  # bootstrap resamples behind the intervals of the importance
