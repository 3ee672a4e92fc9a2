"""Two arms of an experiment compared.

By a regression within each, Lin's estimator with small-sample errors; and, for small ones, by a test that assumes
nothing but the draw.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from retention.estimate import Estimate

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEVERAGE = 0.999  # a residual with more of it says nothing
CELLS = 2_000_000  # redrawn at a time


@dataclass(frozen=True)
class Mean:
    """What an arm's outcome would be on average over both arms' customers."""

    value: float
    variance: float
    freedom: float  # of the variance, in degrees


@dataclass(frozen=True)
class Arms:
    """Both arms' means; they share no customer, so that their errors are independent."""

    contacted: Mean
    held: Mean

    @property
    def error(self) -> float:
        """The standard error of the difference."""
        return float(np.sqrt(self.contacted.variance + self.held.variance))

    @property
    def freedom(self) -> float:
        """The degrees of freedom of the difference (Welch 1947, Satterthwaite 1946)."""
        arms = (self.contacted, self.held)
        below = sum(arm.variance**2 / arm.freedom for arm in arms)
        return float(self.error**4 / below) if below > 0 else min(arm.freedom for arm in arms)

    def compute_difference(self, confidence: float) -> Estimate:
        """Return by how much contacting lowers the mean, with Student's interval."""
        value = self.held.value - self.contacted.value
        reach = float(stats.t.ppf((1 + confidence) / 2, self.freedom)) * self.error
        return Estimate(value=value, low=value - reach, high=value + reach)

    def compute_reduction(self, confidence: float) -> Estimate | None:
        """Return by which share contacting lowers the mean, with Fieller's interval (Fieller 1954).

        None where the held's mean is not known to be above zero: any share would do.
        """
        square = float(stats.t.ppf((1 + confidence) / 2, self.freedom)) ** 2
        one, other = self.contacted, self.held
        below = other.value**2 - square * other.variance
        if other.value <= 0 or below <= 0:
            return None
        middle = one.value * other.value
        root = np.sqrt(max(0.0, middle**2 - below * (one.value**2 - square * one.variance)))
        low, high = (middle - root) / below, (middle + root) / below
        return Estimate(value=1 - one.value / other.value, low=1 - float(high), high=1 - float(low))


def compare_arms(outcome: Floats, contacted: Flags, covariates: Floats, weight: Floats, size: Floats) -> Arms:
    """Return each arm's mean outcome, as if all n units were in it (Lin 2013, "Agnostic notes on regression", eq. 1).

    Each arm has a regression of its own on the centred covariates, weighted by size/π; its intercept is the mean.
    Variances are HC2 (MacKinnon and White 1985), with the degrees of freedom of Bell and McCaffrey (2002).

    Of each unit there are the mean outcome, whether it was contacted, `covariates` (n, k), 1 over the probability of
    its arm as `weight`, and as `size` the number of its customers.
    """
    centred = covariates - np.average(covariates, axis=0, weights=size)
    design = np.column_stack([np.ones(len(outcome)), centred])
    return Arms(*(_fit(outcome[arm], design[arm], (weight * size)[arm]) for arm in (contacted, ~contacted)))


def _fit(outcome: Floats, design: Floats, weight: Floats) -> Mean:
    lift = np.linalg.pinv(design.T @ (design * weight[:, None])) @ (design * weight[:, None]).T  # (k, n)
    coefficients = lift @ outcome
    leverage = np.minimum(np.einsum("nk,kn->n", design, lift), LEVERAGE)
    spread = lift[0] ** 2 / (1 - leverage)
    variance = float((spread * (outcome - design @ coefficients) ** 2).sum())
    return Mean(float(coefficients[0]), variance, _count_freedom(design, lift, spread))


def _count_freedom(design: Floats, lift: Floats, spread: Floats) -> float:
    """Return 2 E²/Var of the variance Σ spread·residual² were all errors alike (Bell and McCaffrey 2002, p. 171).

    With residuals (I − XL)ε it is ε'Aε, A = (I − XL)' diag(spread) (I − XL): tr(A)² / tr(A²), and no matrix of n × n.
    """
    k = len(lift)
    both = np.column_stack([design, lift.T])  # (I − XL)(I − XL)' = I + both · middle · both'
    middle = np.block([[lift @ lift.T, -np.eye(k)], [-np.eye(k), np.zeros((k, k))]])
    added = np.einsum("ni,ij,nj->n", both, middle, both)
    inner = both.T @ (both * spread[:, None]) @ middle
    first = float((spread * (1 + added)).sum())
    second = float((spread**2 * (1 + 2 * added)).sum() + np.trace(inner @ inner))
    return max(1.0, first**2 / second) if second > 0 else 1.0


def find_chance(
    outcome: Floats, contacted: Flags, block: NDArray[np.int_], size: Floats, draws: int, seed: int
) -> float:
    """Return the two-sided p-value of "contacting changed nothing" by drawing the arms again (Fisher 1935, ch. 2).

    Within each block as many units as were left alone are drawn, all alike; a block where an arm has nobody tells
    nothing. What counts is how far the left alone's sum is from what is expected of the draw, in standard errors of
    arms whose spreads differ: an offer that moves risks of 0.8 to 0.6 also spreads them, and against one spread for
    both arms the few who are left alone would seem to show less than they do (Chung and Romano 2013). Each arm's
    variance counts one unit as spread as all are, for arms without a spread. `outcome` is a unit's mean, `size` the
    number of its customers.
    """
    total, place = outcome * size, np.unique(block, return_inverse=True)[1]
    sizes, held = np.bincount(place), np.bincount(place, weights=~contacted)
    off = total - (np.bincount(place, weights=total) / sizes)[place]
    blocks = np.sort(place)
    drawn = np.arange(len(place)) - (np.cumsum(sizes) - sizes)[blocks] < held[blocks]  # the first of each block
    found = float(_studentise(off, off[None, ~contacted])[0])
    rng, reached, batch = np.random.default_rng(seed), 0, max(1, CELLS // len(place))
    for start in range(0, draws, batch):
        order = np.argsort(place + rng.random((min(batch, draws - start), len(place))), axis=1)
        reached += int((_studentise(off, off[order[:, drawn]]) >= found * (1 - 1e-9)).sum())
    return (1 + reached) / (1 + draws)


def _studentise(off: Floats, alone: Floats) -> Floats:
    """Return how far draws (draws, left alone) out of all units, whose sum is 0, are from 0, by their arms' spreads.

    It is the sum over the error of the arms' difference: standard errors but for a factor that is the same in all.
    """
    far, squares, every = alone.sum(axis=1), (alone**2).sum(axis=1), float(off @ off)
    error = np.zeros(len(alone))
    for own, size in ((squares, alone.shape[1]), (every - squares, len(off) - alone.shape[1])):
        error += (own - far**2 / size + every / len(off)) / (size + 1) / size
    return np.asarray(np.abs(far) / np.sqrt(np.where(error > 0, error, np.inf)))
