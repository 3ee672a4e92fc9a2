"""Subgroup discovery: short rules whose customers hold more of a loss than their number would give.

Quality of a rule: share of customers ** power × (mean loss inside / mean loss of all − 1), after Klösgen (1996),
"Explora", Advances in Knowledge Discovery and Data Mining, 249–271. Power 1 ranks as weighted relative accuracy does
(Lavrač et al. 2004, J. Mach. Learn. Res. 5, 153–188), power 0.5 as the binomial test. Single conditions and pairs are
all looked at; the best pairs are lengthened (beam search; Herrera et al. 2011, Knowl. Inf. Syst. 29, 495–525). Every
condition must earn its place: without it the rule would be clearly worse.

A group is stable if the search finds it again in random halves of customers, drawn without replacement: Meinshausen and
Bühlmann (2010), "Stability selection", J. R. Stat. Soc. B 72, 417–473. Overlap of groups of customers (Jaccard): Hennig
(2007), "Cluster-wise assessment of cluster stability", Computational Statistics & Data Analysis 52, 258–271.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from retention.audience.declared import FoundSettings
from retention.estimate import Estimate
from retention.strict import Strict

Places = tuple[int, ...]
Ranked = dict[Places, float]
GRID = 2.0**20  # losses lie on a grid, so that sums are exact and do not depend on their order


@dataclass(frozen=True)
class Sample:
    """The customers that are searched, and the conditions that rules are made of."""

    held: np.ndarray  # float, (n, m): 1 where the condition holds for the customer
    loss: np.ndarray  # (n,): at least 0
    known: np.ndarray  # float, (n, k): members of the groups already there
    twins: np.ndarray  # (n,): the group of equal customers that each belongs to
    columns: np.ndarray  # int, (m,): the column that each condition is on; a rule has one condition a column
    behaviour: np.ndarray
    """Bool, (m,): every rule has at least one of these; that the rich or the risky lose most is no finding."""

    def take(self, who: np.ndarray) -> "Sample":
        """Return some of the customers."""
        parts = {name: getattr(self, name)[who] for name in ("held", "loss", "known", "twins")}
        return replace(self, **parts)


class Measured(NamedTuple):
    """The quality of rules, 0 for one that is too small or no better than all, and which are of a fitting size."""

    quality: np.ndarray
    fits: np.ndarray


def search_groups(sample: Sample, found: FoundSettings) -> list[Places]:
    """Return the best groups that differ from each other and from those known, each as places of conditions."""
    held, loss = sample.held, sample.loss
    if not loss.max(initial=0.0) > 0:
        return []
    exact = np.round(loss / loss.max() * GRID)
    singles = _measure(held.sum(axis=0), exact @ held, exact, found)
    fits: Ranked = {(i,): float(q) for i, q in enumerate(singles.quality) if q > 0 and singles.fits[i]}
    if found.conditions > 1:
        pairs = _measure(held.T @ held, (held * exact[:, None]).T @ held, exact, found)
        longer = _list_pairs(pairs, singles, sample, found)
        fits |= {places: q for places, q in longer.items() if pairs.fits[places]}
        if found.conditions > 2:
            best = sorted(longer, key=lambda places: (-longer[places], places))[: found.beam]
            fits |= _lengthen(best, pairs, sample, exact, found)
    told = {places: q for places, q in fits.items() if sample.behaviour[list(places)].any()}
    return _choose(told, sample, found)


def _measure(count: np.ndarray, loss: np.ndarray, exact: np.ndarray, found: FoundSettings) -> Measured:
    share, (low, high) = count / len(exact), found.share
    lift = loss / exact.sum() / np.maximum(share, 1 / len(exact))
    quality = np.where(share >= low, share**found.size_power * np.maximum(lift - 1, 0), 0.0)
    return Measured(quality, (share >= low) & (share <= high))


def _list_pairs(pairs: Measured, singles: Measured, sample: Sample, found: FoundSettings) -> Ranked:
    """Return the pairs of conditions on two columns of which each earns its place."""
    bar = np.maximum(singles.quality[:, None], singles.quality) * (1 + found.earns)
    good = (pairs.quality > 0) & (pairs.quality >= bar) & (sample.columns[:, None] != sample.columns)
    return {(int(i), int(j)): float(pairs.quality[i, j]) for i, j in zip(*np.nonzero(np.triu(good, 1)), strict=True)}


def _lengthen(best: list[Places], pairs: Measured, sample: Sample, exact: np.ndarray, found: FoundSettings) -> Ranked:
    """Return the rules of three conditions that a pair of `best` and one more make."""
    if not best:
        return {}
    (i, j), held, columns, two = np.array(best).T, sample.held, sample.columns, pairs.quality
    both = held[:, i] * held[:, j]
    triples = _measure(both.T @ held, (both * exact[:, None]).T @ held, exact, found)
    bar = np.maximum(np.maximum(two[i], two[j]), two[i, j][:, None]) * (1 + found.earns)
    others = (columns[i][:, None] != columns) & (columns[j][:, None] != columns)
    good = triples.fits & (triples.quality > 0) & (triples.quality >= bar) & others
    longer: Ranked = {}
    for row, k in zip(*np.nonzero(good), strict=True):
        first, second, third = sorted((*best[row], int(k)))
        longer[first, second, third] = float(triples.quality[row, k])
    return longer


def _choose(rules: Ranked, sample: Sample, found: FoundSettings) -> list[Places]:
    """Take the best rules one after another, each only if it differs from what was taken before."""
    ranked = sorted(rules, key=lambda places: (-rules[places], len(places), places))[: 2 * found.beam]
    members = np.column_stack([hold_all(sample.held, places) for places in ranked]) if ranked else sample.held[:, :0]
    near_known = compute_jaccard(members, sample.known).max(axis=1, initial=0.0) >= found.overlap
    near = compute_jaccard(members, members) >= found.overlap
    taken: list[int] = []
    for place in range(len(ranked)):
        if len(taken) < found.at_most and not near_known[place] and not near[place, taken].any():
            taken.append(place)
    return [ranked[place] for place in taken]


def hold_all(held: np.ndarray, places: Places) -> np.ndarray:
    """Return 1.0 where all conditions at `places` hold, shape (n,)."""
    return np.asarray(held[:, list(places)].prod(axis=1))


def compute_jaccard(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return for each two groups, members 1.0, (n, k) and (n, l), the share of their union that both hold, (k, l)."""
    both = first.T @ second
    union = first.sum(axis=0)[:, None] + second.sum(axis=0) - both
    return np.asarray(both / np.maximum(union, 1))


class Stability(Strict):
    """How well a group is found again."""

    halves: int  # random halves on which the search was repeated
    share: float  # of the halves, those whose search finds the group
    overlap: float  # mean overlap (Jaccard) with the group that is nearest to it in each half
    lift: Estimate
    """In the other half, which the search did not see: the loss a customer of that nearest group against the loss a
    customer of all those who fulfil its conditions on profit and risk, so that only behaviour counts. The mean, and the
    range that holds the middle `confidence` of the halves."""


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
