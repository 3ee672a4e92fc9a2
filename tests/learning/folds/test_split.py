import numpy as np
import pandas as pd
import pytest

from retention.errors import UserError
from retention.learning.folds import split_customers


def shop(n: int, seed: int = 0) -> tuple[pd.Series, pd.DataFrame, np.ndarray]:
    """The ids, two features and labels of n customers."""
    rng = np.random.default_rng(seed)
    features = pd.DataFrame({"calls": rng.random(n), "plan": pd.Series(rng.choice(["a", "b"], n), dtype="str")})
    return pd.Series(np.arange(n) + 500), features, (rng.random(n) < 0.4).astype(int)


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.8])
def test_the_share_is_that_of_the_settings_within_chance(share: float) -> None:
    part = split_customers(*shop(4000), share, seed=1)
    assert abs((part == "test").mean() - share) < 3 * np.sqrt(share * (1 - share) / 4000)


def test_a_side_depends_on_the_id_and_the_seed_alone() -> None:
    ids, features, target = shop(300)
    part = split_customers(ids, features, target, 0.25, 7)
    assert (split_customers(ids[::-1], features[::-1], target[::-1], 0.25, 7) == part[::-1]).all()
    some = slice(100, 200)
    assert (split_customers(ids[some].astype(str), features[some], target[some], 0.25, 7) == part[some]).all()
    assert (split_customers(ids, features, target, 0.25, 8) != part).any()


def test_another_month_of_a_customer_is_on_the_same_side() -> None:
    ids, features, target = shop(300)
    _, later, _ = shop(300, seed=1)
    months = pd.concat([features, later], ignore_index=True)
    part = split_customers(pd.concat([ids, ids]), months, np.r_[target, target], 0.25, 7)
    assert (part[:300] == part[300:]).all()


def test_a_twin_across_the_sides_is_set_aside() -> None:
    ids, features, target = shop(300)
    part = split_customers(ids, features, target, 0.25, 7)
    train, test = np.flatnonzero(part == "train"), np.flatnonzero(part == "test")
    features.iloc[train[0]] = features.iloc[test[0]]
    features.iloc[train[1]] = features.iloc[train[2]]
    features.loc[train[3], "calls"] = features.loc[test[3], "calls"] = None
    features.loc[train[3], "plan"] = features.loc[test[3], "plan"]
    again = split_customers(ids, features, target, 0.25, 7)
    assert again[train[0]] == again[train[3]] == "aside"
    assert (np.delete(again, train[[0, 3]]) == np.delete(part, train[[0, 3]])).all()


def test_a_part_without_a_class_is_refused() -> None:
    ids, features, _ = shop(31)
    with pytest.raises(UserError, match=r"split\.test_share"):
        split_customers(ids, features, np.array([0] * 30 + [1]), 0.25, seed=0)
