"""The assignment to be solved: customers × offers, a budget, capacities, caps."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from retention.strict import Strict

NOBODY = -1
SLACK = 1e-9  # relative; a sum of costs is not exact to the last bit
ROWS = 1 << 16  # that are looked at at a time


class Total(Strict):
    """What contacting some customers comes to."""

    contacts: int  # customers who are contacted
    spent: float  # in the unit of costs
    expected_net_profit: float  # in the unit of ``monthly_profit``, less what is spent; without profit, customers kept


@dataclass(frozen=True)
class Problem:
    """At most one offer for each of n customers, to maximise the sum of values within the limits."""

    values: np.ndarray  # net value of each pair, in money, or in customers kept where there is no profit, shape (n, m)
    costs: np.ndarray  # its cost, likewise
    allowed: np.ndarray  # pairs that may be chosen, bool, shape (n, m)
    budget: float  # limit on the costs; may be infinite
    capacities: np.ndarray  # limit on the customers of each offer, shape (m,); may be infinite
    groups: np.ndarray  # members of each group that has a cap, bool, shape (n, g)
    caps: np.ndarray  # limit on the contacted members of each group, shape (g,)
    floors: np.ndarray  # of customers of each offer at least so many, shape (m,)

    @property
    def limits(self) -> np.ndarray:
        """Return budget, capacities and caps in one vector, shape (1 + m + g,)."""
        return np.concatenate([[self.budget], self.capacities, self.caps])

    def only(self, rows: np.ndarray | slice) -> "Problem":
        """Return the problem of some customers, within the same limits."""
        own = {name: getattr(self, name)[rows] for name in ("values", "costs", "allowed", "groups")}
        return replace(self, **own)

    def split(self) -> Iterator[tuple[slice, "Problem"]]:
        """Yield some customers at a time, with their rows; none where there are no offers."""
        for start in range(0, len(self.values) if self.values.shape[1] else 0, ROWS):
            rows = slice(start, start + ROWS)
            yield rows, self.only(rows)

    def without(self, offers: Iterable[int]) -> "Problem":
        """Return the problem in which nobody may get some of the offers."""
        allowed = self.allowed.copy()
        allowed[:, [*offers]] = False
        return replace(self, allowed=allowed)

    def total(self, chosen: np.ndarray) -> Total:
        """Return what a plan comes to."""
        return Total(
            contacts=int((chosen != NOBODY).sum()),
            spent=float(pick(self.costs, chosen).sum()),
            expected_net_profit=float(pick(self.values, chosen).sum()),
        )


@dataclass(frozen=True)
class Solution:
    """A plan and how good it is known to be."""

    chosen: np.ndarray  # the offer of each customer, `NOBODY` for none, shape (n,)
    value: float  # sum of the chosen values
    bound: float  # no plan is worth more
    prices: np.ndarray  # what one more unit of each limit is worth, below 0 of an offer's floor, shape (limits,)

    @property
    def gap(self) -> float:
        """Return how far the plan may be from the best one, as a share of the bound."""
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0


def scale_limits(problem: Problem, factor: float) -> Problem:
    """Return the problem with limits that are so many times its own."""
    limits = {name: getattr(problem, name) * factor for name in ("budget", "capacities", "caps")}
    return replace(problem, **limits)


def pick(matrix: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Return each customer's entry in the column of the offer chosen, 0 for nobody, shape (n,)."""
    if matrix.shape[1] == 0:
        return np.zeros(len(chosen))
    taken = np.take_along_axis(matrix, np.maximum(chosen, 0)[:, None], axis=1)[:, 0]
    return np.asarray(np.where(chosen == NOBODY, 0.0, taken))


def measure_use(problem: Problem, chosen: np.ndarray) -> np.ndarray:
    """Return how much of each limit a plan takes, in the order of `Problem.limits`."""
    contacted = chosen != NOBODY
    customers = np.bincount(chosen[contacted], minlength=problem.values.shape[1])
    return np.concatenate([[pick(problem.costs, chosen).sum()], customers, problem.groups[contacted].sum(axis=0)])


def find_smallest(chosen: np.ndarray, least: int) -> int | None:
    """Return the offer that the fewest customers get, of equal ones the first; None if none has fewer than `least`."""
    counts = np.bincount(chosen[chosen != NOBODY])
    small = np.flatnonzero((counts > 0) & (counts < least))
    return int(small[counts[small].argmin()]) if len(small) else None


def is_feasible(problem: Problem, chosen: np.ndarray) -> bool:
    """Return whether a plan keeps all limits and floors, and contacts only where it is allowed."""
    used = measure_use(problem, chosen)
    within = (used <= problem.limits * (1 + SLACK)).all()
    enough = (used[1 : 1 + len(problem.floors)] >= problem.floors).all()
    return bool(within and enough and (pick(problem.allowed, chosen)[chosen != NOBODY] > 0).all())


def order_ties(problem: Problem, chosen: np.ndarray) -> np.ndarray:
    """Give the offers of customers who are equal in everything to the earlier ones, in offer order.

    Nothing but the names changes: it makes the plan independent of how the solver breaks ties.
    """
    fair = chosen.copy()
    if (chosen == NOBODY).all():
        return fair
    first = problem.values[:, 0]
    alike = np.flatnonzero(np.isin(first, first[chosen != NOBODY]))  # nobody else can equal one who gets an offer
    matrices = problem.values, problem.costs, problem.allowed, problem.groups
    _, kind = np.unique(np.column_stack([matrix[alike] for matrix in matrices]), axis=0, return_inverse=True)
    kind = kind.ravel()
    rank = np.where(chosen[alike] == NOBODY, problem.values.shape[1], chosen[alike])
    places = np.argsort(kind, kind="stable")  # by kind, then by customer
    ordered = np.lexsort((rank, kind))  # by kind, then by offer
    fair[alike[places]] = chosen[alike[ordered]]
    return fair
