"""Months of a customer are alike: intervals of effects and trends, against simulated customers and a jackknife."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from retention.estimate import Estimate, compute_change, compute_cramers_v
from retention.exploration.distributions import compute_cliffs_delta, describe_categorical, describe_numeric
from retention.exploration.exploration import compute_trend

CUSTOMERS, RUNS = 200, 150
UNITS = np.repeat(np.arange(CUSTOMERS), np.arange(CUSTOMERS) % 2 * 4 + 1)  # one month or five
RATES = np.array([0.1, 0.4])  # how often the rows of either key decline
TRUTH = {
    "delta": 0.5204998778,  # of classes whose means are one standard deviation apart
    "v": RATES.std() / np.sqrt(RATES.mean() * (1 - RATES.mean())),
    "change": 0.1,
    "against_rest": 0.0,
}


def draw(rng: np.random.Generator) -> np.ndarray:
    """Return normal variables that go together in the months of a customer."""
    return np.sqrt(0.8) * rng.normal(size=CUSTOMERS)[UNITS] + np.sqrt(0.2) * rng.normal(size=len(UNITS))


def draw_customers(rng: np.random.Generator) -> pd.DataFrame:
    """Return customer-months in any order."""
    key, first = (draw(rng) > 0).astype(int), 100 + 10 * draw(rng)
    label = (norm.cdf(draw(rng)) < RATES[key]).astype(int)
    frame = pd.DataFrame({"key": key, "label": label, "value": label + draw(rng), "first": first, "unit": UNITS})
    frame["last"] = (1 + TRUTH["change"]) * first + 20 * draw(rng)
    return frame.sample(frac=1, random_state=rng, ignore_index=True)


def estimate(rows: pd.DataFrame) -> dict[str, Estimate | None]:
    """Return each kind of estimate in the exploration."""
    label, unit, own = rows["label"], rows["unit"], rows["key"] == 0
    trend = compute_trend(rows[own], rows[~own], ("first", "last"), 0.9)
    return {
        "delta": describe_numeric(rows["value"], label, unit, fence=1.5, bins=10, confidence=0.9).effect,
        "v": describe_categorical(rows["key"], label, unit, confidence=0.9).effect,
        "change": trend.change,
        "against_rest": trend.against_rest,
    }


def test_intervals_cover_the_truth() -> None:
    rng = np.random.default_rng(0)
    found = [estimate(draw_customers(rng)) for _ in range(RUNS)]
    for name, truth in TRUTH.items():
        assert 0.85 <= np.mean([one[name].low <= truth <= one[name].high for one in found]) <= 0.96, name


def compare_pairs(rows: pd.DataFrame) -> float:
    kept, declined = (rows["value"][rows["label"] == code].to_numpy() for code in (0, 1))
    return float(np.sign(declined[:, None] - kept).mean())


@pytest.mark.parametrize(
    ("name", "measure"),
    [
        ("delta", compare_pairs),
        ("v", lambda rows: rows["key"].corr(rows["label"])),
        ("change", lambda rows: rows["last"][rows["key"] == 0].sum() / rows["first"][rows["key"] == 0].sum()),
    ],
)
def test_intervals_widen_as_those_of_a_jackknife(name: str, measure: Callable[[pd.DataFrame], float]) -> None:
    months = draw_customers(np.random.default_rng(4))
    widths, spreads = [], []
    for rows in (months, months.assign(unit=range(len(months)))):
        one, units = estimate(rows)[name], rows["unit"].unique()
        widths.append(one.high - one.low)
        spreads.append(np.std([measure(rows[rows["unit"] != unit]) for unit in units]) * np.sqrt(len(units)))
    assert widths[0] / widths[1] == pytest.approx(spreads[0] / spreads[1], rel=0.03)
    assert widths[0] / widths[1] > 1.2


def test_months_that_repeat_one_another_count_once() -> None:
    once = draw_customers(np.random.default_rng(4)).drop_duplicates("unit").reset_index(drop=True)
    thrice = pd.concat([once] * 3, ignore_index=True)
    for name, one in estimate(once).items():
        assert estimate(thrice)[name].low == pytest.approx(one.low, rel=0.02), name
    rate, again = (
        describe_categorical(rows["key"], rows["label"], rows["unit"], confidence=0.95).categories[0].decline_rate
        for rows in (once, thrice)
    )
    assert (again.value, again.low, again.high) == pytest.approx((rate.value, rate.low, rate.high))


def test_customers_of_a_single_month_count_in_full() -> None:
    rows = draw_customers(np.random.default_rng(5)).drop_duplicates("unit")
    own, classes = rows[rows["key"] == 0], [rows["value"][rows["label"] == code].to_numpy() for code in (0, 1)]
    assert estimate(rows) == {
        "delta": compute_cliffs_delta(*classes, 0.9),
        "v": compute_cramers_v(pd.crosstab(rows["key"], rows["label"]).to_numpy(), 0.9),
        "change": compute_change(own["first"].to_numpy(), own["last"].to_numpy(), 0.9),
        "against_rest": estimate(rows.assign(unit=range(len(rows))))["against_rest"],
    }
    pairs = np.sign(classes[1][:, None] - classes[0])
    delta, variance = pairs.mean(), sum(pairs.mean(axis=side).var(ddof=1) / pairs.shape[1 - side] for side in (0, 1))
    square = norm.ppf(0.95) ** 2 * variance  # Feng and Cliff 2004, eq. 9
    half = np.sqrt(square * ((1 - delta**2) ** 2 + square)) / (1 - delta**2 + square)
    found = compute_cliffs_delta(*classes, 0.9)
    assert found.high - found.low == pytest.approx(2 * half)


def test_of_a_single_customer_no_month_tells_an_interval() -> None:
    values = np.arange(4.0)
    assert compute_cliffs_delta(values, values, 0.9, [0, 1, 2, 3, 4, 4, 4, 4]) is None
    assert compute_change(values, values, 0.9, [7] * 4) is None
