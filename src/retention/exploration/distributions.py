"""Each column by itself: what values it takes, in each class, and how it goes with the label."""

from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike
from scipy.stats import norm, rankdata

from retention.estimate import Estimate, compute_cramers_v, compute_design_effect, compute_share, count_effective
from retention.strict import Strict

QUANTILES = (0.0, 0.5, 1.0)
CLASSES = {"kept": 0, "declined": 1}
_FEW = 0.02  # outliers that are left out of the picture, at most
_FLAT = 1e-12  # the share of the mean up to which a spread is that of rounding
_ROUND_STEPS = (1, 2, 2.5, 5, 10)


class NumericColumn(Strict):
    """A numeric column."""

    kind: Literal["numeric"] = "numeric"  # ``numeric``
    missing: int  # values that are not known
    mean: float  # of the known ones
    sd: float | None  # their standard deviation; None of a single one
    skew: float | None  # without bias; None of fewer than three, and where all are equal
    outliers: int | None  # by Tukey's rule; None where the middle half of the values is one number
    quantiles: dict[str, float]  # share to quantile
    by_class: dict[str, int]  # how many values are known of those who ``kept`` their level and who ``declined``
    histogram: dict[str, tuple[int, ...]]  # by class, the customers in each bin; both classes have the same bins
    effect: Estimate | None  # Cliff's delta of the declined class against the other


class Category(Strict):
    """One value of a categorical column."""

    key: str  # the value
    count: int  # its customers
    share: float  # their share of all whose value is known
    decline_rate: Estimate  # which share of them declined


class CategoricalColumn(Strict):
    """A categorical column."""

    kind: Literal["categorical"] = "categorical"  # ``categorical``
    missing: int  # values that are not known
    categories: tuple[Category, ...]  # the most frequent first
    effect: Estimate | None  # Cramér's V with the label


def describe_numeric(
    column: pd.Series, label: pd.Series, units: pd.Series, *, fence: float, bins: int, confidence: float
) -> NumericColumn:
    """Describe a numeric column, which has a value at least, against the label.

    The label is 1 where activity dropped; from `fence` interquartile ranges beyond the quartiles on a value is an
    outlier (Tukey 1977, p. 44); `bins` are the most of the histogram. Rows of one of the `units` count as alike.
    """
    known = column.notna().to_numpy()
    values = column.to_numpy(dtype=float)[known]
    classes = label.to_numpy()[known]
    parts = {name: values[classes == code] for name, code in CLASSES.items()}
    edges = choose_edges(values, bins, fence)
    own = units.to_numpy()[known][np.argsort(classes, kind="stable")]  # in the order of `parts`
    return NumericColumn(
        missing=int((~known).sum()),
        mean=float(values.mean()),
        sd=float(values.std(ddof=1)) if values.size > 1 else None,
        skew=compute_skew(values),
        outliers=count_outliers(values, fence),
        quantiles={f"{share:g}": float(np.quantile(values, share)) for share in QUANTILES},
        by_class={name: part.size for name, part in parts.items()},
        histogram={name: tuple(np.histogram(part, edges)[0].tolist()) for name, part in parts.items()},
        effect=compute_cliffs_delta(parts["kept"], parts["declined"], confidence, own),
    )


def compute_skew(values: np.ndarray) -> float | None:
    """Return the skew G1 (Joanes and Gill 1998); None of fewer than three values, or all equal but for rounding."""
    n, mean, spread = len(values), values.mean(), values.std()
    if n < 3 or spread <= _FLAT * abs(mean):
        return None
    return float((((values - mean) / spread) ** 3).mean() * np.sqrt(n * (n - 1)) / (n - 2))


def count_outliers(values: np.ndarray, fence: float) -> int | None:
    """Count values beyond `fence` interquartile ranges outside the quartiles; None where these are one number."""
    first, third = np.quantile(values, [0.25, 0.75])
    reach = fence * (third - first)
    return int(((values < first - reach) | (values > third + reach)).sum()) if reach else None


