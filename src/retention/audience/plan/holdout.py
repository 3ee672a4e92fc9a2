"""The control group: planned customers who are left alone, so that the campaign's effect can be measured."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from retention.audience.plan.problem import NOBODY


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


def draw_holdout(chosen: np.ndarray, probability: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Choose the control group among the planned customers.

    They are sorted by offer, then by probability, and cut into as many equal blocks as there are to be
    controls; one of each block is drawn. So every offer and every level of risk gives its share.

    Parameters
    ----------
    chosen : ndarray of int, shape (n,)
        The plan.
    probability : ndarray of shape (n,)
    share : float
        Of the planned customers; the size is rounded to the nearest number.
    rng : Generator

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    order = np.lexsort((np.arange(len(chosen)), probability, chosen))
    planned = order[chosen[order] != NOBODY]
    size = int(np.floor(share * len(planned) + 0.5))
    held = np.zeros(len(chosen), dtype=bool)
    if size:
        edges = np.linspace(0, len(planned), size + 1).round().astype(int)
        held[planned[rng.integers(edges[:-1], edges[1:])]] = True
    return held


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
