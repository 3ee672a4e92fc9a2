"""Subgroup discovery: short rules whose customers hold more of a loss than their number would give.

Quality of a rule: share of customers ** power × (mean loss inside / mean loss of all − 1), after Klösgen (1996),
"Explora", Advances in Knowledge Discovery and Data Mining, 249–271. Power 1 ranks as weighted relative accuracy does
(Lavrač et al. 2004, J. Mach. Learn. Res. 5, 153–188), power 0.5 as the binomial test. Single conditions and pairs are
all looked at; the best pairs are lengthened (beam search; Herrera et al. 2011, Knowl. Inf. Syst. 29, 495–525). Every
condition must earn its place: without it the rule would be clearly worse.
"""

from dataclasses import dataclass

import numpy as np

Places = tuple[int, ...]
Ranked = dict[Places, float]
GRID = 2.0**20  # losses lie on a grid, so that sums are exact and do not depend on their order


@dataclass(frozen=True)
class Sample:
    """The customers that are searched.

    Parameters
    ----------
    held : ndarray of float, shape (n, m)
        1 where the rule holds for the customer.
    loss : ndarray of shape (n,)
        At least 0.
    known : ndarray of float, shape (n, k)
        Members of the groups already there.
    twins : ndarray of shape (n,)
        The group of equal customers that each belongs to.
    """

    held: np.ndarray
    loss: np.ndarray
    known: np.ndarray
    twins: np.ndarray

    def take(self, who: np.ndarray) -> "Sample":
        """Return some of the customers."""
        return Sample(self.held[who], self.loss[who], self.known[who], self.twins[who])


@dataclass(frozen=True)
class Task:
    """What is looked for.

    Parameters
    ----------
    columns : ndarray of int, shape (m,)
        The column that each condition is on; a rule has one condition a column.
    behaviour : ndarray of bool, shape (m,)
        Every rule has at least one of these: that the rich or the risky lose most is no finding.
    low, high : float
        The smallest and largest share of customers.
    size_power, earns : float
    conditions, beam, at_most : int
    overlap : float
        A rule as near as this to one already taken is not taken.
    """

    columns: np.ndarray
    behaviour: np.ndarray
    low: float
    high: float
    size_power: float
    earns: float
    conditions: int
    beam: int
    at_most: int
    overlap: float


@dataclass(frozen=True)
class Measured:
    """The quality of rules, 0 for one that is too small or no better than all, and which are of a fitting size."""

    quality: np.ndarray
    fits: np.ndarray


def search_groups(sample: Sample, task: Task) -> list[Places]:
    """Return the best groups that differ from each other and from those known, the best first.

    Returns
    -------
    list of tuple of int
        Places of the rules of each group.
    """
    held, loss = sample.held, sample.loss
    if not loss.max(initial=0.0) > 0:
        return []
    exact = np.round(loss / loss.max() * GRID)
    singles = _measure(held.sum(axis=0), exact @ held, exact, task)
    fits: Ranked = {(i,): float(q) for i, q in enumerate(singles.quality) if q > 0 and singles.fits[i]}
    if task.conditions > 1:
        pairs = _measure(held.T @ held, (held * exact[:, None]).T @ held, exact, task)
        longer = _list_pairs(pairs, singles, task)
        fits |= {places: q for places, q in longer.items() if pairs.fits[places]}
        if task.conditions > 2:
            best = sorted(longer, key=lambda places: (-longer[places], places))[: task.beam]
            fits |= _lengthen(best, pairs, held, exact, task)
    told = {places: q for places, q in fits.items() if task.behaviour[list(places)].any()}
    return _choose(told, held, sample.known, task)


def _measure(count: np.ndarray, loss: np.ndarray, exact: np.ndarray, task: Task) -> Measured:
    share = count / len(exact)
    lift = loss / exact.sum() / np.maximum(share, 1 / len(exact))
    quality = np.where(share >= task.low, share**task.size_power * np.maximum(lift - 1, 0), 0.0)
    return Measured(quality, (share >= task.low) & (share <= task.high))


def _list_pairs(pairs: Measured, singles: Measured, task: Task) -> Ranked:
    """Return the pairs of conditions on two columns of which each earns its place."""
    bar = np.maximum(singles.quality[:, None], singles.quality) * (1 + task.earns)
    good = (pairs.quality > 0) & (pairs.quality >= bar) & (task.columns[:, None] != task.columns)
    return {(int(i), int(j)): float(pairs.quality[i, j]) for i, j in zip(*np.nonzero(np.triu(good, 1)), strict=True)}


def _lengthen(best: list[Places], pairs: Measured, held: np.ndarray, exact: np.ndarray, task: Task) -> Ranked:
    """Return the rules of three conditions that a pair of `best` and one more make."""
    if not best:
        return {}
    i, j = np.array(best).T
    both = held[:, i] * held[:, j]
    triples = _measure(both.T @ held, (both * exact[:, None]).T @ held, exact, task)
    two = pairs.quality
    bar = np.maximum(np.maximum(two[i], two[j]), two[i, j][:, None]) * (1 + task.earns)
    others = (task.columns[i][:, None] != task.columns) & (task.columns[j][:, None] != task.columns)
    good = triples.fits & (triples.quality > 0) & (triples.quality >= bar) & others
    found: Ranked = {}
    for row, k in zip(*np.nonzero(good), strict=True):
        first, second, third = sorted((*best[row], int(k)))
        found[first, second, third] = float(triples.quality[row, k])
    return found


def _choose(rules: Ranked, held: np.ndarray, known: np.ndarray, task: Task) -> list[Places]:
    """Take the best rules one after another, each only if it differs from what was taken before."""
    ranked = sorted(rules, key=lambda places: (-rules[places], len(places), places))[: 2 * task.beam]
    members = np.column_stack([hold_all(held, places) for places in ranked]) if ranked else held[:, :0]
    near_known = compute_jaccard(members, known).max(axis=1, initial=0.0) >= task.overlap
    near = compute_jaccard(members, members) >= task.overlap
    taken: list[int] = []
    for place in range(len(ranked)):
        if len(taken) < task.at_most and not near_known[place] and not near[place, taken].any():
            taken.append(place)
    return [ranked[place] for place in taken]


def hold_all(held: np.ndarray, places: Places) -> np.ndarray:
    """Return 1.0 where all conditions at `places` hold, shape (n,)."""
    return np.asarray(held[:, list(places)].prod(axis=1))


def compute_jaccard(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return for each two groups the share of their union that both hold, shape (k, l).

    Parameters
    ----------
    first, second : ndarray of float, shapes (n, k) and (n, l)
        1 for a member.
    """
    both = first.T @ second
    union = first.sum(axis=0)[:, None] + second.sum(axis=0) - both
    return np.asarray(both / np.maximum(union, 1))
