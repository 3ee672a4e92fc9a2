"""The settings of learning: what is split off, searched, trained, evaluated and explained."""

from typing import Literal

from pydantic import Field

from retention.errors import UserError, name_nearest
from retention.learning.model.choice import STEPS, Choice, Parameter
from retention.learning.model.targets import DistributionTarget, EstimatorTarget
from retention.strict import Strict

CalibrationMethod = Literal["none", "sigmoid", "beta", "isotonic"]


class SplitSettings(Strict):
    """The section ``split``.

    Parameters
    ----------
    test_share : float
        The share of customers set aside for ``evaluate``; twins stay on one side.
    seed : int
        Draws them; apart from the seed of everything else, so that experiments share their test part.
    """

    test_share: float = Field(gt=0, lt=1)
    seed: int = Field(ge=0, lt=2**32)


class StepSpace(Strict):
    """One choice of a feature step, scaler or encoder.

    Parameters
    ----------
    object : dict or None
        A Hydra target (``_target_`` and arguments) of an unfitted transformer, as `model.targets` allows
        it; None leaves the columns as they are.
    trusted_types : list of str
        The types that the saved form of the fitted transformer may contain beyond those skops trusts itself.
    not_for : list of str
        Families that are not searched with it.
    """

    object: EstimatorTarget | None
    trusted_types: list[str] = Field(default_factory=list)
    not_for: list[str] = Field(default_factory=list)


class ModelSpace(Strict):
    """One model family: an estimator, what is searched of it, and the steps it may be combined with.

    Parameters
    ----------
    object : dict
        A Hydra target (``_target_`` and fixed arguments) of an unfitted classifier; see `model.targets`.
    search : dict
        Parameter of the estimator (nested ones as ``step__name``) → Hydra target of an Optuna distribution.
    scalers, encoders, features : list of str or None
        The names this family may be combined with; None allows all that are selected.
    start : list of dict
        Points that are tried first: parameters, and optionally ``scaler``, ``encoder``, ``features``.
    refit : dict
        Parameters of the winner in the place of those of `object`: what tells choices apart as well with less, such
        as the number of trees, need not be paid in every trial.
    complexity : int
        How hard the fitted model is to explain, 1 (a formula or one small tree) to 3 (no exact attribution);
        among candidates within the noise a lower one wins.
    trusted_types : list of str
        The types that the saved form of the fitted model may contain beyond those skops trusts itself.
    """

    object: EstimatorTarget
    search: dict[str, DistributionTarget] = Field(default_factory=dict)
    scalers: list[str] | None = None
    encoders: list[str] | None = None
    features: list[str] | None = None
    start: list[dict[str, Parameter]] = Field(default_factory=list)
    refit: dict[str, Parameter] = Field(default_factory=dict)
    complexity: int = Field(ge=1, le=3)
    trusted_types: list[str] = Field(default_factory=list)


class SpaceSettings(Strict):
    """What may be searched, by name: the sections ``model``, ``scaler``, ``encoder`` and ``features``."""

    model: dict[str, ModelSpace]
    scaler: dict[str, StepSpace]
    encoder: dict[str, StepSpace]
    features: dict[str, StepSpace]

    def find(self, choice: Choice) -> list[ModelSpace | StepSpace]:
        """Return what a choice names.

        Raises
        ------
        UserError
            If the settings no longer hold it.
        """
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


class PruneRule(Strict):
    """When a trial is hopeless.

    Parameters
    ----------
    after : int
        Folds after which a trial is judged.
    margin : float
        ROC-AUC by which its mean may lie below that of the best finished trial on the same folds.
    """

    after: int = Field(ge=1)
    margin: float = Field(ge=0, le=1)


class SelectionSettings(Strict):
    """How the winner is chosen among the best trials.

    Parameters
    ----------
    candidates : int
        How many of the best trials are compared.
    repeats : int
        Repeats of the folds, other than those of the search, on which they are compared.
    tolerance : float
        The most ROC-AUC that is paid for a simpler model, within the noise or not.
    """

    candidates: int = Field(ge=1)
    repeats: int = Field(ge=1)
    tolerance: float = Field(ge=0, le=1)


class SearchSettings(Strict):
    """The section ``search``.

    Parameters
    ----------
    n_trials : int
        The total, over all interruptions; the first trials of a longer search are those of a shorter one.
    batch_size : int
        Trials proposed at a time, each knowing the results of the batches before.
    startup : int
        Trials before the sampler begins to learn (the starting points of the families count).
    folds, repeats : int
        The folds of the objective and how often they are drawn anew.
    prune : list of PruneRule
        When a trial is stopped, one rule after another.
    selection : SelectionSettings
        How the winner is chosen.
    features : list of str or None
        The feature steps that are searched; None means all that the settings declare.
    start : dict of str to list of dict
        By family, points that a shop wants tried before the family's own.
    """

    n_trials: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    startup: int = Field(ge=0)
    folds: int = Field(ge=2)
    repeats: int = Field(ge=1)
    prune: list[PruneRule]
    selection: SelectionSettings
    features: list[str] | None = None
    start: dict[str, list[dict[str, Parameter]]] = Field(default_factory=dict)


class TrainSettings(Strict):
    """The section ``train``.

    Parameters
    ----------
    folds : int
        Folds of the out-of-fold probabilities; k (k + 1) / 2 fits, since each has folds of its own inside.
    methods : list of str
        Ways of calibrating that are compared, the simplest first; a single one is taken as it is.
    """

    folds: int = Field(ge=3, le=20)
    methods: list[CalibrationMethod] = Field(min_length=1)


class EvaluateSettings(Strict):
    """The section ``evaluate``.

    Parameters
    ----------
    resamples : int
        Bootstrap resamples behind every interval.
    confidence : float
        The share of resamples that an interval spans.
    bins : int
        Groups of equal size of the calibration curve and of the expected calibration error.
    """

    resamples: int = Field(ge=100, le=100_000)
    confidence: float = Field(gt=0.5, lt=1)
    bins: int = Field(ge=2, le=100)


class ExplainSettings(Strict):
    """The section ``explain``.

    Parameters
    ----------
    background : int
        Training customers that a model without a formula or trees is compared with; more gives steadier attributions.
    bins : int
        Groups of a numeric column in the shape of its influence.
    resamples : int
        Bootstrap resamples behind the intervals of the importance.
    """

    background: int = Field(ge=100, le=10_000)
    bins: int = Field(ge=2, le=50)
    resamples: int = Field(ge=100, le=100_000)
