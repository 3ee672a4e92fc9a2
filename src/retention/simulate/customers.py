"""The generating model: a profile gives moods, moods give columns, and Bayes' rule gives the probability.

A customer belongs to a hidden profile. The profile sets the mood of each column; given its mood a column
is drawn by itself, except where `_dependent_log_density` says otherwise. The true probability of decline is the
exact posterior of the declining profiles given everything that the exports show, and the label is a
fresh draw from it: so (columns, label) have the law of the mixture, and the probability is known.

Shapes follow per-class means, quantiles and shares of the real shop's tables (docs/generating-model.md). Everything is
a whole number, in the last digit that the export shows, so that nothing depends on how a float is rounded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, logsumexp

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

BLUR = 0.015  # of the opposite mood is mixed in: every value is possible in both, so no probability is 0 or 1
CATEGORIES = (
    "children_goods",
    "home_textile",
    "small_appliances",
    "kitchenware",
    "beauty_health_appliances",
    "cosmetics_accessories",
)


@dataclass(frozen=True)
class Marginal:
    """The grid of a column's values, and one distribution over it per mood."""

    grid: Ints  # shape (k,), the values, in units of the last printed digit (0.24 as 24)
    moods: Mapping[str, Floats]  # for each mood the probabilities of the values, shape (k,), sum 1


def _bell(grid: Ints, mean: float, deviation: float, low: float = -np.inf, high: float = np.inf) -> Floats:
    weight = np.exp(-0.5 * ((grid - mean) / deviation) ** 2) * ((grid >= low) & (grid <= high))
    return np.asarray(weight / float(weight.sum()))


def _marginal(grid: Ints, calm: Floats, fading: Floats, **others: Floats) -> Marginal:
    calm, fading = calm / calm.sum(), fading / fading.sum()
    blurred = {"calm": (1 - BLUR) * calm + BLUR * fading, "fading": (1 - BLUR) * fading + BLUR * calm}
    mixed = {name: (1 - BLUR) * other / other.sum() + BLUR * fading for name, other in others.items()}
    return Marginal(grid, blurred | mixed)


def _listed(first: int, calm: list[float], fading: list[float]) -> Marginal:
    return _marginal(np.arange(first, first + len(calm)), np.array(calm), np.array(fading))


_PAGES, _CURRENT, _PREVIOUS = np.arange(1, 21), np.arange(4, 24), np.arange(5, 24)
_REVENUE, _ERRORS, _TENURE = np.arange(4098, 5664), np.arange(10), np.arange(121, 1080)
_CONTACTS, _PROMO = np.arange(9, 67), np.arange(11, 100)
_USUAL = 0.45 * _bell(_PROMO, 15, 3) + 0.55 * _bell(_PROMO, 25, 4, high=40)
_EAGER, _HUNTER = _bell(_PROMO, 30, 7, low=21, high=40), _bell(_PROMO, 94, 3.5, low=88)
MARGINALS = {
    "marketing_contacts_6m": _marginal(
        _CONTACTS,
        0.68 * _bell(_CONTACTS, 41.5, 5, low=26) + 0.32 * _bell(_CONTACTS, 55.5, 4.5),
        0.80 * _bell(_CONTACTS, 38.5, 7) + 0.20 * _bell(_CONTACTS, 20, 6),
    ),
    "tenure_days": _marginal(_TENURE, _bell(_TENURE, 590, 340), _bell(_TENURE, 650, 290)),
    "promo_share": _marginal(
        _PROMO,
        0.985 * _USUAL + 0.015 * _HUNTER,
        0.71 * _EAGER + 0.29 * _HUNTER,
        bargains=0.85 * _USUAL + 0.15 * _HUNTER,
    ),
    # in the order of CATEGORIES
    "favourite_category": _listed(
        0, [0.23, 0.185, 0.185, 0.09, 0.165, 0.145], [0.31, 0.205, 0.035, 0.145, 0.085, 0.22]
    ),
    "categories_per_visit": _listed(
        1, [0.015, 0.160, 0.285, 0.260, 0.190, 0.090], [0.20, 0.39, 0.28, 0.08, 0.03, 0.02]
    ),
    "unpaid_items": _listed(
        0,
        [0.105, 0.250, 0.225, 0.180, 0.150, 0.080, 0.005, 0.003, 0.002, 0, 0],
        [0.050, 0.085, 0.145, 0.155, 0.150, 0.155, 0.105, 0.075, 0.045, 0.025, 0.010],
    ),
    "service_errors": _marginal(
        _ERRORS,
        _bell(_ERRORS, 4.3, 2.0),
        np.array([0, 0.065, 0.215, 0.225, 0.165, 0.120, 0.080, 0.070, 0.055, 0.005]),
    ),
    "pages_per_visit": _marginal(_PAGES, _bell(_PAGES, 9.6, 3.7, low=3), _bell(_PAGES, 4.1, 1.9, high=9)),
    "minutes_current": _marginal(_CURRENT, _bell(_CURRENT, 14.6, 4.2), _bell(_CURRENT, 9.8, 2.5, high=15)),
    "minutes_previous": _marginal(_PREVIOUS, _bell(_PREVIOUS, 15.0, 3.5), _bell(_PREVIOUS, 9.7, 2.5, high=16)),
    "revenue_before_previous": _marginal(
        _REVENUE, _bell(_REVENUE, 4915, 350, low=4338), _bell(_REVENUE, 4600, 245, high=5200)
    ),
}
"""The distribution of every column that depends on the mood alone, in the order of drawing."""


