"""The leak audit: whether any single column predicts the label almost alone."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold

from retention.exploration.settings import ExploreSettings
from retention.strict import Strict

Verdict = Literal["none", "suspicious", "leak", "unknown"]
_PRIOR_WEIGHT = 1.0  # a bin's rate counts as if this many average customers had been in it as well


class Leak(Strict):
    """What one column alone says about the label."""

    column: str  # the column, or ``row_order``
    roc_auc: float | None  # of the column alone; None where a class has too few customers to tell
    verdict: Verdict  # what that means


def audit_columns(
    columns: pd.DataFrame, label: pd.Series, groups: pd.Series, settings: ExploreSettings, seed: int
) -> tuple[Leak, ...]:
    """Predict the label from each column alone, out of fold, and judge how well that goes, the most telling first.

    The model is the decline rate of the column's bin (equal counts; a category, a missing value or one of
    few numbers is its own bin): it finds any shape, a jump in the middle as well as a slope. It is judged by the
    ROC-AUC of out-of-fold rates, so a column of pure noise stays near 0.5 however many bins there are.

    Whatever a model could be given is audited, identifiers and order included; rows of one group (twins) stay in one
    fold.
    """
    target, folds = label.to_numpy(), list[tuple[np.ndarray, np.ndarray]]()
    if min(np.bincount(target.astype(int), minlength=2)) >= settings.leak_folds:
        splitter = StratifiedGroupKFold(settings.leak_folds, shuffle=True, random_state=seed)
        folds = list(splitter.split(target, target, groups))
    found = []
    for name in columns.columns:
        reach = _reach(assign_bins(columns[name], settings.leak_bins), target, folds) if folds else None
        found.append(Leak(column=str(name), roc_auc=reach, verdict=_judge(reach, settings)))
    return tuple(sorted(found, key=lambda leak: -(leak.roc_auc or 0.0)))


def _reach(codes: np.ndarray, target: np.ndarray, folds: Sequence[tuple[np.ndarray, np.ndarray]]) -> float:
    rates = np.zeros(len(target))
    for known, held_out in folds:
        mean = target[known].mean()
        size = np.bincount(codes[known], minlength=codes.max() + 1)
        declined = np.bincount(codes[known], weights=target[known], minlength=codes.max() + 1)
        rate = (declined + _PRIOR_WEIGHT * mean) / (size + _PRIOR_WEIGHT)
        rates[held_out] = rate[codes[held_out]] - mean  # centred: folds differ in their overall rate
    return float(roc_auc_score(target, rates))


def assign_bins(column: pd.Series, bins: int) -> np.ndarray:
    """Return the bin of each row: categories, few numbers and missing values by themselves, else equal counts."""
    if column.nunique(dropna=True) <= 2 * bins or not pd.api.types.is_numeric_dtype(column):
        codes = pd.factorize(column, sort=True)[0]
        if len(np.unique(codes)) <= max(2 * bins, 50):
            return codes + 1
        return _quantile_bins(codes.astype(float), bins)  # an identifier in letters: by its sorted order
    return _quantile_bins(column.to_numpy(dtype=float), bins)


def _quantile_bins(values: np.ndarray, bins: int) -> np.ndarray:
    known = ~np.isnan(values)
    edges = np.unique(np.quantile(values[known], np.linspace(0, 1, bins + 1)[1:-1]))
    return np.where(known, np.searchsorted(edges, values, side="right") + 1, 0)


def _judge(roc_auc: float | None, settings: ExploreSettings) -> Verdict:
    if roc_auc is None:
        return "unknown"
    if roc_auc >= settings.leak_certain:
        return "leak"
    return "suspicious" if roc_auc >= settings.leak_suspicious else "none"
