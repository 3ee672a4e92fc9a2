"""Whether a search finds the same group again in random halves of customers, and what it is worth in the other.

Halves without replacement: Meinshausen and Bühlmann (2010), "Stability selection", J. R. Stat. Soc. B 72, 417–473.
Overlap of groups of customers (Jaccard): Hennig (2007), "Cluster-wise assessment of cluster stability", Computational
Statistics & Data Analysis 52, 258–271.
"""

from collections.abc import Sequence

import numpy as np

from retention.audience.discovery.settings import FoundSettings
from retention.audience.discovery.subgroups import Places, Sample, compute_jaccard, hold_all, search_groups
from retention.estimate import Estimate
from retention.strict import Strict


class Stability(Strict):
    """How well a group is found again.

    Parameters
    ----------
    share : float
        Of the halves, those whose search finds the group.
    overlap : float
        Mean overlap (Jaccard) with the group that is nearest to it in each half.
    lift : Estimate
        In the other half, which the search did not see: the loss a customer of that nearest group against the loss
        a customer of all those who fulfil its conditions on profit and risk, so that only behaviour counts. The
        mean, and the range that holds the middle `confidence` of the halves.
    """

    halves: int
    share: float
    overlap: float
    lift: Estimate


def measure_stability(
    groups: Sequence[Places], sample: Sample, found: FoundSettings, confidence: float, rng: np.random.Generator
) -> list[Stability]:
    """Repeat the search that found `groups` among all customers on random halves, twins in one half."""
    if not groups:
        return []
    held, halves = sample.held, found.halves
    own = np.column_stack([hold_all(held, places) for places in groups])
    nearest, lifts = np.zeros((halves, len(groups))), np.ones((halves, len(groups)))
    kinds, kind = np.unique(sample.twins, return_inverse=True)
    for number in range(halves):
        drawn = (rng.permutation(len(kinds)) < len(kinds) // 2)[kind]
        again = search_groups(sample.take(drawn), found)
        if again:
            near = compute_jaccard(own, np.column_stack([hold_all(held, places) for places in again]))
            nearest[number] = near.max(axis=1)
            rest = sample.take(~drawn)
            lifts[number] = np.array([_compute_lift(rest, places) for places in again])[near.argmax(axis=1)]
    low, high = np.quantile(lifts, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return [
        Stability(
            halves=halves,
            share=float((nearest[:, place] >= found.overlap).mean()),
            overlap=float(nearest[:, place].mean()),
            lift=Estimate(value=float(lifts[:, place].mean()), low=low[place], high=high[place]),
        )
        for place in range(len(groups))
    ]


def _compute_lift(sample: Sample, places: Places) -> float:
    """Return the loss a customer of a rule against that of the rule without its behaviour; 1 where there is none."""
    rest = tuple(place for place in places if not sample.behaviour[place])
    loss, inside, around = sample.loss, hold_all(sample.held, places), hold_all(sample.held, rest)
    if not inside.any() or not loss @ around > 0:
        return 1.0
    return float((loss @ inside / inside.sum()) / (loss @ around / around.sum()))
