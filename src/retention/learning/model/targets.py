"""Which classes the settings may name: a `_target_` is imported and called, so it names what learns and no more."""

import re
from collections.abc import Iterator
from importlib import import_module

from pydantic import JsonValue

Target = dict[str, JsonValue]
"""A Hydra target as the settings write it: ``_target_``, and arguments that may hold targets."""

ESTIMATOR = re.compile(r"(sklearn|lightgbm|xgboost|retention\.learning)(\.[a-z]\w*)*\.[A-Z]\w*")
DISTRIBUTION = re.compile(r"optuna\.distributions\.(Float|Int|Categorical)Distribution")
_SAID = {
    ESTIMATOR: "an estimator or transformer of sklearn, lightgbm, xgboost or retention.learning",
    DISTRIBUTION: "optuna.distributions.FloatDistribution, IntDistribution or CategoricalDistribution",
}
_HYDRA = {"_partial_", "_recursive_", "_convert_"}  # keys that change what Hydra does with a target


def check_estimator_targets(declared: Target) -> Target:
    """Return what a setting declares if every `_target_` in it, at any depth, may be an estimator; import nothing.

    Raises
    ------
    ValueError
        If one may not be; the message names its key, the target and what is allowed.
    """
    _check(declared, ESTIMATOR)
    return declared


def check_distribution_targets(declared: Target) -> Target:
    """Return what a setting declares if every `_target_` in it is a distribution; see `check_estimator_targets`."""
    _check(declared, DISTRIBUTION)
    return declared


def find_foreign_class(declared: Target) -> str:
    """Import the classes that were checked by name; return a sentence on one that may not be called, else nothing.

    Parameters
    ----------
    declared : dict
        What `check_estimator_targets` or `check_distribution_targets` let through.
    """
    for key, value in _walk(declared):
        if key.rpartition(".")[2] == "_target_":
            try:
                module, _, name = str(value).rpartition(".")
                found = getattr(import_module(module), name)
            except (ImportError, AttributeError, OSError) as error:  # OSError: a system library that a package needs
                return f"{key} = {value!r} cannot be imported ({' '.join(str(error).split())})"
            if not _is_allowed(found):
                return f"{key} = {value!r} is not allowed: name {_SAID[ESTIMATOR]}"
    return ""


def _is_allowed(found: object) -> bool:
    from optuna.distributions import BaseDistribution
    from sklearn.base import BaseEstimator
    from sklearn.gaussian_process.kernels import Kernel

    return isinstance(found, type) and issubclass(found, BaseEstimator | Kernel | BaseDistribution)


def _check(declared: Target, allowed: re.Pattern[str]) -> None:
    for key, value in _walk(declared):
        *parents, name = key.split(".")
        allows = name == "_target_" and isinstance(value, str) and allowed.fullmatch(value)
        if "_target_" in (*parents, name) and not allows:
            raise ValueError(f"{key} = {value!r} is not allowed: name {_SAID[allowed]}")
        if name in _HYDRA:
            raise ValueError(f"{key} is not allowed: leave it out")
        if isinstance(value, str) and "${" in value:
            raise ValueError(f"{key} = {value!r} is not allowed: write the value itself in the place of ${{…}}")


def _walk(declared: JsonValue, key: str = "") -> Iterator[tuple[str, JsonValue]]:
    """Yield every value that is no list or dict, with the keys that lead to it, joined by points."""
    if isinstance(declared, dict | list):
        for name, value in declared.items() if isinstance(declared, dict) else enumerate(declared):
            yield from _walk(value, f"{key}.{name}" if key else str(name))
    else:
        yield key, declared
