"""What may be searched: families of models and the steps each may be combined with, built from settings."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

from hydra.errors import HydraException
from hydra.utils import instantiate
from optuna.distributions import BaseDistribution
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from retention.errors import UserError, name_nearest
from retention.learning.model.choice import Choice, Parameter
from retention.learning.model.pipeline import Estimator, build_pipeline
from retention.learning.model.targets import Target, find_foreign_class
from retention.learning.settings import ModelSpace, StepSpace
from retention.tables.columns import CATEGORICAL


@dataclass(frozen=True)
class Family:
    """One family of models.

    Parameters
    ----------
    estimator : estimator
        Unfitted, with its fixed arguments and seed.
    distributions : mapping
        Parameter → what it is drawn from; never a parameter of another family.
    steps : mapping
        ``scaler``, ``encoder``, ``features`` → the names it may be combined with.
    starts : tuple of dict
        Points to try first, in the shape of `distributions` plus `STEPS`.
    refit : mapping
        Parameters of the winner, beside the searched ones.
    complexity : int
        1 (a formula or one small tree) to 3 (no exact attribution).
    """

    estimator: Estimator
    distributions: Mapping[str, BaseDistribution]
    steps: Mapping[str, tuple[str, ...]]
    starts: tuple[Mapping[str, Parameter], ...]
    refit: Mapping[str, Parameter]
    complexity: int


@dataclass(frozen=True)
class Space:
    """Every family, and every step by kind and name (None leaves the columns as they are)."""

    families: Mapping[str, Family]
    steps: Mapping[str, Mapping[str, Estimator | None]]
    categorical: tuple[str, ...]


def build_space(
    model: Mapping[str, ModelSpace],
    scaler: Mapping[str, StepSpace],
    encoder: Mapping[str, StepSpace],
    features: Mapping[str, StepSpace],
    categorical: Sequence[str],
    seed: int,
) -> Space:
    """Build the search space that the settings declare.

    Parameters
    ----------
    model, scaler, encoder, features
        The settings sections of the same names.
    categorical : sequence of str
        The categorical columns.
    seed : int
        Given to every estimator and step that takes a ``random_state``.

    Raises
    ------
    UserError
        If a class cannot be imported, an argument or searched parameter is unknown to it, a range is empty, or a
        name is not among the selected ones. The message names the file and the key.
    """
    declared = {"scaler": scaler, "encoder": encoder, "features": features}
    steps = {
        kind: {name: _build_step(step, kind, name, seed) for name, step in options.items()}
        for kind, options in declared.items()
    }
    names = {kind: tuple(options) for kind, options in steps.items()}
    families = {name: _build_family(space, name, names, seed) for name, space in model.items()}
    return Space(families, steps, tuple(categorical))


def build_pipeline_of(choice: Choice, space: Space) -> Pipeline:
    """Return the unfitted pipeline of a choice; nothing in `space` is changed by fitting it."""
    return build_pipeline(
        build_model(choice, space),
        # not safe: a step may be None
        clone(space.steps["scaler"][choice.scaler], safe=False),
        clone(space.steps["encoder"][choice.encoder], safe=False),
        clone(space.steps["features"][choice.features], safe=False),
        space.categorical,
    )


def build_model(choice: Choice, space: Space) -> Estimator:
    """Return the unfitted last step of a choice."""
    return clone(space.families[choice.model].estimator).set_params(**choice.params)


def choose_refit(choice: Choice, space: Space) -> Choice:
    """Return a choice as it is fitted if it wins: with its family's `refit` parameters."""
    return replace(choice, params={**choice.params, **space.families[choice.model].refit})


def build_choice(
    choice: Choice,
    model: Mapping[str, ModelSpace],
    scaler: Mapping[str, StepSpace],
    encoder: Mapping[str, StepSpace],
    features: Mapping[str, StepSpace],
    seed: int,
    categorical: Sequence[str] = CATEGORICAL,
) -> Pipeline:
    """Return the unfitted pipeline that ``best.json`` names.

    Parameters
    ----------
    choice : Choice
        What it names.
    model, scaler, encoder, features, seed
        As in `build_space`.
    categorical : sequence of str, optional
        The categorical columns.

    Raises
    ------
    UserError
        As `build_space`, or if the settings no longer hold what `choice` names.
    """
    space = build_space(model, scaler, encoder, features, categorical, seed)
    for kind, known in {"model": space.families, **space.steps}.items():
        check_selected(kind, getattr(choice, kind), known)
    return build_pipeline_of(choice, space)


