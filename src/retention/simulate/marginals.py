"""What one column of a customer looks like in each mood: probabilities over a grid of whole numbers.

Shapes follow per-class means, quantiles and shares of the real shop's tables (docs/generating-model.md).
Everything is a whole number, in the last digit that the export shows, so that nothing depends on
how a float is rounded.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

# How much of the opposite mood is mixed in: keeps every value possible in both, so no probability is 0 or 1.
BLUR = 0.015


@dataclass(frozen=True)
class Marginal:
    """The grid of a column's values, and one distribution over it per mood."""

    grid: Ints
    """Shape (k,), the values, in units of the last printed digit (0.24 as 24)."""
    moods: Mapping[str, Floats]
    """For each mood the probabilities of the values, shape (k,), sum 1."""


def _bell(grid: Ints, mean: float, deviation: float, low: float = -np.inf, high: float = np.inf) -> Floats:
    weight: Floats = np.exp(-0.5 * ((grid - mean) / deviation) ** 2) * ((grid >= low) & (grid <= high))
    return weight / float(weight.sum())


def _marginal(grid: Ints, calm: Floats, fading: Floats, **others: Floats) -> Marginal:
    calm, fading = calm / calm.sum(), fading / fading.sum()
    blurred = {"calm": (1 - BLUR) * calm + BLUR * fading, "fading": (1 - BLUR) * fading + BLUR * calm}
    mixed = {name: (1 - BLUR) * other / other.sum() + BLUR * fading for name, other in others.items()}
    return Marginal(grid, blurred | mixed)


def _listed(first: int, calm: list[float], fading: list[float]) -> Marginal:
    return _marginal(np.arange(first, first + len(calm)), np.array(calm), np.array(fading))


def _promo_share() -> Marginal:
    grid = np.arange(11, 100)
    usual = 0.45 * _bell(grid, 15, 3) + 0.55 * _bell(grid, 25, 4, high=40)
    eager = _bell(grid, 30, 7, low=21, high=40)
    hunter = _bell(grid, 94, 3.5, low=88)
    return _marginal(
        grid,
        calm=0.985 * usual + 0.015 * hunter,
        fading=0.71 * eager + 0.29 * hunter,
        bargains=0.85 * usual + 0.15 * hunter,
    )


def _marketing_contacts_6m() -> Marginal:
    grid = np.arange(9, 67)
    calm = 0.68 * _bell(grid, 41.5, 5, low=26) + 0.32 * _bell(grid, 55.5, 4.5)
    return _marginal(grid, calm, fading=0.80 * _bell(grid, 38.5, 7) + 0.20 * _bell(grid, 20, 6))


def build_marginals() -> dict[str, Marginal]:
    """Return the distribution of every column that depends on the mood alone, in the order of drawing."""
    pages, current, previous = np.arange(1, 21), np.arange(4, 24), np.arange(5, 24)
    revenue, errors, tenure = np.arange(4098, 5664), np.arange(10), np.arange(121, 1080)
    return {
        "marketing_contacts_6m": _marketing_contacts_6m(),
        "tenure_days": _marginal(tenure, _bell(tenure, 590, 340), _bell(tenure, 650, 290)),
        "promo_share": _promo_share(),
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
            errors,
            _bell(errors, 4.3, 2.0),
            np.array([0, 0.065, 0.215, 0.225, 0.165, 0.120, 0.080, 0.070, 0.055, 0.005]),
        ),
        "pages_per_visit": _marginal(pages, _bell(pages, 9.6, 3.7, low=3), fading=_bell(pages, 4.1, 1.9, high=9)),
        "minutes_current": _marginal(current, _bell(current, 14.6, 4.2), _bell(current, 9.8, 2.5, high=15)),
        "minutes_previous": _marginal(previous, _bell(previous, 15.0, 3.5), _bell(previous, 9.7, 2.5, high=16)),
        "revenue_before_previous": _marginal(
            revenue, _bell(revenue, 4915, 350, low=4338), _bell(revenue, 4600, 245, high=5200)
        ),
    }
