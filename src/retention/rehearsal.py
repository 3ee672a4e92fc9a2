"""The settings tried on a few made-up customers: what would end a run after minutes is said at once."""

import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from retention.errors import UserError
from retention.learning.model.choice import STEPS, Choice
from retention.learning.model.model_file import find_foreign_types, list_trusted_types, write_model_bytes
from retention.learning.model.pipeline import compute_output
from retention.learning.model.space import Space, build_pipeline_of, build_space, choose_refit
from retention.learning.search.fitting import describe_failure
from retention.learning.search.trial import propose
from retention.settings import Settings
from retention.tables.roles import list_roles

_EMPTY = 0.1  # of the cells that may be empty
CUSTOMERS = 300  # more than the neighbours, the leaves or the folds that a starting point may ask for


def rehearse(settings: Settings) -> None:
    """Build every object that the settings name, and fit each family and step once.

    Raises
    ------
    UserError
        With a sentence for each fault: what cannot be built or fitted, and the types of a fitted model that its file
        could not be read with.
    """
    faults = list(dict.fromkeys(_find_faults(settings)))
    if faults:
        raise UserError(" ".join(faults))


def _find_faults(settings: Settings) -> Iterator[str]:
    customers, declined = draw_customers(settings)
    declared = settings.space.choose_searched(settings.search)
    roles = list_roles(settings.tables.columns)
    tried: set[str] = set()
    for name, family in declared.model.items():
        try:
            space = build_space(declared.model_copy(update={"model": {name: family}}), roles, settings.seed)
        except UserError as error:
            yield str(error)
            continue
        for file, choice, pipeline in _list_parts(space, settings.seed):
            if file not in tried:
                tried.add(file)
                yield from _try(file, pipeline, list_trusted_types(choice, declared), customers, declined)


def draw_customers(settings: Settings) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the features and labels of made-up customers: every column within its range, nothing else true of it."""
    rng = np.random.default_rng(settings.seed)
    columns = {}
    features = {name: column for name, column in settings.tables.columns.items() if column.kind}
    for name, column in features.items():
        if not column.is_number:
            columns[name] = rng.choice(list(column.values), CUSTOMERS)
        else:
            low = 0.0 if column.low is None else column.low
            high = low + 100 if column.high is None else column.high
            columns[name] = rng.uniform(min(low, high), high, CUSTOMERS).round(0 if column.whole else 3)
    table = pd.DataFrame(columns)
    for name in (name for name, column in features.items() if column.missing):
        table.loc[rng.random(CUSTOMERS) < _EMPTY, name] = None
    return table, np.arange(CUSTOMERS) % 2


def _list_parts(space: Space, seed: int) -> Iterator[tuple[str, Choice, Pipeline]]:
    """Yield the file, the choice and the pipeline of the one family as it would win, and of each step without it."""
    (name,) = space.families
    first = choose_refit(propose(space, [], 1, 1, seed, 1)[0], space)
    yield f"conf/model/{name}.yaml", first, build_pipeline_of(first, space)
    for kind in STEPS:
        for step in space.steps[kind]:
            choice = Choice(**{**vars(first), kind: step})
            own = f"features.{step} (conf/shop/ or conf/features/)"
            file = own if kind == "features" else f"conf/{kind}/{step}.yaml"
            yield file, choice, build_pipeline_of(choice, space)[:-1]


def _try(
    file: str, pipeline: Pipeline, trusted: list[str], customers: pd.DataFrame, declined: np.ndarray
) -> Iterator[str]:
    try:
        with warnings.catch_warnings(), threadpool_limits(1):
            warnings.simplefilter("ignore")
            fitted = pipeline.fit(customers, declined)
            if "model" in fitted.named_steps:
                compute_output(fitted, customers)
    except Exception as error:  # noqa: BLE001 - any model may fail in any way
        reason = describe_failure(error).rstrip(".")
        yield f"{file}: it cannot be fitted, as {CUSTOMERS} made-up customers show ({reason}): mend it."
        return
    if foreign := find_foreign_types(write_model_bytes(fitted), trusted):
        yield (
            f"{file}: a fitted one holds types that are not trusted ({', '.join(foreign)}): list those that you trust "
            "under trusted_types, or leave it out of conf/config.yaml."
        )
