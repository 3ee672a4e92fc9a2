"""Which classes the settings may name: a `_target_` is imported and called, so it names what learns and no more."""

import re
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from typing import Annotated

from pydantic import AfterValidator, JsonValue

Target = dict[str, JsonValue]  # a Hydra target as the settings write it: ``_target_`` and arguments, themselves targets
ESTIMATOR = re.compile(r"(sklearn|lightgbm|xgboost|retention\.learning)(\.[a-z]\w*)*\.[A-Z]\w*")
DISTRIBUTION = re.compile(r"optuna\.distributions\.(Float|Int|Categorical)Distribution")
_SAID = {
    ESTIMATOR: "an estimator or transformer of sklearn, lightgbm, xgboost or retention.learning",
    DISTRIBUTION: "optuna.distributions.FloatDistribution, IntDistribution or CategoricalDistribution",
}
_HYDRA = {"_partial_", "_recursive_", "_convert_"}  # keys that change what Hydra does with a target


def find_foreign_class(declared: Target) -> str:
    """Import the classes that passed by their names; return a sentence on one that may not be called, else nothing."""
    from optuna.distributions import BaseDistribution
    from sklearn.base import BaseEstimator
    from sklearn.gaussian_process.kernels import Kernel

    for key, value in _walk(declared):
        if key.rpartition(".")[2] == "_target_":
            try:
                module, _, name = str(value).rpartition(".")
                found = getattr(import_module(module), name)
            except (ImportError, AttributeError, OSError) as error:  # OSError: a system library that a package needs
                return f"{key} = {value!r} cannot be imported ({' '.join(str(error).split())})"
            if not (isinstance(found, type) and issubclass(found, BaseEstimator | Kernel | BaseDistribution)):
                return f"{key} = {value!r} is not allowed: name {_SAID[ESTIMATOR]}"
    return ""


def _check(declared: Target, allowed: re.Pattern[str]) -> Target:
    """Return what a setting declares if every `_target_` in it, at any depth, is allowed by its name."""
    for key, value in _walk(declared):
        *parents, name = key.split(".")
        allows = name == "_target_" and isinstance(value, str) and allowed.fullmatch(value)
        if "_target_" in (*parents, name) and not allows:
            raise ValueError(f"{key} = {value!r} is not allowed: name {_SAID[allowed]}")
        if name in _HYDRA:
            raise ValueError(f"{key} is not allowed: leave it out")
        if isinstance(value, str) and "${" in value:
            raise ValueError(f"{key} = {value!r} is not allowed: write the value itself in the place of ${{…}}")
    return declared


def _walk(declared: JsonValue, key: str = "") -> Iterator[tuple[str, JsonValue]]:
    """Yield every value that is no list or dict, with the keys that lead to it, joined by points."""
    if isinstance(declared, dict | list):
        for name, value in declared.items() if isinstance(declared, dict) else enumerate(declared):
            yield from _walk(value, f"{key}.{name}" if key else str(name))
    else:
        yield key, declared


EstimatorTarget = Annotated[Target, AfterValidator(partial(_check, allowed=ESTIMATOR))]
DistributionTarget = Annotated[Target, AfterValidator(partial(_check, allowed=DISTRIBUTION))]
