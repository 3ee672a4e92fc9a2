"""Which columns go together: the phik matrix in clustered order, and how well the others explain each number."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from retention.strict import Strict


class Associations(Strict):
    """How strongly every two columns go together, in clustered order."""

    columns: tuple[str, ...]  # of the rows and of the columns alike
    matrix: tuple[tuple[float | None, ...], ...]  # phik, in [0, 1]
    significance: tuple[tuple[float | None, ...], ...]  # of each phik, in standard deviations


def compute_associations(frame: pd.DataFrame, interval: Sequence[str]) -> Associations:
    """Compute phik between every two columns, whatever their kind (Baak et al. 2020, arXiv:1811.11440).

    A column that takes a single value is left out; `interval` names the numeric ones, which phik bins.
    """
    import phik

    varied = list_varied(frame)
    if len(varied) < 2:
        return Associations(columns=(), matrix=(), significance=())
    how = {"interval_cols": [name for name in interval if name in varied], "njobs": 1, "verbose": False}
    matrix = phik.phik_matrix(frame[varied], **how)
    significance = phik.significance_matrix(frame[varied], significance_method="asymptotic", **how)
    names = [varied[place] for place in order_by_similarity(matrix.loc[varied, varied].to_numpy())]
    return Associations(
        columns=tuple(names),
        matrix=matrix.loc[names, names].to_numpy().tolist(),
        significance=significance.loc[names, names].to_numpy().tolist(),
    )


def list_varied(frame: pd.DataFrame) -> list[str]:
    """Return the columns that take more than one value."""
    return [str(name) for name, kinds in frame.nunique().items() if kinds > 1]


def order_by_similarity(matrix: np.ndarray) -> list[int]:
    """Return the order that puts similar columns side by side: average linkage, optimal leaf order.

    The matrix, (k, k), is symmetric and in [0, 1]; what is not known (NaN) counts as none.
    """
    if len(matrix) < 3:
        return list(range(len(matrix)))
    distance = 1 - np.nan_to_num(np.clip(matrix, 0, 1))
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform((distance + distance.T) / 2, checks=False), "average", optimal_ordering=True)
    return [int(place) for place in leaves_list(tree)]


def compute_vif(frame: pd.DataFrame, columns: Sequence[str]) -> dict[str, float | None]:
    """Return each column's variance inflation factor, 1 / (1 − R²) against the others (Belsley, Kuh and Welsch 1980).

    A missing cell counts as its column's median; a column that takes a single value is left out; None where the others
    determine it completely.
    """
    values = frame[list(columns)]
    values = values.fillna(values.median())
    varied = list_varied(values)
    if len(varied) < 2 or len(values) <= len(varied):
        return dict.fromkeys(varied, None if len(varied) > 1 else 1.0)
    standard = values[varied].to_numpy(dtype=float)
    standard = (standard - standard.mean(axis=0)) / standard.std(axis=0)
    found: dict[str, float | None] = {}
    for place, name in enumerate(varied):
        others, target = np.delete(standard, place, axis=1), standard[:, place]
        fitted = others @ np.linalg.lstsq(others, target, rcond=None)[0]
        unexplained = float(((target - fitted) ** 2).mean())
        found[name] = None if unexplained < 1e-10 else 1 / unexplained
    return found
