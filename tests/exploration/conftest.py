import numpy as np
import pandas as pd
import pytest

from retention.tables.roles import ColumnRoles


@pytest.fixture
def roles() -> ColumnRoles:
    numbers = ("visits", "basket", "spent_first", "spent_last")
    return ColumnRoles(
        features=dict.fromkeys(numbers, "number") | {"category": "category"},
        orders={},
        missing=(),
        money=True,
        consent=None,
        favourite_category="category",
        series={"spent": ("spent_first", "spent_last"), "alone": ("visits",)},
    )


@pytest.fixture
def customers() -> pd.DataFrame:
    """400 customers whose decline depends on `visits`; `category` b spends less and less."""
    rng = np.random.default_rng(5)
    visits = rng.poisson(6, 400).astype(float)
    category = rng.choice(["a", "b", "c"], 400, p=[0.5, 0.3, 0.2])
    first = rng.normal(1000, 50, 400)
    return pd.DataFrame(
        {
            "customer_id": rng.permutation(400) + 7000,
            "declined": (rng.random(400) < 1 / (1 + np.exp(0.8 * (visits - 5)))).astype("int8"),
            "visits": visits,
            "basket": rng.exponential(3, 400),
            "category": category,
            "spent_first": first,
            "spent_last": first * np.where(category == "b", 0.9, 1.1) + rng.normal(0, 20, 400),
            "monthly_profit": rng.normal(4, 1, 400),
            "unit": np.arange(400),
        }
    )
