"""Attributions of models whose formula or trees can be read, to the columns that the model sees."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from retention.learning.explanation.forest_shap import attribute_forest, read_forest
from retention.learning.model.pipeline import compute_output

Floats = NDArray[np.float64]

FORESTS = (ExtraTreesClassifier, RandomForestClassifier)
CLOSE = 1e-8  # how near our kernel for forests must come to shap's
TOLERANCE = 1e-6  # of base value plus attributions against the output, relative to the output's spread


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

    Parameters
    ----------
    model : estimator
        For which `read_weights` finds coefficients.
    columns : ndarray of shape (n_customers, n_model_columns)
    centre : ndarray of shape (n_model_columns,)
        What customers are compared with.

    Returns
    -------
    float
        The output at the centre.
    ndarray of shape (n_customers, n_model_columns)
    """
    import shap

    base, weights = float(compute_output(model, centre[None, :])[0]), read_weights(model)
    assert weights is not None, "choose_reference found them"
    formula = (weights, base - centre @ weights)
    return base, np.asarray(shap.LinearExplainer(formula, centre[None, :]).shap_values(columns))


def attribute_trees(model: Any, columns: Floats, workers: int = 1) -> tuple[float, Floats]:
    """Attribute the output of trees: of forests by `forest_shap`, of others by shap's TreeExplainer.

    Both play TreeSHAP's game with path-dependent perturbation (Lundberg et al. 2020, algorithm 1): a column that is
    not known is averaged over by the training customers' shares in the branches.

    Returns
    -------
    float
        The mean output over the customers that the model was fitted to.
    ndarray of shape (n_customers, n_model_columns)

    Raises
    ------
    ValueError
        If shap knows no such model.
    """
    if isinstance(model, FORESTS):
        return attribute_forest(read_forest(model), columns.astype(np.float32).astype(np.float64), workers)
    return _ask_shap(model, columns)


def trust_trees(model: Any, columns: Floats) -> bool:
    """Return whether `attribute_trees` can be used, as some customers show.

    shap's TreeExplainer overlooks the categories of histogram boosting, and then does not add up.

    Raises
    ------
    RuntimeError
        If our kernel for forests and shap's TreeExplainer differ by more than 1e-8.
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
    values, base = explained.values, np.asarray(explained.base_values)
    if values.ndim == 3:  # one for each class
        values, base = values[:, :, 1], base[..., 1]
    return float(np.ravel(base)[0]), np.asarray(values)
