"""Columns that say afterwards what they should foretell."""

import math

import numpy as np
import pandas as pd

from retention.adoption.features import Found
from retention.adoption.keys import KeyedFile

LEAK = 0.99
"""ROC-AUC of one column from which on it is left out."""
_FEW, _LEAST = 20, 5


def measure_leak(keyed: KeyedFile, found: Found, target: pd.Series) -> float:
    """Return the ROC-AUC of one column alone on all customers; an empty cell is a value of its own.

    A value of a category foretells the share that declined among its customers; one of few customers, nothing.

    The file has a row a customer; the target, by id, is 1 for a decline.
    """
    texts = pd.Series(keyed.file.cells[found.header].to_numpy(), keyed.ids.to_numpy())
    texts = texts[~texts.index.duplicated()]
    known = target[target.index.isin(texts.index)]
    texts = texts.loc[known.index]
    if found.kind == "number":
        numbers = texts.map({text: keyed.file.numerals.parse(text) for text in texts.unique()}).to_numpy(dtype=float)
        empty = np.isnan(numbers)
        return max(_area(numbers[~empty], known.to_numpy()[~empty]), _area(empty.astype(float), known.to_numpy()))
    groups = known.groupby(texts.to_numpy())
    shares = groups.mean().where(groups.size() >= _FEW, known.mean())
    return _area(texts.map(shares).to_numpy(dtype=float), known.to_numpy())


def _area(values: np.ndarray, target: np.ndarray) -> float:
    declined = int(target.sum())
    pairs = declined * (len(target) - declined)
    if min(declined, len(target) - declined) < _LEAST:
        return math.nan
    area = (pd.Series(values).rank().to_numpy()[target == 1].sum() - declined * (declined + 1) / 2) / pairs
    return float(max(area, 1 - area))
