"""Resamples of customers and the intervals that they give."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, ndtri

from retention.estimate import Estimate

Floats = NDArray[np.float64]
Scale = Literal["real", "positive", "share"]

CELLS = 2_000_000  # weights held at a time
DRAWN = 20_000_000  # weights drawn in all: of more than 10,000 rows there are fewer than 2,000 resamples
LEAST = 200  # resamples of any number of rows; a standard error by so many is off by 5 %
FLAT = 1e-9  # the share of a size below which an error is that of rounding
MARGIN = 1e-3  # keeps the log-odds of a share of 0 or 1 finite


@dataclass(frozen=True)
class Bootstrap:
    """Resamples of the same customers: the rows of one customer, and twins, are drawn together."""

    groups: NDArray[np.int_]  # (n_customers,): the number of each row's unit
    resamples: int  # at most; see `count_resamples`
    confidence: float  # how often an interval is to hold the truth
    seed: int  # every use gets a stream of random numbers of its own out of it
    weight: NDArray[np.int_] | None = None  # (n_customers,): for how many each stands; None means for one

    @property
    def whole(self) -> Floats:
        """How often each customer counts without any resampling, shape (1, n_customers)."""
        return np.ones((1, len(self.groups))) if self.weight is None else self.weight[None].astype(float)

    def take(self, rows: NDArray[np.bool_]) -> "Bootstrap":
        """Return the resamples of some of the customers."""
        return replace(self, groups=self.groups[rows], weight=None if self.weight is None else self.weight[rows])

    def draw(self, *use: int, strata: ArrayLike | None = None) -> Iterator[Floats]:
        """Yield how often each customer counts in each resample.

        Batches of shape (some resamples, n_customers) make up as many rows as `count_resamples` says; the same numbers
        of `use` give the same ones. `strata`, (n_customers,), are numbered classes that keep their size, a unit counted
        to the highest of its rows; by default a resample is of all customers alike.
        """
        units, unit_of = np.unique(self.groups, return_inverse=True)
        apart = np.full(len(units), -np.inf)
        np.maximum.at(apart, unit_of, np.zeros(len(unit_of)) if strata is None else np.asarray(strata, dtype=float))
        places = [np.flatnonzero(apart == stratum) for stratum in np.unique(apart)]
        streams = np.random.default_rng([self.seed, *use]).spawn(len(places))
        batch = max(1, CELLS // len(self.groups))
        count = count_resamples(self.resamples, len(self.groups))
        for start in range(0, count, batch):
            drawn = np.empty((min(batch, count - start), len(units)))
            for place, stream in zip(places, streams, strict=True):
                drawn[:, place] = _count(stream.integers(len(place), size=(len(drawn), len(place))))
            yield drawn[:, unit_of] if self.weight is None else drawn[:, unit_of] * self.weight

    def estimate(
        self, measure: Callable[[Floats], Floats], *use: int, strata: ArrayLike | None = None, scale: Scale = "real"
    ) -> Estimate:
        """Return a measure of the customers with its interval; see `draw` and `normal_interval`.

        `measure` takes weights of shape (n_resamples, n_customers) and gives values of shape (n_resamples,).
        """
        value = float(measure(self.whole)[0])
        resampled = np.concatenate([measure(weights) for weights in self.draw(*use, strata=strata)])
        return normal_interval(value, resampled, self.confidence, scale)

    def estimate_mean(self, values: Floats, *use: int) -> Estimate:
        """Return the mean of something with a studentised interval (Efron and Tibshirani 1993, section 12.5).

        Of losses, whose few large values bring a mean and its error along together, an interval of as many standard
        errors to both sides is too short at the end of these values.

        Parameters
        ----------
        values : ndarray of shape (n_customers,)
        *use : int
            As in `draw`.
        """
        units, first = np.unique(self.groups, return_index=True)
        place = np.searchsorted(units, self.groups)
        (weight,) = self.whole
        sums, rows = np.bincount(place, weights=weight * values), np.bincount(place, weights=weight)

        def measure(weights: Floats) -> tuple[Floats, Floats]:
            count = weights @ rows
            mean = weights @ sums / count
            squares = weights @ sums**2 - 2 * mean * (weights @ (sums * rows)) + mean**2 * (weights @ rows**2)
            return mean, np.sqrt(np.maximum(squares, 0)) / count

        (mean,), (error,) = measure(np.ones((1, len(units))))
        if error <= FLAT * np.abs(values).max(initial=0):
            return Estimate(value=mean, low=mean, high=mean)
        drawn = [measure(weights[:, first]) for weights in replace(self, weight=None).draw(*use)]
        means, errors = (np.concatenate(part) for part in zip(*drawn, strict=True))
        off = (means - mean) / np.maximum(errors, FLAT * error)
        below, above = np.quantile(off, [(1 + self.confidence) / 2, (1 - self.confidence) / 2])
        return Estimate(value=mean, low=min(mean, mean - below * error), high=max(mean, mean - above * error))


def count_resamples(wanted: int, rows: int) -> int:
    """Return how many resamples of so many rows are drawn: of very many rows fewer than are `wanted`.

    They take long, and the chance between resamples blurs an interval by the same share of its width, 1 / sqrt(2 n),
    however many rows there are.
    """
    return min(wanted, max(LEAST, DRAWN // max(1, rows)))


def _count(drawn: NDArray[np.int_]) -> NDArray[np.int_]:
    """Return in each row how often each of as many units as it has places was drawn."""
    rows, units = drawn.shape
    place = drawn + units * np.arange(rows)[:, None]
    return np.bincount(place.ravel(), minlength=rows * units).reshape(rows, units)


def normal_interval(value: float, resampled: Floats, confidence: float, scale: Scale = "real") -> Estimate:
    """Return `value` with the interval of so many bootstrap standard errors to each side.

    On a scale on which errors are symmetric it covers at 324 customers where percentiles do not, and needs fewer
    resamples (decision 015).

    `value` is of the customers themselves, `resampled`, (n_resamples,), of each resample; those that lack a class, of
    which a metric is NaN, are left out. On the scale ``real`` errors
    are those of the value, on ``positive`` of its logarithm (where some are not: ``real``), on ``share`` of its
    log-odds.
    """
    resampled = resampled[~np.isnan(resampled)]
    there, back = _SCALES["real" if scale == "positive" and min(value, resampled.min()) <= 0 else scale]
    reach = ndtri((1 + confidence) / 2) * np.std(there(resampled)) * np.array([-1, 1])
    low, high = back(there(np.array(value)) + reach)
    return Estimate(value=value, low=min(value, float(low)), high=max(value, float(high)))


_SCALES: dict[Scale, tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]] = {
    "real": (np.asarray, np.asarray),
    "positive": (np.log, np.exp),
    "share": (lambda share: logit(np.clip(share, MARGIN, 1 - MARGIN)), expit),
}