def check_selected(kind: str, name: str, known: Collection[str]) -> None:
    """Refuse a name that the settings do not hold.

    Raises
    ------
    UserError
        If `name` is not among the `known` ones.
    """
    if name not in known:
        raise UserError(
            f"best.json names the {kind} {name!r}, which the settings no longer select ({', '.join(known)}): "
            "run the search again with `dvc repro`."
        )


def _build_step(step: StepSpace, kind: str, name: str, seed: int) -> Estimator | None:
    if step.object is None:
        return None
    return _seeded(_instantiate(step.object, f"conf/{kind}/{name}.yaml", f"{kind}.{name}.object"), seed)


def _build_family(space: ModelSpace, name: str, names: Mapping[str, tuple[str, ...]], seed: int) -> Family:
    file, key = f"conf/model/{name}.yaml", f"model.{name}"
    estimator = _seeded(_instantiate(space.object, file, f"{key}.object"), seed)
    _check_parameters(space, estimator, file, key)
    distributions = {param: _instantiate(drawn, file, f"{key}.search.{param}") for param, drawn in space.search.items()}
    allowed = {"scaler": space.scalers, "encoder": space.encoders, "features": space.features}
    steps = {kind: _allowed(chosen, names[kind], file, f"{key}.{kind}") for kind, chosen in allowed.items()}
    for number, start in enumerate(space.start):
        _check_start(start, distributions, steps, f"{file}: {key}.start.{number}")
    return Family(estimator, distributions, steps, tuple(space.start), space.refit, space.complexity)


def _check_parameters(space: ModelSpace, estimator: Estimator, file: str, key: str) -> None:
    """Refuse a parameter that the estimator does not have, and one that is both searched and set by the refit."""
    known = estimator.get_params()
    for section, params in {"search": list(space.search), "refit": list(space.refit)}.items():
        for param in params:
            if param not in known:
                raise UserError(
                    f"{file}: {key}.{section}.{param}: {type(estimator).__name__} has no such parameter"
                    f"{name_nearest(param, known)}: correct the name."
                )
    if both := sorted(set(space.search) & set(space.refit)):
        raise UserError(f"{file}: {key} both searches {both[0]} and sets it for the refit: choose one.")


def _allowed(chosen: list[str] | None, names: tuple[str, ...], file: str, key: str) -> tuple[str, ...]:
    """Return the selected steps that a family allows; one that is merely not selected is left out."""
    allowed = names if chosen is None else tuple(name for name in chosen if name in names)
    if not allowed:
        raise UserError(
            f"{file}: {key} allows {', '.join(chosen or ()) or 'nothing'}, and none of it is selected in "
            f"conf/config.yaml ({', '.join(names) or 'nothing'}): select one or leave the family out."
        )
    return allowed


def _check_start(
    start: Mapping[str, Parameter],
    distributions: Mapping[str, BaseDistribution],
    steps: Mapping[str, tuple[str, ...]],
    where: str,
) -> None:
    for name, value in start.items():
        if name in steps:
            continue  # a step that is not selected is drawn instead
        if name not in distributions:
            raise UserError(f"{where}.{name} is not searched{name_nearest(name, distributions)}: correct the name.")
        if not may_draw(distributions[name], value):
            raise UserError(f"{where}.{name} = {value!r} is outside of {distributions[name]}: choose a value in it.")


def may_draw(distribution: BaseDistribution, value: Parameter) -> bool:
    """Tell whether a value could have been drawn from a distribution."""
    try:
        return bool(distribution._contains(distribution.to_internal_repr(value)))
    except (TypeError, ValueError):
        return False


def _instantiate(declared: Target, file: str, key: str) -> Any:
    """Build an object from its Hydra target; a mistake becomes a sentence that names file and key."""
    if "_target_" not in declared:
        raise UserError(f"{file}: {key} has no _target_: name the class to build.")
    package = str(declared["_target_"]).split(".")[0]
    if find_spec(package) is None:
        raise UserError(
            f"{file}: {key} needs the package {package}, which is not installed: install it "
            f"(`pip install {package}`) or leave {file.split('/')[-1]} out of conf/config.yaml."
        )
    if foreign := find_foreign_class(declared):
        raise UserError(f"{file}: {key}.{foreign}.")
    try:
        return instantiate(declared, _convert_="all")
    except HydraException as error:
        cause = error.__cause__ or error
        reason = " ".join(str(cause).split())
        raise UserError(f"{file}: {key} cannot be built from {declared['_target_']}: {reason}.") from None


def _seeded(estimator: Estimator, seed: int) -> Estimator:
    """Return `estimator` with every ``random_state`` in it, at any depth, set to `seed`."""
    names = [name for name in estimator.get_params() if name.split("__")[-1] == "random_state"]
    return estimator.set_params(**dict.fromkeys(names, seed))