@dataclass(frozen=True)
class Profile:
    """A hidden kind of customer."""

    share: float  # its share of all customers
    declines: bool  # whether its customers decline
    usual: str  # the mood of a column that `moods` does not name
    moods: Mapping[str, str]  # the mood of each column that departs from the usual


# Three quarters of the declining fade in everything. The others look calm on the site, and give themselves away
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

# Mean revenue of the previous month by favourite category (order of CATEGORIES).
REVENUE_PREVIOUS: Mapping[str, Sequence[float]] = {
    "calm": (4790, 5080, 5010, 5110, 4695, 5010),
    "fading": (4640, 5110, 5120, 5330, 4520, 5220),
}
CARRIED_ON = 0.80  # of a deviation from the mean, from the month before previous to the previous one
MINUTES_SLOPE = -20.0  # roubles per minute: those who know what they want are quick
DEVIATION_PREVIOUS: Mapping[str, float] = {"calm": 530.0, "fading": 740.0}
BEFORE_PREVIOUS: Mapping[str, float] = {"calm": 4930.0, "fading": 4600.0}
PREMIUM: Mapping[str, float] = {"calm": -1.2, "fading": -0.8}  # log-odds at 600 days
PREMIUM_PER_DAY = 0.0033


def pick(weights: Floats, uniform: Floats) -> Ints:
    """Return the index that each uniform number falls to, by the inverse of the cumulated weights."""
    edges = np.cumsum(weights)
    return np.searchsorted(edges[:-1] / edges[-1], uniform, side="right").astype(np.int64)


def place_marginals(marginals: Mapping[str, Marginal], profile: Ints, uniform: Mapping[str, Floats]) -> dict[str, Ints]:
    """Return the columns of `marginals`, each the quantile of its mood's distribution at the uniform number."""
    columns = {}
    for name, marginal in marginals.items():
        moods = [one.moods.get(name, one.usual) for one in PROFILES]
        index = np.zeros(len(profile), dtype=np.int64)
        for mood, weights in marginal.moods.items():
            here = np.array([own == mood for own in moods])[profile]
            index[here] = pick(weights, uniform[name][here])
        columns[name] = marginal.grid[index]
    return columns


def mean_previous(columns: Mapping[str, Ints], mood: str) -> Floats:
    """Return the usual revenue of the previous month of an undated shop's customers, in roubles."""
    mean = np.array(REVENUE_PREVIOUS[mood], dtype=np.float64)[columns["favourite_category"]]
    return mean + CARRIED_ON * (columns["revenue_before_previous"] - BEFORE_PREVIOUS[mood])


BY_CONSENT = ("premium", "accepts_messages", "marketing_contacts_current")  # in the order of drawing


def place_consent(columns: dict[str, Ints], faded: Flags, uniform: Mapping[str, Floats]) -> None:
    """Add the columns `BY_CONSENT`, which follow tenure, mood and one another, at the uniform numbers."""
    odds = np.where(faded, _premium_odds(columns, "fading"), _premium_odds(columns, "calm"))
    columns["premium"] = (uniform["premium"] < expit(odds)).astype(np.int64)
    odds = 0.85 + 0.0014 * (columns["tenure_days"] - 600) + 0.85 * columns["premium"]
    columns["accepts_messages"] = (uniform["accepts_messages"] < expit(odds)).astype(np.int64)
    contacts = pick(np.array([0.24, 0.515, 0.245]), uniform["marketing_contacts_current"])
    columns["marketing_contacts_current"] = 3 + contacts


def draw_open(rng: np.random.Generator, n: int) -> Floats:
    """Return n uniform numbers that are neither 0 nor 1."""
    return np.maximum(rng.random(n), 2.0**-54)  # never 1 as it comes


def whole(values: Floats) -> Ints:
    """Return the nearest whole numbers."""
    return np.rint(values).astype(np.int64)


def _premium_odds(columns: Mapping[str, Ints], mood: str) -> Floats:
    return PREMIUM[mood] + PREMIUM_PER_DAY * (columns["tenure_days"].astype(np.float64) - 600)


def _dependent_log_density(columns: Mapping[str, Ints], mood: str) -> Floats:
    """Return the log-density of what depends on other columns, up to a term that is the same in all moods."""
    distance = (columns["revenue_previous"] / 10 - mean_previous(columns, mood)) / DEVIATION_PREVIOUS[mood]
    premium = _premium_odds(columns, mood)
    service = log_expit(np.where(columns["premium"] == 1, premium, -premium))
    density: Floats = service - 0.5 * distance**2 - float(np.log(DEVIATION_PREVIOUS[mood]))
    return density


def compute_probability(columns: Mapping[str, Ints], marginals: Mapping[str, Marginal] = MARGINALS) -> Floats:
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


def find_faded(profile: Ints) -> Flags:
    """Return who is of a profile whose usual mood is ``fading``, shape (n,)."""
    return np.array([one.usual == "fading" for one in PROFILES])[profile]