def choose_edges(values: np.ndarray, most: int, fence: float) -> np.ndarray:
    """Return the edges of at most `most` bins of equal, round width.

    There is at least one value, all are finite. Those further than twice `fence` interquartile ranges outside the
    quartiles, if they are few, do not stretch the bins and lie beside them. A bin holds its left edge and not
    its right one, the last bin holds both. Whole numbers of few kinds get one bin each, centred on the number.
    """
    first, third = np.quantile(values, [0.25, 0.75])
    reach = 2 * fence * (third - first)
    inside = values[(values >= first - reach) & (values <= third + reach)]
    if reach == 0 or len(inside) < (1 - _FEW) * len(values):  # so many are a group of their own, not outliers
        inside = values
    low, high = float(inside.min()), float(inside.max())
    whole = bool(np.all(values == np.round(values)))
    if whole and high - low < most:
        return np.arange(low - 0.5, high + 1.0)
    edges: np.ndarray = np.round(MaxNLocator(most, steps=_ROUND_STEPS, integer=whole).tick_values(low, high), 9)
    return edges


def describe_categorical(
    column: pd.Series, label: pd.Series, units: pd.Series, *, confidence: float
) -> CategoricalColumn:
    """Describe a categorical column against the label; its values come most frequent first.

    Rows of one of the `units` count as alike in the intervals.
    """
    counts = pd.crosstab(column, label).reindex(columns=[0, 1], fill_value=0)
    found, total = [], int(counts.to_numpy().sum())
    for key, kept, declined in sorted(counts.itertuples(), key=lambda row: (-row[1] - row[2], str(row[0]))):
        size, here = kept + declined, (column == key).to_numpy()
        rate = compute_share(declined, size, confidence, count_effective(label[here], units[here]))
        found.append(Category(key=str(key), count=size, share=size / total, decline_rate=rate))
    known = column.notna()
    cells, target = pd.get_dummies(column[known], dtype=float), label[known].astype(float)
    scores = (cells - cells.mean()).mul(target - target.mean(), axis=0)  # whose means are what V is made of
    alike = compute_design_effect((scores - scores.mean()).to_numpy(), units[known])
    return CategoricalColumn(
        missing=int(column.isna().sum()),
        categories=tuple(found),
        effect=compute_cramers_v(counts.to_numpy() / alike, confidence),
    )


def compute_cliffs_delta(
    first: np.ndarray, second: np.ndarray, confidence: float, units: ArrayLike | None = None
) -> Estimate | None:
    """Return Cliff's delta: P(a value of `second` is larger) − P(it is smaller), in [−1, 1].

    It does not mind outliers or skew, and equals 2 · ROC-AUC − 1. The variance is the consistent one from
    the placements, the interval is asymmetric so that it stays in [−1, 1] (Cliff 1996, "Ordinal Methods for
    Behavioral Data Analysis", p. 140; Feng and Cliff 2004, eq. 9).

    Values are finite and alike within `units`, (n + m,), those of `first` before, by default each its own: placements
    add up within a unit (Obuchowski 1997, "Clustered ROC curve data"). None where a class has fewer than two units.
    """
    n, m = len(first), len(second)
    units = np.arange(n + m) if units is None else np.asarray(units)
    if min(len(np.unique(units[:n])), len(np.unique(units[n:]))) < 2:
        return None
    of_first, of_second = _placements(first, second)
    delta = float(of_second.mean())
    scores = np.concatenate([(of_first - delta) / n, (of_second - delta) / m])
    variance = float(of_first.var(ddof=1) / n + of_second.var(ddof=1) / m)
    variance *= compute_design_effect(scores[:, None], units)
    reach = norm.ppf((1 + confidence) / 2) ** 2 * variance
    middle = delta - delta**3
    half = float(np.sqrt(reach * ((1 - delta**2) ** 2 + reach)))
    scale = 1 - delta**2 + reach
    if scale <= 0:  # complete separation has no sampling variance
        return Estimate(value=delta, low=delta, high=delta)
    return Estimate(value=delta, low=max(-1.0, (middle - half) / scale), high=min(1.0, (middle + half) / scale))


def _placements(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each value its mean dominance over the other class, signed towards `second`."""
    both = rankdata(np.concatenate([first, second]))
    n, m = len(first), len(second)
    below_first = both[:n] - rankdata(first)  # values of `second` below, ties by half
    below_second = both[n:] - rankdata(second)
    return 1 - 2 * below_first / m, 2 * below_second / n - 1
