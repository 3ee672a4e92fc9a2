"""Shapley values of any model, by switching the columns of the customer table (shap's PermutationExplainer)."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Output = Callable[[pd.DataFrame], Floats]

BLOCKS = 5  # of the background: each brings an order of its own, and their spread is the sampling error
CHUNK = 50  # customers that a worker takes at a time
ORDERS = 1  # the stream of random numbers


def attribute_by_switching(
    output: Output, frame: pd.DataFrame, background: pd.DataFrame, seed: int, workers: int = 1
) -> tuple[float, Floats, Floats]:
    """Attribute a model's output to the columns of the table.

    Columns are switched from a background customer's values to the customer's own in a random order and in its
    reverse (antithetic sampling: Mitchell et al. 2022, section 3.2). Each part of the background has an order of its
    own, the same for every customer, so that nobody's attributions depend on the others.

    Parameters
    ----------
    output : callable
        Data frame → ndarray of shape (n_rows,).
    frame : DataFrame of shape (n_customers, n_columns)
        The customers to explain.
    background : DataFrame of shape (n_background, n_columns)
        The customers to start from, in an order that says nothing.
    seed : int
        Of the orders.
    workers : int
        Processes; any number gives the same bits.

    Returns
    -------
    float
        The mean output over the background.
    ndarray of shape (n_customers, n_columns)
        The attributions; with the mean they add up to the output.
    ndarray of shape (n_customers, n_columns)
        Their standard errors, over the parts of the background.
    """
    chunks = [frame.iloc[start : start + CHUNK] for start in range(0, len(frame), CHUNK)]
    found = Parallel(n_jobs=workers)(delayed(_attribute)(output, chunk, background, seed) for chunk in chunks)
    bases, parts = found[0][0], np.concatenate([values for _, values in found], axis=1)
    error = parts.std(axis=0, ddof=1) / np.sqrt(len(parts))
    return float(bases.mean()), parts.mean(axis=0), error


def _attribute(output: Output, chunk: pd.DataFrame, background: pd.DataFrame, seed: int) -> tuple[Floats, Floats]:
    """Return base values of shape (BLOCKS,) and attributions of shape (BLOCKS, n_customers, n_columns)."""
    import shap

    names, types = list(chunk.columns), chunk.dtypes.to_dict()
    levels = [np.unique(np.concatenate([background[name].to_numpy(), chunk[name].to_numpy()])) for name in names]

    def code(table: pd.DataFrame) -> Floats:
        # shap wants numbers, and takes values that differ by less than 0.001 % for equal: it sees places in `levels`
        places = [np.searchsorted(level, table[name].to_numpy()) for name, level in zip(names, levels, strict=True)]
        return np.column_stack(places).astype(np.float64)

    def compute(codes: Floats) -> Floats:
        columns = (level[place] for level, place in zip(levels, codes.T.astype(int), strict=True))
        return output(pd.DataFrame(dict(zip(names, columns, strict=True))).astype(types))

    once = 2 * len(names) + 1  # rows of the model's output for one order and its reverse
    base, values = np.empty(BLOCKS), np.empty((BLOCKS, *chunk.shape))
    for block, part in enumerate(np.array_split(code(background), BLOCKS)):
        explain = shap.PermutationExplainer(compute, shap.maskers.Independent(part, max_samples=len(part)))
        order = int(np.random.SeedSequence([seed, ORDERS, block]).generate_state(1)[0])
        for customer, row in enumerate(code(chunk)):
            np.random.seed(order)  # noqa: NPY002 -- what shap draws the order from
            explained = explain(row[None, :], max_evals=once, batch_size=once, silent=True)
            base[block], values[block, customer] = explained.base_values[0], explained.values[0]  # noqa: PD011
    return base, values
