"""The generating model: a profile gives moods, moods give columns, and Bayes' rule gives the probability.

A customer belongs to a hidden profile. The profile sets the mood of each column; given its mood a column
is drawn by itself, except where `_log_density` says otherwise. The true probability of decline is the
exact posterior of the declining profiles given everything that the exports show, and the label is a
fresh draw from it: so (columns, label) have the law of the mixture, and the probability is known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, log_expit, logsumexp, ndtri

from retention.simulate.marginals import Flags, Floats, Ints, Marginal, build_marginals

CATEGORIES = (
    "children_goods",
    "home_textile",
    "small_appliances",
    "kitchenware",
    "beauty_health_appliances",
    "cosmetics_accessories",
)


@dataclass(frozen=True)
class Profile:
    """A hidden kind of customer."""

    share: float
    """Its share of all customers."""
    declines: bool
    """Whether its customers decline."""
    usual: str
    """The mood of a column that `moods` does not name."""
    moods: Mapping[str, str]
    """The mood of each column that departs from the usual."""


# Four fifths of the declining fade in everything. The others look calm on the site, and give themselves away
# only by a combination: few categories together with a full basket, or promotions together with old habits.
PROFILES = (
    Profile(0.282, True, "fading", {}),
    Profile(0.055, True, "calm", dict.fromkeys(["categories_per_visit", "unpaid_items", "promo_share"], "fading")),
    Profile(0.045, True, "calm", {"promo_share": "bargains", "favourite_category": "fading"}),
    Profile(0.350, False, "calm", {}),
    Profile(0.178, False, "calm", {"promo_share": "bargains"}),
    Profile(0.060, False, "calm", {"categories_per_visit": "fading", "favourite_category": "fading"}),
    Profile(0.030, False, "calm", {"unpaid_items": "fading"}),
)

# Mean revenue of the previous month by favourite category (order of CATEGORIES), and what the current month adds.
REVENUE_PREVIOUS: Mapping[str, Sequence[float]] = {
    "calm": (4790, 5080, 5010, 5110, 4695, 5010),
    "fading": (4640, 5110, 5120, 5330, 4520, 5220),
}
REVENUE_STEP = (290, 270, 260, 320, 325, 285)
CARRIED_ON = 0.80  # of a deviation from the mean, from the month before previous to the previous one
MINUTES_SLOPE = -20.0  # roubles per minute: those who know what they want are quick
DEVIATION_PREVIOUS: Mapping[str, float] = {"calm": 530.0, "fading": 740.0}
DEVIATION_CURRENT = 430.0
BEFORE_PREVIOUS: Mapping[str, float] = {"calm": 4930.0, "fading": 4600.0}
PREMIUM: Mapping[str, float] = {"calm": -1.2, "fading": -0.8}  # log-odds at 600 days
PREMIUM_PER_DAY = 0.0033


def pick(weights: Floats, uniform: Floats) -> Ints:
    """Return the index that each uniform number falls to, by the inverse of the cumulated weights."""
    edges = np.cumsum(weights)
    index: Ints = np.searchsorted(edges[:-1] / edges[-1], uniform, side="right").astype(np.int64)
    return index


def place_marginals(marginals: Mapping[str, Marginal], profile: Ints, uniform: Mapping[str, Floats]) -> dict[str, Ints]:
    """Return the columns of `marginals`, each the quantile of its mood's distribution at the uniform number."""
    columns = {}
    for name, marginal in marginals.items():
        moods = [one.moods.get(name, one.usual) for one in PROFILES]
        index = np.zeros(len(profile), dtype=np.int64)
        for mood, weights in marginal.moods.items():
            here = np.isin(profile, [k for k, own in enumerate(moods) if own == mood])
            index[here] = pick(weights, uniform[name][here])
        columns[name] = marginal.grid[index]
    return columns


def _mean_previous(columns: Mapping[str, Ints], mood: str) -> Floats:
    mean: Floats = np.array(REVENUE_PREVIOUS[mood], dtype=np.float64)[columns["favourite_category"]]
    return mean + CARRIED_ON * (columns["revenue_before_previous"] - BEFORE_PREVIOUS[mood])


def _mean_current(columns: Mapping[str, Ints]) -> Floats:
    step: Floats = np.array(REVENUE_STEP, dtype=np.float64)[columns["favourite_category"]]
    return step + columns["revenue_previous"] / 10 + MINUTES_SLOPE * (columns["minutes_current"] - 13)


def _draw_dependent(columns: Mapping[str, Ints], faded: Flags, rng: np.random.Generator) -> dict[str, Ints]:
    """Draw the columns that depend on other columns; revenue comes in tenths of a rouble."""
    n = len(faded)
    drawn = dict(columns)
    deviation = np.where(faded, DEVIATION_PREVIOUS["fading"], DEVIATION_PREVIOUS["calm"])
    mean = np.where(faded, _mean_previous(drawn, "fading"), _mean_previous(drawn, "calm"))
    previous = mean + deviation * ndtri(draw_open(rng, n))
    drawn["revenue_previous"] = np.maximum(whole(2 * previous), 1) * 5  # whole or half roubles, as in the real file
    current = _mean_current(drawn) + DEVIATION_CURRENT * ndtri(draw_open(rng, n))
    drawn["revenue_current"] = np.maximum(whole(10 * current), 1)
    place_consent(drawn, faded, {name: rng.random(n) for name in BY_CONSENT})
    drawn["monthly_profit"] = np.clip(whole(400 + 101 * ndtri(draw_open(rng, n))), 86, 743)
    return drawn


