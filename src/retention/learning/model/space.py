"""What may be searched: families of models and the steps each may be combined with, built from settings."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

from hydra.errors import HydraException
from hydra.utils import instantiate
from optuna.distributions import BaseDistribution
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from retention.errors import UserError, name_nearest, one_line
from retention.learning.model.cells import ReadyCells, build_ready_cells, list_encoded
from retention.learning.model.choice import STEPS, Choice, Parameter
from retention.learning.model.pipeline import Estimator, build_pipeline
from retention.learning.model.targets import Target, find_foreign_class
from retention.learning.settings import ModelSpace, SpaceSettings, StepSpace
from retention.tables.roles import ColumnRoles


@dataclass(frozen=True)
class Family:
    """One family of models."""

    estimator: Estimator  # unfitted, with its fixed arguments and seed
    distributions: Mapping[str, BaseDistribution]  # by parameter; never one of another family
    steps: Mapping[str, tuple[str, ...]]  # the names it may be combined with, by ``scaler``, ``encoder``, ``features``
    declared: ModelSpace


@dataclass(frozen=True)
class Space:
    """Every family, and every step by kind and name (None leaves the columns as they are)."""

    families: Mapping[str, Family]
    steps: Mapping[str, Mapping[str, Estimator | None]]
    categorical: tuple[str, ...]
    ready: ReadyCells | None


def build_space(declared: SpaceSettings, roles: ColumnRoles, seed: int) -> Space:
    """Build the search space that the settings declare.

    Parameters
    ----------
    declared : SpaceSettings
    roles : ColumnRoles
        Of the shop's columns.
    seed : int
        Given to every estimator and step that takes a ``random_state``.

    Raises
    ------
    UserError
        If a class cannot be imported, an argument or searched parameter is unknown to it, a range is empty, a
        starting point is not searched, or no step that a family allows is selected. The message names
        the file and the key.
    """
    steps = {
        kind: {name: _build_step(step, kind, name, seed) for name, step in getattr(declared, kind).items()}
        for kind in STEPS
    }
    names = {kind: tuple(options) for kind, options in steps.items()}
    families = {name: _build_family(family, name, names, seed) for name, family in declared.model.items()}
    return Space(families, steps, tuple(list_encoded(roles)), build_ready_cells(roles))


def build_pipeline_of(choice: Choice, space: Space) -> Pipeline:
    """Return the unfitted pipeline of a choice; nothing in `space` is changed by fitting it."""
    scaler, encoder, features = (clone(space.steps[kind][getattr(choice, kind)], safe=False) for kind in STEPS)
    ready = clone(space.ready, safe=False)
    return build_pipeline(build_model(choice, space), scaler, encoder, features, space.categorical, ready)


def build_model(choice: Choice, space: Space) -> Estimator:
    """Return the unfitted last step of a choice."""
    return clone(space.families[choice.model].estimator).set_params(**choice.params)


def choose_refit(choice: Choice, space: Space) -> Choice:
    """Return a choice as it is fitted if it wins: with its family's `refit` parameters."""
    return replace(choice, params={**choice.params, **space.families[choice.model].declared.refit})


def build_choice(choice: Choice, declared: SpaceSettings, roles: ColumnRoles, seed: int) -> Pipeline:
    """Return the unfitted pipeline that ``best.json`` names; parameters as of `build_space`.

    Raises
    ------
    UserError
        As `build_space`, or if the settings no longer hold what `choice` names.
    """
    declared.find(choice)
    return build_pipeline_of(choice, build_space(declared, roles, seed))


def _build_step(step: StepSpace, kind: str, name: str, seed: int) -> Estimator | None:
    if step.object is None:
        return None
    file = "conf/shop/" if kind == "features" else f"conf/{kind}/{name}.yaml"
    return _seeded(_instantiate(step.object, file, f"{kind}.{name}.object"), seed)


def _build_family(family: ModelSpace, name: str, names: Mapping[str, tuple[str, ...]], seed: int) -> Family:
    file, key = f"conf/model/{name}.yaml", f"model.{name}"
    estimator = _seeded(_instantiate(family.object, file, f"{key}.object"), seed)
    _check_parameters(family, estimator, file, key)
    drawn = {param: _instantiate(target, file, f"{key}.search.{param}") for param, target in family.search.items()}
    allowed = {"scaler": family.scalers, "encoder": family.encoders, "features": family.features}
    steps = {kind: _allowed(chosen, names[kind], file, f"{key}.{kind}") for kind, chosen in allowed.items()}
    for number, start in enumerate(family.start):
        searched = {param: value for param, value in start.items() if param not in steps}  # a step may be left out
        _check_start(searched, drawn, f"{file}: {key}.start.{number}")
    return Family(estimator, drawn, steps, family)


def _check_parameters(family: ModelSpace, estimator: Estimator, file: str, key: str) -> None:
    """Refuse a parameter that the estimator does not have, and one that is both searched and set by the refit."""
    known = estimator.get_params()
    for section in ("search", "refit"):
        params: Collection[str] = getattr(family, section)
        if unknown := [param for param in params if param not in known]:
            raise UserError(
                f"{file}: {key}.{section}.{unknown[0]}: {type(estimator).__name__} has no such parameter"
                f"{name_nearest(unknown[0], known)}: correct the name."
            )
    if both := sorted(family.search.keys() & family.refit.keys()):
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


def _check_start(start: Mapping[str, Parameter], drawn: Mapping[str, BaseDistribution], where: str) -> None:
    for name, value in start.items():
        if name not in drawn:
            raise UserError(f"{where}.{name} is not searched{name_nearest(name, drawn)}: correct the name.")
        try:
            may_draw = drawn[name]._contains(drawn[name].to_internal_repr(value))
        except (TypeError, ValueError):
            may_draw = False
        if not may_draw:
            raise UserError(f"{where}.{name} = {value!r} is outside of {drawn[name]}: choose a value in it.")


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
        reason = one_line(error.__cause__ or error)
        raise UserError(f"{file}: {key} cannot be built from {declared['_target_']}: {reason}.") from None


def _seeded(estimator: Estimator, seed: int) -> Estimator:
    """Return `estimator` with every ``random_state`` in it, at any depth, set to `seed`."""
    names = [name for name in estimator.get_params() if name.split("__")[-1] == "random_state"]
    return estimator.set_params(**dict.fromkeys(names, seed))
