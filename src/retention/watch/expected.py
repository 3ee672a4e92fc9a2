"""What quality to expect of a month before its labels are known: CBPE on probabilities set right for its customers.

Confidence-based performance estimation takes a calibrated probability for the label. What holds on average of those
learnt from need not hold of this month's customers, so the probabilities are calibrated anew on the rows learnt from,
each weighted by how much likelier such a row is now (probabilistic adaptive performance estimation, Białek et al.
2024, arXiv 2401.08348).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from retention.learning.evaluation.bootstrap import Bootstrap, Scale, normal_interval
from retention.learning.evaluation.metrics import Labels, Metric, compute_log_loss, compute_roc_auc, fit_logistic
from retention.watch.shift import Floats, Sides
from retention.watch.summary import Expected, Quality

SHRINKAGE = 0.01  # C of the classifier behind the density ratio; with 0.003 and 0.03 the errors are the same
METRICS: dict[str, Metric] = {"roc_auc": compute_roc_auc, "log_loss": compute_log_loss}
_CUSTOMERS, _LABELS = 1, 2  # streams of random numbers
KEPT_OFF = 1e-4  # of 0 and 1: one who is sure and wrong must not decide the calibration


@dataclass(frozen=True)
class Given:
    """Probabilities that a model gave on both sides, and the labels of the first."""

    target: Labels  # (n_learnt,)
    then: Floats  # (n_learnt,): probabilities by a model that had not seen the customer
    now: Floats  # (n_current,)
    lost: tuple[Floats, Floats] | None  # (n_learnt,), (n_current,): what is lost with a customer who declines
    counts: Floats
    """(n_learnt,): for how many each counts, 0 for one whom a campaign contacted, whose label does not say what happens
    without it."""


def weigh_rows(sides: Sides) -> Floats:
    """Return how much likelier each row learnt from is in the month than it was, (n_learnt,): the density ratio.

    By the odds of a logistic classifier that tells the sides apart (Bickel, Brückner and Scheffer 2009).
    """
    values = sides.join()
    classifier = LogisticRegression(C=SHRINKAGE, solver="newton-cholesky").fit(values, sides.is_current)
    odds = classifier.decision_function(values[~sides.is_current])
    weights = np.exp(odds - odds.max())
    return np.asarray(weights / weights.mean())


def expect_quality(given: Given, sides: Sides, bootstrap: Bootstrap, certainty: float) -> Quality:
    """Return the quality to expect of the month, beside that which the same model had on the rows learnt from.

    The bootstrap is of the rows of both sides, those of one customer drawn together; `certainty` is how sure it is that
    ROC-AUC falls by more than the lower end of `fall`.
    """
    had = measure_labels(given.target, given.then, None, given.counts)
    weights = weigh_rows(sides) * given.counts
    value = _measure(given, _calibrate(given, weights[None]), np.ones((1, len(given.now))))
    among, seen, fell = _resample(given, weights, bootstrap)

    def expect(name: str, then: float | None, scale: Scale) -> Expected:
        mean = float(value[name][0])
        sampled, labelled = (normal_interval(mean, drawn[name], bootstrap.confidence, scale) for drawn in (among, seen))
        return Expected(**dict(sampled), seen_low=labelled.low, seen_high=labelled.high, then=then)

    return Quality(
        roc_auc=expect("roc_auc", had["roc_auc"], "share"),
        fall=normal_interval(had["roc_auc"] - float(value["roc_auc"][0]), fell, 2 * certainty - 1),
        log_loss=expect("log_loss", had["log_loss"], "positive"),
        decline_rate=expect("decline_rate", had["decline_rate"], "share"),
        at_risk=None if given.lost is None else expect("at_risk", None, "positive"),
    )


def _calibrate(given: Given, weights: Floats) -> dict[str, Floats]:
    """Return the month's probabilities, (m, n_current), set right by rows learnt from of `weights` (m, n_learnt).

    By beta calibration (Kull et al. 2017). They are right on average of the customers, and those for money on average
    of the money.
    """
    kept_off = [np.clip(told, KEPT_OFF, 1 - KEPT_OFF) for told in (given.then, given.now)]
    then, now = (np.column_stack([np.log(told), -np.log1p(-told), np.ones_like(told)]) for told in kept_off)

    def fit(weights: Floats) -> Floats:
        return np.asarray(expit(fit_logistic(then, given.target.astype(float), weights) @ now.T))

    calibrated = {"decline_rate": fit(weights)}
    return calibrated if given.lost is None else calibrated | {"at_risk": fit(weights * given.lost[0])}


def _measure(given: Given, declines: Mapping[str, Floats], weights: Floats) -> dict[str, Floats]:
    """Return what is expected of customers who decline with so much probability, (m, n_current), by name, each (m,).

    Each counts as one who declines by the probability, and as one who does not by the rest. A label is a probability
    of 0 or 1.
    """
    target, told, probability = np.repeat([1, 0], len(given.now)), np.tile(given.now, 2), declines["decline_rate"]
    both = np.hstack([weights * probability, weights * (1 - probability)])
    found = {name: metric(target, told, both) for name, metric in METRICS.items()}
    found["decline_rate"] = (weights * probability).sum(axis=1) / weights.sum(axis=1)
    return found if given.lost is None else found | {"at_risk": (weights * declines["at_risk"]) @ given.lost[1]}


def measure_labels(target: Labels, told: Floats, lost: Floats | None, counts: Floats) -> dict[str, float]:
    """Return the figures of `Quality` as labels show them, (n,), by name.

    `lost` is what is lost with each customer, `counts` for how many each counts.
    """
    declines = dict.fromkeys(("decline_rate", "at_risk"), target.astype(float)[None])
    given = Given(target, told, told, None if lost is None else (lost, lost), counts)
    return {name: float(value[0]) for name, value in _measure(given, declines, counts[None]).items()}


def _resample(
    given: Given, weights: Floats, bootstrap: Bootstrap
) -> tuple[dict[str, Floats], dict[str, Floats], Floats]:
    """Return what resamples give: figures of such customers, figures of these customers' labels, and the falls."""
    among, seen, fell, n = [], [], [], len(given.then)
    rng = np.random.default_rng([bootstrap.seed, _LABELS])
    for drawn in bootstrap.draw(_CUSTOMERS):
        declines = _calibrate(given, weights * drawn[:, :n])
        among.append(_measure(given, declines, drawn[:, n:]))
        chance = rng.random(drawn[:, n:].shape)
        labels = {name: (chance < probability).astype(float) for name, probability in declines.items()}
        seen.append(_measure(given, labels, np.ones_like(chance)))
        fell.append(compute_roc_auc(given.target, given.then, given.counts * drawn[:, :n]) - among[-1]["roc_auc"])
    joined = [{name: np.concatenate([one[name] for one in some]) for name in some[0]} for some in (among, seen)]
    return joined[0], joined[1], np.concatenate(fell)
