"""Whether a search finds the same group again in random halves of customers, and what it is worth in the other.

Halves without replacement: Meinshausen and Bühlmann (2010), "Stability selection", J. R. Stat. Soc. B 72, 417–473.
Overlap of groups of customers (Jaccard): Hennig (2007), "Cluster-wise assessment of cluster stability", Computational
Statistics & Data Analysis 52, 258–271.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retention.audience.discovery.subgroups import Places, Task, compute_jaccard, hold_all, search_rules
from retention.estimate import Estimate


@dataclass(frozen=True)
class Stability:
    """How well a group is found again.

    Parameters
    ----------
    halves : int
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
    rules: Sequence[Places],
    held: np.ndarray,
    loss: np.ndarray,
    known: np.ndarray,
    twins: np.ndarray,
    task: Task,
    *,
    halves: int,
    confidence: float,
    rng: np.random.Generator,
) -> list[Stability]:
    """Repeat the search on random halves.

    Parameters
    ----------
    rules : sequence of k tuples of int
        What the search found among all customers.
    held, loss, known : ndarray
        As for `search_rules`, n rows.
    twins : ndarray of shape (n,)
        The group of equal customers that each belongs to: a group goes into one half.
    task : Task
    halves : int
    confidence : float
    rng : Generator
    """
    if not rules:
        return []
    own = np.column_stack([hold_all(held, places) for places in rules])
    nearest = np.zeros((halves, len(rules)))
    lifts = np.ones((halves, len(rules)))
    groups, group = np.unique(twins, return_inverse=True)
    for number in range(halves):
        drawn = (rng.permutation(len(groups)) < len(groups) // 2)[group]
        again = search_rules(held[drawn], loss[drawn], known[drawn], task)
        if again:
            near = compute_jaccard(own, np.column_stack([hold_all(held, places) for places in again]))
            nearest[number] = near.max(axis=1)
            unseen = [_compute_lift(held[~drawn], loss[~drawn], places, task) for places in again]
            lifts[number] = np.array(unseen)[near.argmax(axis=1)]
    return [
        Stability(
            halves,
            float((nearest[:, rule] >= task.overlap).mean()),
            float(nearest[:, rule].mean()),
            _summarise_lifts(lifts[:, rule], confidence),
        )
        for rule in range(len(rules))
    ]


def _summarise_lifts(lifts: np.ndarray, confidence: float) -> Estimate:
    low, high = np.quantile(lifts, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(value=float(lifts.mean()), low=float(low), high=float(high))


def _compute_lift(held: np.ndarray, loss: np.ndarray, places: Places, task: Task) -> float:
    """Return the loss a customer of a rule against that of the rule without its behaviour; 1 where there is none."""
    rest = tuple(place for place in places if not task.behaviour[place])
    inside, around = hold_all(held, places), hold_all(held, rest)
    if not inside.any() or not loss @ around > 0:
        return 1.0
    return float((loss @ inside / inside.sum()) / (loss @ around / around.sum()))
