"""Subgroup discovery: short rules whose customers hold more of a loss than their number would give.

Quality of a rule: share of customers ** power × (mean loss inside / mean loss of all − 1), after Klösgen (1996),
"Explora", Advances in Knowledge Discovery and Data Mining, 249–271. Power 1 ranks as weighted relative accuracy does
(Lavrač et al. 2004, J. Mach. Learn. Res. 5, 153–188), power 0.5 as the binomial test. Single conditions and pairs are
all looked at; the best pairs are lengthened (beam search; Herrera et al. 2011, Knowl. Inf. Syst. 29, 495–525). Every
condition must earn its place: without it the rule would be clearly worse.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from retention.audience.discovery.settings import FoundSettings

Places = tuple[int, ...]
Ranked = dict[Places, float]
GRID = 2.0**20  # losses lie on a grid, so that sums are exact and do not depend on their order


@dataclass(frozen=True)
class Sample:
    """The customers that are searched, and the conditions that rules are made of.

    Parameters
    ----------
    held : ndarray of float, shape (n, m)
        1 where the condition holds for the customer.
    loss : ndarray of shape (n,)
        At least 0.
    known : ndarray of float, shape (n, k)
        Members of the groups already there.
    twins : ndarray of shape (n,)
        The group of equal customers that each belongs to.
    columns : ndarray of int, shape (m,)
        The column that each condition is on; a rule has one condition a column.
    behaviour : ndarray of bool, shape (m,)
        Every rule has at least one of these: that the rich or the risky lose most is no finding.
    """

    held: np.ndarray
    loss: np.ndarray
    known: np.ndarray
    twins: np.ndarray
    columns: np.ndarray
    behaviour: np.ndarray

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
    """Return for each two groups the share of their union that both hold, shape (k, l).

    Parameters
    ----------
    first, second : ndarray of float, shapes (n, k) and (n, l)
        1 for a member.
    """
    both = first.T @ second
    union = first.sum(axis=0)[:, None] + second.sum(axis=0) - both
    return np.asarray(both / np.maximum(union, 1))
