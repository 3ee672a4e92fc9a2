"""A shop whose month can be made like what was learnt from, or not."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from retention.tables.columns import ID, PROBABILITY, PROFIT, STANDS_FOR, TARGET, UNIT
from retention.tables.roles import ColumnRoles
from retention.watch.settings import WatchSettings

ROLES = ColumnRoles(
    features={"visits": "number", "age": "number", "city": "category", "level": "ordered"},
    orders={"level": ("low", "middle", "high")},
    missing=("age",),
    money=True,
    consent=None,
    favourite_category=None,
    series={},
)
SETTINGS = WatchSettings(
    false_alarm=0.025, margin=0.02, customers=100, permutations=400, resamples=100, confidence=0.95, rows=20_000
)
Draw = Callable[..., pd.DataFrame]


@pytest.fixture(scope="session")
def draw() -> Draw:
    """A function that draws customers; `spread` says how far apart their probabilities are."""

    def draw_customers(seed: int, n: int, first: int = 0, spread: float = 2.0, visits: float = 0.0) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        odds = spread * rng.normal(size=n) - 0.5
        frame = pd.DataFrame({"visits": odds + rng.normal(size=n) + visits, "age": rng.normal(40, 9, n)})
        frame.loc[rng.random(n) < 0.1, "age"] = np.nan
        frame["city"], frame["level"] = rng.choice(["east", "west"], n), rng.choice(["low", "middle", "high"], n)
        given = expit(0.9 * logit(expit(odds)) + 0.1)  # a model that is a little too modest
        labels = (rng.random(n) < expit(odds)).astype(int)
        known = {ID: first + np.arange(n), UNIT: np.arange(n), PROBABILITY: given, TARGET: labels, PROFIT: 5.0}
        return frame.assign(**known, **{STANDS_FOR: 1}, truth=expit(odds))

    return draw_customers
