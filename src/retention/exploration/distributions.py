"""Each column by itself: what values it takes, in each class, and how it goes with the label."""

from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator
from scipy.stats import skew

from retention.estimate import Estimate, compute_cramers_v, compute_mean, compute_share, subtract
from retention.exploration.effects import compute_cliffs_delta
from retention.strict import Strict

QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
CLASSES = {"kept": 0, "declined": 1}
_FEW = 0.02  # outliers that are left out of the picture, at most
_ROUND_STEPS = (1, 2, 2.5, 5, 10)


class Outliers(Strict):
    """Values outside the fences."""

    low_fence: float | None
    high_fence: float | None
    """The fences; None where the middle half of the values is one number."""
    below: int
    above: int
    """How many values lie outside each."""


class Histogram(Strict):
    """A histogram of each class, with the same bins."""

    edges: tuple[float, ...]
    """Ascending; one more than there are bins."""
    counts: dict[str, tuple[int, ...]]
    """By class, the customers in each bin."""
    below: dict[str, int]
    above: dict[str, int]
    """By class, the customers beside the bins."""


class Moments(Strict):
    """A numeric column in one class."""

    count: int
    """How many values are known."""
    mean: float | None
    sd: float | None
    median: float | None
    """Of these; None where there are too few."""


class NumericColumn(Strict):
    """A numeric column."""

    kind: Literal["numeric"] = "numeric"
    """``numeric``."""
    count: int
    missing: int
    """Values that are known, and that are not."""
    mean: float | None
    sd: float | None
    skew: float | None
    """Of the known ones; None where there are too few, or all are equal."""
    outliers: Outliers
    """By Tukey's rule."""
    quantiles: dict[str, float]
    """Share to quantile."""
    by_class: dict[str, Moments]
    """``kept`` and ``declined``."""
    histogram: Histogram
    """Of both classes."""
    difference: Estimate | None
    """Mean of the declined − mean of the others."""
    effect: Estimate | None
    """Cliff's delta of the declined class against the other."""


class Category(Strict):
    """One value of a categorical column."""

    key: str
    """The value."""
    count: int
    """Its customers."""
    share: float
    """Their share of all whose value is known."""
    declined: int
    """How many of them declined."""
    decline_rate: Estimate
    """That as a share."""


class CategoricalColumn(Strict):
    """A categorical column."""

    kind: Literal["categorical"] = "categorical"
    """``categorical``."""
    count: int
    missing: int
    """Values that are known, and that are not."""
    categories: tuple[Category, ...]
    """The most frequent first."""
    effect: Estimate | None
    """Cramér's V with the label."""


def describe_numeric(
    column: pd.Series, label: pd.Series, *, fence: float, bins: int, confidence: float
) -> NumericColumn:
    """Describe a numeric column against the label.

    The label is 1 where activity dropped; from `fence` interquartile ranges beyond the quartiles on a value is an
    outlier (Tukey 1977, p. 44); `bins` are the most of the histogram.

    Raises
    ------
    ValueError
        If the column holds no value at all.
    """
    known = column.notna().to_numpy()
    values = column.to_numpy(dtype=float)[known]
    classes = label.to_numpy()[known]
    if values.size == 0:
        raise ValueError(f"column {column.name} holds no value")
    parts = {name: values[classes == code] for name, code in CLASSES.items()}
    several, both = values.size > 2 and float(values.std()) > 0, min(part.size for part in parts.values()) > 1
    return NumericColumn(
        count=int(values.size),
        missing=int((~known).sum()),
        mean=float(values.mean()),
        sd=float(values.std(ddof=1)) if values.size > 1 else None,
        skew=float(skew(values, bias=False)) if several else None,
        outliers=count_outliers(values, fence),
        quantiles={f"{share:g}": float(np.quantile(values, share)) for share in QUANTILES},
        by_class={name: _moments(part) for name, part in parts.items()},
        histogram=_histogram(values, parts, bins, fence),
        difference=subtract(*(compute_mean(parts[name], confidence) for name in ("declined", "kept")))
        if both
        else None,
        effect=compute_cliffs_delta(parts["kept"], parts["declined"], confidence),
    )


def count_outliers(values: np.ndarray, fence: float) -> Outliers:
    """Count values beyond `fence` interquartile ranges outside the quartiles."""
    first, third = (float(x) for x in np.quantile(values, [0.25, 0.75]))
    reach = fence * (third - first)
    if reach == 0:
        return Outliers(low_fence=None, high_fence=None, below=0, above=0)
    low, high = first - reach, third + reach
    return Outliers(low_fence=low, high_fence=high, below=int((values < low).sum()), above=int((values > high).sum()))


def _moments(values: np.ndarray) -> Moments:
    return Moments(
        count=int(values.size),
        mean=float(values.mean()) if values.size else None,
        sd=float(values.std(ddof=1)) if values.size > 1 else None,
        median=float(np.median(values)) if values.size else None,
    )


def _histogram(values: np.ndarray, parts: dict[str, np.ndarray], bins: int, fence: float) -> Histogram:
    edges = choose_edges(values, bins, fence)
    return Histogram(
        edges=tuple(edges.tolist()),
        counts={name: tuple(np.histogram(part, edges)[0].tolist()) for name, part in parts.items()},
        below={name: int((part < edges[0]).sum()) for name, part in parts.items()},
        above={name: int((part > edges[-1]).sum()) for name, part in parts.items()},
    )


def choose_edges(values: np.ndarray, most: int, fence: float) -> np.ndarray:
    """Return the edges of at most `most` bins of equal, round width.

    There is at least one value, all are finite. Those further than twice `fence` interquartile ranges outside the
    quartiles, if they are few, do not stretch the bins; they are counted beside them. A bin holds its left edge and not
    its right one, the last bin holds both. Whole numbers of few kinds get one bin each, centred on the number.
    """
    low, high = _range_without_outliers(values, fence)
    whole = bool(np.all(values == np.round(values)))
    if whole and high - low < most:
        return np.arange(low - 0.5, high + 1.0)
    edges: np.ndarray = np.round(MaxNLocator(most, steps=_ROUND_STEPS, integer=whole).tick_values(low, high), 9)
    return edges


def _range_without_outliers(values: np.ndarray, fence: float) -> tuple[float, float]:
    first, third = np.quantile(values, [0.25, 0.75])
    reach = 2 * fence * (third - first)
    if reach == 0:
        return float(values.min()), float(values.max())
    inside = values[(values >= first - reach) & (values <= third + reach)]
    if len(inside) < (1 - _FEW) * len(values):  # so many are a group of their own, not outliers
        return float(values.min()), float(values.max())
    return float(inside.min()), float(inside.max())


def describe_categorical(column: pd.Series, label: pd.Series, *, confidence: float) -> CategoricalColumn:
    """Describe a categorical column against the label; its values come most frequent first."""
    counts = pd.crosstab(column, label).reindex(columns=[0, 1], fill_value=0)
    total = int(counts.to_numpy().sum())
    by_size = counts.assign(size=counts.sum(axis=1), key=counts.index.astype(str))
    ordered = by_size.sort_values(["size", "key"], ascending=[False, True])
    categories = tuple(
        Category(
            key=str(key),
            count=int(size),
            share=int(size) / total,
            declined=int(declined),
            decline_rate=compute_share(int(declined), int(size), confidence),
        )
        for key, size, declined in zip(ordered["key"], ordered["size"], ordered[1], strict=True)
    )
    return CategoricalColumn(
        count=total,
        missing=int(column.isna().sum()),
        categories=categories,
        effect=compute_cramers_v(counts.to_numpy(), confidence),
    )
