"""Attributions of one model: by its formula or its trees to the columns that it sees, of any by switching columns."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from retention.learning.explanation.forest_shap import attribute_forest, read_forest
from retention.learning.model.pipeline import compute_output

Floats = NDArray[np.float64]
Output = Callable[[pd.DataFrame], Floats]

FORESTS = (ExtraTreesClassifier, RandomForestClassifier)
CLOSE = 1e-8  # how near our kernel for forests must come to shap's
TOLERANCE = 1e-6  # of base value plus attributions against the output, relative to the output's spread
BLOCKS = 5  # of the background: each brings an order of its own, and their spread is the sampling error
MANY = 5000  # customers for whom shap's own explainer is worth further processes
CHUNK = 50  # customers that a worker takes at a time
ORDERS = 1  # the stream of random numbers


def read_weights(model: Any) -> Floats | None:
    """Return the coefficients of a model whose output is linear in its columns, else None."""
    linear = getattr(model, "regressor_", model)
    try:
        weights = linear.coef_
    except AttributeError:  # an SVC has coefficients only with a linear kernel
        return None
    return np.asarray(weights, dtype=np.float64).ravel()


def attribute_linear(model: Any, columns: Floats, centre: Floats) -> tuple[float, Floats]:
    """Attribute a linear model's output (Lundberg and Lee 2017, corollary 1) by shap's LinearExplainer.

    Columns are (n_customers, n_model_columns), as are the attributions; the first value is the output at the centre,
    of shape (n_model_columns,), which customers are compared with.
    """
    import shap

    base, weights = float(compute_output(model, centre[None, :])[0]), read_weights(model)
    assert weights is not None, "choose_reference found them"
    formula = (weights, base - centre @ weights)
    return base, np.asarray(shap.LinearExplainer(formula, centre[None, :]).shap_values(columns))


def attribute_trees(model: Any, columns: Floats, workers: int = 1) -> tuple[float, Floats]:
    """Attribute the output of trees: of forests by `forest_shap`, of others by shap's TreeExplainer.

    Both play TreeSHAP's game with path-dependent perturbation (Lundberg et al. 2020, algorithm 1): a column that is
    not known is averaged over by the training customers' shares in the branches. The first value is the mean output
    over the customers that the model was fitted to. A model that shap does not know is a ValueError.
    """
    if isinstance(model, FORESTS):
        return attribute_forest(read_forest(model), columns.astype(np.float32).astype(np.float64), workers)
    if len(columns) < MANY or workers == 1:
        return _ask_shap(model, columns)
    parts = Parallel(n_jobs=workers)(delayed(_ask_shap)(model, part) for part in np.array_split(columns, workers))
    return parts[0][0], np.concatenate([values for _, values in parts])


def trust_trees(model: Any, columns: Floats) -> bool:
    """Return whether `attribute_trees` can be used, as some customers show.

    shap's TreeExplainer overlooks the categories of histogram boosting, and then does not add up. It is a RuntimeError
    if our kernel for forests and shap's TreeExplainer differ by more than 1e-8.
    """
    from shap.utils._exceptions import ExplainerError

    try:
        base, values = attribute_trees(model, columns)
        if not isinstance(model, FORESTS):
            return adds_up(base + values.sum(axis=1), compute_output(model, columns))
        shap_base, shap_values = _ask_shap(model, columns)
    except (ValueError, TypeError, AttributeError, ExplainerError):  # another family, or kept in another way
        return False
    if (gap := max(np.abs(values - shap_values).max(), abs(base - shap_base))) > CLOSE:
        raise RuntimeError(f"the attributions of the forest differ from those of shap by {gap:.2g}")
    return True


def adds_up(total: Floats, output: Floats) -> bool:
    """Return whether base values plus attributions are the output."""
    return bool(np.abs(total - output).max(initial=0.0) <= TOLERANCE * max(1.0, float(np.ptp(output))))


def _ask_shap(model: Any, columns: Floats) -> tuple[float, Floats]:
    import shap

    explained = shap.TreeExplainer(model)(columns, check_additivity=False)
    values, base = explained.values, np.asarray(explained.base_values)  # noqa: PD011 -- no data frame
    if values.ndim == 3:  # one for each class
        values, base = values[:, :, 1], base[..., 1]
    return float(np.ravel(base)[0]), np.asarray(values)


def attribute_by_switching(
    output: Output, frame: pd.DataFrame, background: pd.DataFrame, seed: int, workers: int = 1
) -> tuple[float, Floats, Floats]:
    """Attribute a model's output to the columns of the table, (n_customers, n_columns).

    Columns are switched from a background customer's values to the customer's own in a random order and in its
    reverse (antithetic sampling: Mitchell et al. 2022, section 3.2). Each part of the background has an order of its
    own, the same for every customer, so that nobody's attributions depend on the others.

    `output` gives (n_rows,) for a data frame; the background is in an order that says nothing; any number of `workers`,
    which are processes, gives the same bits. Returned are the mean output over the background, the attributions, which
    with it add up to the output, and their standard errors over the parts of the background.
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
    both = pd.concat([background, chunk])
    levels = [pd.Index(both[name].drop_duplicates().sort_values()) for name in names]  # an empty cell is the last

    def code(table: pd.DataFrame) -> Floats:
        # shap wants numbers, and takes values that differ by less than 0.001 % for equal: it sees places in `levels`
        places = [level.get_indexer(table[name]) for name, level in zip(names, levels, strict=True)]
        return np.column_stack(places).astype(np.float64)

    def compute(codes: Floats) -> Floats:
        columns = (level.to_numpy()[place] for level, place in zip(levels, codes.T.astype(int), strict=True))
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
