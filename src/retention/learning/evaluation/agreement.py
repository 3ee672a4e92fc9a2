"""Whether probabilities agree with the labels: one verdict, since two intervals would err twice as often."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from retention.learning.evaluation.evaluation import Agreement
from retention.learning.evaluation.logistic import fit_logistic
from retention.learning.evaluation.metrics import compute_log_loss, compute_log_odds

Floats = NDArray[np.float64]


def judge_agreement(target: NDArray[np.int_], probability: Floats, confidence: float) -> Agreement:
    """Test calibration slope 1 and intercept 0 together, by the likelihood ratio with 2 degrees of freedom.

    The unreliability test of Miller, Hui and Tierney (1991, "Validation techniques for logistic regression
    models", Statistics in Medicine 10, section 3), after Cox (1958).

    Parameters
    ----------
    target, probability : ndarray of shape (n_customers,)
        Labels and the probabilities that are judged.
    confidence : float
        Of right probabilities, one minus this share is called wrong.
    """
    once = np.ones((1, len(target)))
    odds = compute_log_odds(probability)
    slope, intercept = fit_logistic(np.column_stack([odds, np.ones_like(odds)]), target.astype(float), once)[0]
    fitted = 1 / (1 + np.exp(-(slope * odds + intercept)))
    gained = compute_log_loss(target, probability, once) - compute_log_loss(target, fitted, once)
    statistic = max(0.0, 2 * len(target) * float(gained[0]))
    p_value = float(chi2.sf(statistic, 2))
    return Agreement(statistic=statistic, p_value=p_value, agrees=p_value >= 1 - confidence)
