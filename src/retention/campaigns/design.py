"""Before a campaign: who is left alone, how many of them are needed, and when the result can be read."""

import hashlib
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from retention.campaigns.settings import HoldoutSettings, Way
from retention.determinism import draw_number
from retention.strict import Strict
from retention.tables.columns import ID, PROBABILITY, UNIT

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

COVARIATES = 3  # coefficients of an arm's regression
CERTAIN = 10.0  # standard errors
STEPS = 200  # of the shares that are looked at
EFFECTS = np.linspace(0.001, 1.0, 1000)  # that are looked at
MOST_CAMPAIGNS = 1000


class Design(Strict):
    """What the control group is to show, and can."""

    share: float  # of the planned customers, who are left alone
    power: float  # the probability of finding the effect with this share
    target: float  # what was asked for
    campaigns: int | None
    """So many campaigns like this one, taken together, reach the target; None where a thousand do not."""
    reading: str  # the month whose exports tell the result; empty where the months have no date


@dataclass(frozen=True)
class Draw:
    """Who is left alone."""

    held: Flags  # (n,)
    block: NDArray[np.int_]  # (n,): -1 for those who cannot be drawn
    chance: Floats  # (n,): of being left alone


def compute_power(probability: Floats, effect: Floats, share: float, significance: float, campaigns: int = 1) -> float:
    """Return with which probability a two-sided test finds the effect.

    What is left of the spread after the regression on the probabilities is that of a coin: p(1 − p) for a customer who
    is left alone, q(1 − q) for one who is contacted, q = p(1 − effect). The test is Student's (noncentral t).

    `probability` is the planned customers' of decline, `effect` the relative reduction by the offer of each, both (n,);
    `share` of them is left alone, in each of so many `campaigns`.
    """
    n, treated = len(probability) * campaigns, probability * (1 - effect)
    held, contacted = n * share, n * (1 - share)
    if min(held, contacted) <= COVARIATES + 1:
        return significance
    spreads = [float((p * (1 - p)).mean()) / size for p, size in ((treated, contacted), (probability, held))]
    error = np.sqrt(sum(spreads))
    freedoms = [size - COVARIATES for size in (contacted, held)]
    below = sum(spread**2 / freedom for spread, freedom in zip(spreads, freedoms, strict=True))
    freedom = error**4 / below if below > 0 else min(freedoms)
    shift = abs(float((probability - treated).mean())) / error if error > 0 else np.inf
    reach = stats.t.ppf(1 - significance / 2, freedom)
    if shift > CERTAIN:  # where the noncentral t is not computed well
        return 1.0
    beyond = np.nan_to_num(stats.nct.cdf(-reach, freedom, shift))  # of the other sign; NaN where it is next to nothing
    return float(stats.nct.sf(reach, freedom, shift) + beyond)


def find_design(probability: Floats, effect: Floats, settings: HoldoutSettings, reading: str) -> Design:
    """Find the smallest control share that gives the power asked for, or the most that the settings allow.

    Parameters
    ----------
    probability, effect : ndarray of shape (n,)
        As in `compute_power`.
    settings : HoldoutSettings
    reading : str
        The month of the result.
    """
    shares = np.linspace(min(settings.least, settings.share), settings.share, STEPS)

    def reach(share: float, campaigns: int = 1) -> float:
        return compute_power(probability, effect, share, settings.significance, campaigns)

    place = bisect_left(shares, True, key=lambda share: reach(share) >= settings.power)
    share = float(shares[min(place, STEPS - 1)])  # power rises with the share
    campaigns = bisect_left(range(MOST_CAMPAIGNS), True, key=lambda more: reach(share, more + 1) >= settings.power) + 1
    return Design(
        share=share,
        power=reach(share),
        target=settings.power,
        campaigns=campaigns if campaigns <= MOST_CAMPAIGNS else None,
        reading=reading,
    )


def find_detectable(probability: Floats, share: float, settings: HoldoutSettings) -> float:
    """Return the smallest effect, one for all, that is found with the power asked for, or 1: see `compute_power`."""

    def reach(effect: float) -> bool:
        power = compute_power(probability, np.full_like(probability, effect), share, settings.significance)
        return power >= settings.power

    return float(EFFECTS[min(bisect_left(EFFECTS, True, key=reach), len(EFFECTS) - 1)])


def draw_control(
    likely: NDArray[np.int_], customers: pd.DataFrame, able: Flags, share: float, way: Way, campaign: str
) -> Draw:
    """Draw who is left alone if the plan would contact them; the rows of a unit are drawn together.

    For a campaign of its own everyone who may get an offer is sorted by the likely offer, then by probability, and cut
    into as many blocks of equal size as there are to be left alone; one unit of each is drawn. So every offer and every
    level of risk gives its share. For a persistent control group a hash of the id decides, the same in every month.

    Parameters
    ----------
    likely : ndarray of int, shape (n,)
        A group for each customer that blocks should keep to where they can.
    customers : DataFrame of n rows
        With id, unit and probability.
    able : ndarray of bool, shape (n,)
        Who may be drawn.
    campaign : str
        Its id seeds the draw.
    """
    told = {UNIT: customers[UNIT], "likely": likely, "risk": customers[PROBABILITY], "name": customers[ID].astype(str)}
    rows = pd.DataFrame(told)[able].groupby(UNIT)
    units, unit_of = rows.agg({"likely": "min", "risk": "mean", "name": "min"}), rows.ngroup().to_numpy()
    if way == "persistent":
        held = np.array([draw_number(f"control:{name}") < share for name in units["name"]], dtype=bool)
        block, chance = np.zeros(len(units), dtype=int), np.full(len(units), share)
    else:
        order = units.reset_index(drop=True).sort_values(["likely", "risk", "name"]).index.to_numpy()
        held, block, chance = (cells[np.argsort(order)] for cells in _draw_blocks(len(units), share, campaign))
    draw = Draw(np.zeros(len(able), dtype=bool), np.full(len(able), -1), np.zeros(len(able)))
    draw.held[able], draw.block[able], draw.chance[able] = held[unit_of], block[unit_of], chance[unit_of]
    return draw


def _draw_blocks(units: int, share: float, campaign: str) -> tuple[Flags, NDArray[np.int_], Floats]:
    """Return who is left alone of sorted units, in which block each is and with which chance, shape (units,)."""
    count = int(np.floor(share * units + 0.5))
    if not count:
        return np.zeros(units, dtype=bool), np.zeros(units, dtype=int), np.zeros(units)
    edges = np.linspace(0, units, count + 1).round().astype(int)
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(campaign.encode()).digest()))
    sizes = np.diff(edges)
    held = np.isin(np.arange(units), rng.integers(edges[:-1], edges[1:]))
    return held, np.repeat(np.arange(count), sizes), np.repeat(1 / sizes, sizes)
