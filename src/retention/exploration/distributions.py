"""Each column by itself: what values it takes, in each class, and how it goes with the label."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import skew

from retention.exploration.binning import choose_edges
from retention.exploration.effects import (
    Estimate,
    compute_cliffs_delta,
    compute_cramers_v,
    compute_mean,
    compute_share,
)

QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
CLASSES = {"kept": 0, "declined": 1}


@dataclass(frozen=True)
class Outliers:
    """Values outside the fences; the fences are None where the middle half of the values is one number."""

    low_fence: float | None
    high_fence: float | None
    below: int
    above: int


@dataclass(frozen=True)
class Histogram:
    """Counts by class in bins between `edges`, and beside them."""

    edges: list[float]
    counts: dict[str, list[int]]
    below: dict[str, int]
    above: dict[str, int]


@dataclass(frozen=True)
class NumericColumn:
    """A numeric column; the effect is Cliff's delta of the declined class against the other."""

    kind: str
    count: int
    missing: int
    mean: float | None
    sd: float | None
    skew: float | None
    outliers: Outliers
    quantiles: dict[str, float]
    by_class: dict[str, dict[str, float | None]]
    histogram: Histogram
    difference: Estimate
    effect: Estimate


@dataclass(frozen=True)
class Category:
    """One value of a categorical column and how many of its customers declined."""

    key: str
    count: int
    share: float
    declined: int
    decline_rate: Estimate


@dataclass(frozen=True)
class CategoricalColumn:
    """A categorical column; the effect is Cramér's V with the label."""

    kind: str
    count: int
    missing: int
    categories: list[Category]
    effect: Estimate


def describe_numeric(
    column: pd.Series, label: pd.Series, *, fence: float, bins: int, confidence: float
) -> NumericColumn:
    """Describe a numeric column against the label.

    Parameters
    ----------
    column, label : Series of shape (n,)
        The column, and 1 where activity dropped.
    fence : float
        Interquartile ranges beyond the quartiles from which a value is an outlier (Tukey 1977, p. 44).
    bins : int
        The most bins of the histogram.
    confidence : float
        The confidence level.

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
    several = values.size > 2 and float(values.std()) > 0
    return NumericColumn(
        kind="numeric",
        count=int(values.size),
        missing=int((~known).sum()),
        mean=float(values.mean()),
        sd=float(values.std(ddof=1)) if values.size > 1 else None,
        skew=float(skew(values, bias=False)) if several else None,
        outliers=count_outliers(values, fence),
        quantiles={f"{share:g}": float(np.quantile(values, share)) for share in QUANTILES},
        by_class={name: _moments(part) for name, part in parts.items()},
        histogram=_histogram(values, parts, bins, fence),
        difference=_difference(parts, confidence),
        effect=compute_cliffs_delta(parts["kept"], parts["declined"], confidence),
    )


def count_outliers(values: np.ndarray, fence: float) -> Outliers:
    """Count values beyond `fence` interquartile ranges outside the quartiles."""
    first, third = (float(x) for x in np.quantile(values, [0.25, 0.75]))
    reach = fence * (third - first)
    if reach == 0:
        return Outliers(None, None, 0, 0)
    low, high = first - reach, third + reach
    return Outliers(low, high, int((values < low).sum()), int((values > high).sum()))


def _moments(values: np.ndarray) -> dict[str, float | None]:
    if values.size == 0:
        return {"count": 0, "mean": None, "sd": None, "median": None}
    return {
        "count": int(values.size),
        "mean": float(values.mean()),
        "sd": float(values.std(ddof=1)) if values.size > 1 else None,
        "median": float(np.median(values)),
    }


def _difference(parts: dict[str, np.ndarray], confidence: float) -> Estimate:
    """Return mean of the declined − mean of the others, with Welch's normal interval."""
    kept, declined = (compute_mean(parts[name], confidence) for name in CLASSES)
    if kept.value is None or declined.value is None:
        return Estimate(None, None, None)
    value = declined.value - kept.value
    if kept.high is None or declined.high is None:
        return Estimate(value, None, None)
    half = float(np.hypot(kept.high - kept.value, declined.high - declined.value))
    return Estimate(value, value - half, value + half)


def _histogram(values: np.ndarray, parts: dict[str, np.ndarray], bins: int, fence: float) -> Histogram:
    edges = choose_edges(values, bins, fence)
    return Histogram(
        edges=[float(edge) for edge in edges],
        counts={name: [int(n) for n in np.histogram(part, edges)[0]] for name, part in parts.items()},
        below={name: int((part < edges[0]).sum()) for name, part in parts.items()},
        above={name: int((part > edges[-1]).sum()) for name, part in parts.items()},
    )


def describe_categorical(column: pd.Series, label: pd.Series, *, confidence: float) -> CategoricalColumn:
    """Describe a categorical column against the label; its values come most frequent first."""
    counts = pd.crosstab(column, label).reindex(columns=[0, 1], fill_value=0)
    total = int(counts.to_numpy().sum())
    by_size = counts.assign(size=counts.sum(axis=1), key=counts.index.astype(str))
    ordered = by_size.sort_values(["size", "key"], ascending=[False, True])
    categories = [
        Category(
            str(key), int(size), int(size) / total, int(declined), compute_share(int(declined), int(size), confidence)
        )
        for key, size, declined in zip(ordered["key"], ordered["size"], ordered[1], strict=True)
    ]
    return CategoricalColumn(
        kind="categorical",
        count=total,
        missing=int(column.isna().sum()),
        categories=categories,
        effect=compute_cramers_v(counts.to_numpy(), confidence),
    )