BY_CONSENT = ("premium", "accepts_messages", "marketing_contacts_current")  # in the order of drawing


def place_consent(columns: dict[str, Ints], faded: Flags, uniform: Mapping[str, Floats]) -> None:
    """Add the columns `BY_CONSENT`, which follow tenure, mood and one another, at the uniform numbers."""
    odds = np.where(faded, _premium_odds(columns, "fading"), _premium_odds(columns, "calm"))
    columns["premium"] = (uniform["premium"] < expit(odds)).astype(np.int64)
    columns["accepts_messages"] = (uniform["accepts_messages"] < expit(_consent_odds(columns))).astype(np.int64)
    contacts = pick(np.array([0.24, 0.515, 0.245]), uniform["marketing_contacts_current"])
    columns["marketing_contacts_current"] = 3 + contacts


def draw_open(rng: np.random.Generator, n: int) -> Floats:
    """Return n uniform numbers that are neither 0 nor 1."""
    uniform: Floats = np.maximum(rng.random(n), 2.0**-54)  # never 1 as it comes
    return uniform


def whole(values: Floats) -> Ints:
    """Return the nearest whole numbers."""
    return np.rint(values).astype(np.int64)


def _premium_odds(columns: Mapping[str, Ints], mood: str) -> Floats:
    days: Floats = columns["tenure_days"].astype(np.float64)
    return PREMIUM[mood] + PREMIUM_PER_DAY * (days - 600)


def _consent_odds(columns: Mapping[str, Ints]) -> Floats:
    odds: Floats = 0.85 + 0.0014 * (columns["tenure_days"] - 600) + 0.85 * columns["premium"]
    return odds


def _dependent_log_density(columns: Mapping[str, Ints], mood: str) -> Floats:
    """Return the log-density of what depends on other columns, up to a term that is the same in all moods."""
    distance = (columns["revenue_previous"] / 10 - _mean_previous(columns, mood)) / DEVIATION_PREVIOUS[mood]
    premium = _premium_odds(columns, mood)
    service = log_expit(np.where(columns["premium"] == 1, premium, -premium))
    density: Floats = service - 0.5 * distance**2 - float(np.log(DEVIATION_PREVIOUS[mood]))
    return density


def compute_probability(marginals: Mapping[str, Marginal], columns: Mapping[str, Ints]) -> Floats:
    """Return the posterior probability of decline, shape (n,), given all that the exports show.

    Bayes' rule over the profiles. What has one distribution in all moods (profit, contacts this month,
    consent and current revenue given the rest) cancels.
    """
    log_density = {
        (name, mood): np.log(weights)[columns[name] - marginal.grid[0]]
        for name, marginal in marginals.items()
        for mood, weights in marginal.moods.items()
    }
    dependent = {mood: _dependent_log_density(columns, mood) for mood in ("calm", "fading")}
    joint = np.stack(
        [
            np.log(one.share)
            + dependent[one.usual]
            + sum(log_density[name, one.moods.get(name, one.usual)] for name in marginals)
            for one in PROFILES
        ]
    )
    declines = np.array([one.declines for one in PROFILES])
    probability: Floats = expit(logsumexp(joint[declines], axis=0) - logsumexp(joint[~declines], axis=0))
    return probability


def draw_columns(n: int, marginals: Mapping[str, Marginal], rng: np.random.Generator) -> tuple[Ints, dict[str, Ints]]:
    """Return each customer's hidden profile (its place in `PROFILES`) and their columns, each of shape (n,)."""
    profile = pick(np.array([one.share for one in PROFILES]), rng.random(n))
    columns = place_marginals(marginals, profile, {name: rng.random(n) for name in marginals})
    return profile, _draw_dependent(columns, find_faded(profile), rng)


def find_faded(profile: Ints) -> Flags:
    """Return who is of a profile whose usual mood is ``fading``, shape (n,)."""
    faded: Flags = np.isin(profile, [k for k, one in enumerate(PROFILES) if one.usual == "fading"])
    return faded


def draw_customers(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw customers in no particular order.

    Only uniform numbers of `rng` are used: they are the same in every version of numpy. Columns are those of the
    exports as whole numbers (revenue in tenths, shares and profit in hundredths, categories by their place in
    `CATEGORIES`), ``true_probability`` and ``declined``.
    """
    marginals = build_marginals()
    _, columns = draw_columns(n, marginals, rng)
    probability = compute_probability(marginals, columns)
    declined = (rng.random(n) < probability).astype(np.int64)
    columns["revenue_before_previous"] = columns["revenue_before_previous"] * 10
    return pd.DataFrame(columns | {"true_probability": probability, "declined": declined})


def list_truth(customers: pd.DataFrame) -> pd.DataFrame:
    """Return what is true of customers and stands in no export: probability, effects, draw."""
    return customers[["id", "true_probability", *customers.filter(like="effect_").columns, "campaign_draw"]]
