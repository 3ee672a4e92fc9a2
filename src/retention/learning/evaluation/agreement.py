"""Whether probabilities agree with the labels: one verdict, and by how much they are wrong beyond what chance adds."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import chi2

from retention.estimate import Estimate, compute_design_effect
from retention.learning.evaluation.bootstrap import Bootstrap
from retention.learning.evaluation.evaluation import Agreement
from retention.learning.evaluation.metrics import Floats, Labels, compute_log_loss, compute_log_odds, fit_logistic

HALVINGS = 50


def judge_agreement(target: Labels, probability: Floats, units: NDArray[np.int_], confidence: float) -> Agreement:
    """Test calibration slope 1 and intercept 0 together, by the likelihood ratio with 2 degrees of freedom.

    Two intervals would err twice as often. The unreliability test of Miller, Hui and Tierney (1991, "Validation
    techniques for logistic regression models", Statistics in Medicine 10, section 3), after Cox (1958). Of right
    probabilities, one minus `confidence` is called wrong. The months of a customer, who are of one of the `units`,
    (n_customers,), are alike, so that the ratio is divided by their design effect.
    """
    once = np.ones((1, len(target)))
    odds = compute_log_odds(probability)
    columns = np.column_stack([odds, np.ones_like(odds)])
    slope, intercept = fit_logistic(columns, target.astype(float), once)[0]
    fitted = expit(slope * odds + intercept)
    gained = compute_log_loss(target, probability, once) - compute_log_loss(target, fitted, once)
    alike = compute_design_effect(columns * (target - fitted)[:, None], units)
    statistic = max(0.0, 2 * len(target) * float(gained[0])) / alike
    p_value = float(chi2.sf(statistic, 2))
    return Agreement(statistic=statistic, p_value=p_value, agrees=p_value >= 1 - confidence)


def compute_gaps(target: Labels, probability: Floats, weights: Floats, bins: int) -> Floats:
    """Return decline rate minus mean probability of groups with like probability, times the group's share.

    There are `bins` groups of equal size, fewer if there are fewer customers; for weights of shape (n_resamples,
    n_customers) the result is (n_resamples, n_groups), and its absolute sum the expected calibration error.
    """
    order = np.argsort(probability, kind="stable")
    starts = np.linspace(0, len(order), min(bins, len(order)), endpoint=False).astype(int)
    gaps = np.add.reduceat(weights[:, order] * (target - probability)[order], starts, axis=1)
    return np.asarray(gaps / weights.sum(axis=1, keepdims=True))


def estimate_calibration_error(
    target: Labels, probability: Floats, bins: int, bootstrap: Bootstrap, *use: int
) -> Estimate:
    """Return the expected calibration error with an interval, by inverting a bootstrap test.

    The plain sum of absolute gaps is above zero even where every probability is right (0.04 for 324 customers in
    ten groups), and resampling adds the same once more, so that no percentile of it covers the truth. Here the
    gaps that are supposed to be true are shrunk towards zero or stretched until chance around them gives the
    plain sum as its median (the value) or as its tails (the ends); zero where even no gaps at all give more.
    Chance is the bootstrap's spread of the gaps (Carpenter 1999, "Test inversion bootstrap confidence intervals",
    J. R. Statist. Soc. B 61, 159-172; the path through the gaps is the likeliest for each sum), drawn for `use`.
    """
    seen = compute_gaps(target, probability, bootstrap.whole, bins)[0]
    chance = np.concatenate([compute_gaps(target, probability, drawn, bins) for drawn in bootstrap.draw(*use)]) - seen
    plain = np.abs(seen).sum()

    def invert(level: float) -> float:
        """Return the sum of true gaps around which chance stays at or below the plain sum in the share `level`."""
        least, most = -plain, float(np.abs(seen).max())  # by how much each gap is shrunk
        for _ in range(HALVINGS):
            middle = (least + most) / 2
            below = np.mean(np.abs(_shrink(seen, middle) + chance).sum(axis=1) <= plain)
            least, most = (least, middle) if below > level else (middle, most)
        return float(np.abs(_shrink(seen, most)).sum())

    tail = (1 - bootstrap.confidence) / 2
    return Estimate(value=invert(0.5), low=invert(1 - tail), high=invert(tail))


def _shrink(gaps: Floats, by: float) -> Floats:
    return np.asarray(np.sign(gaps) * np.maximum(np.abs(gaps) - by, 0))
