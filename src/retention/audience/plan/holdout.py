"""The control group: customers whom the plan would contact and who are left alone, to measure the campaign's effect."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from retention.audience.plan.lagrangian import choose_by_prices, find_prices, keep_profitable
from retention.audience.plan.problem import Problem, scale_limits


@dataclass(frozen=True)
class Detectable:
    """The smallest effect that a comparison with the control group would find.

    Parameters
    ----------
    absolute : float
        Difference of the decline rates.
    relative : float
        The same as a share of the mean probability: comparable with an offer's effect.
    """

    absolute: float
    relative: float


def draw_reserve(
    problem: Problem, probability: np.ndarray, share: float, iterations: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw who is left alone if the plan would contact them, before there is a plan.

    So the whole budget is for those who are contacted, and who of the reserve would have been is found by the plan's
    own prices. Everyone who may get an offer is sorted by the offer that prices for about the right limits suggest,
    then by probability, and cut into as many equal blocks as there are to be reserved; one of each is drawn. So
    every offer and every level of risk gives its share.

    Parameters
    ----------
    problem : Problem
        Of all customers.
    probability : ndarray of shape (n,)
    share : float
        Of the customers who may get an offer; the size is rounded to the nearest number.
    iterations : int
        Limit of the dual.
    rng : Generator

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    grown = keep_profitable(scale_limits(problem, 1 / (1 - share)))
    prices = find_prices(grown, iterations).values if grown.allowed.any() else np.zeros(len(problem.limits))
    likely = choose_by_prices(grown, prices)
    order = np.lexsort((np.arange(len(likely)), probability, likely))
    able = order[problem.allowed[order].any(axis=1)]
    size = int(np.floor(share * len(able) + 0.5))
    reserved = np.zeros(len(likely), dtype=bool)
    if size:
        edges = np.linspace(0, len(able), size + 1).round().astype(int)
        reserved[able[rng.integers(edges[:-1], edges[1:])]] = True
    return reserved


def compute_detectable(
    contacted: np.ndarray, control: np.ndarray, power: float, significance: float
) -> Detectable | None:
    """Return the smallest effect found with this `power` by a two-sided test of two rates.

    Normal approximation with a common variance (Fleiss, Levin and Paik 2003, "Statistical Methods for Rates and
    Proportions", ch. 4); None where one of the groups is empty or nobody is at risk.

    Parameters
    ----------
    contacted, control : ndarray of shape (k,), (l,)
        Probabilities of decline.
    power, significance : float
    """
    if len(contacted) == 0 or len(control) == 0:
        return None
    mean = float(np.concatenate([contacted, control]).mean())
    if not 0 < mean < 1:
        return None
    spread = np.sqrt(mean * (1 - mean) * (1 / len(contacted) + 1 / len(control)))
    absolute = float((norm.ppf(1 - significance / 2) + norm.ppf(power)) * spread)
    return Detectable(absolute, absolute / mean)
