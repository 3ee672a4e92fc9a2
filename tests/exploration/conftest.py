import numpy as np
import pandas as pd
import pytest

from retention.exploration.exploration import Roles


@pytest.fixture
def roles() -> Roles:
    return Roles(
        numeric=("visits", "basket", "revenue_first", "revenue_last"),
        categorical=("category",),
        target="declined",
        profit="profit",
        identifier="customer_id",
        twins="twin_group",
        category="category",
        months={"first": "revenue_first", "last": "revenue_last"},
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
            "revenue_first": first,
            "revenue_last": first * np.where(category == "b", 0.9, 1.1) + rng.normal(0, 20, 400),
            "profit": rng.normal(4, 1, 400),
            "twin_group": np.arange(400),
        }
    )
