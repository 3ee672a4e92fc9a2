import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import chi2
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from retention.learning.evaluation.agreement import judge_agreement

RNG = np.random.default_rng(6)
ODDS = RNG.normal(0, 1.5, 400)
TARGET = (RNG.random(400) < expit(ODDS)).astype(int)
APART = np.arange(400)  # every row is a customer of its own


def test_the_statistic_is_the_likelihood_ratio() -> None:
    given = expit(1.2 * ODDS)
    fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(logit(given)[:, None], TARGET)
    best = log_loss(TARGET, fitted.predict_proba(logit(given)[:, None])[:, 1], normalize=False)
    expected = 2 * (log_loss(TARGET, given, normalize=False) - best)
    found = judge_agreement(TARGET, given, APART, 0.95)
    assert (found.statistic, found.p_value) == pytest.approx((expected, chi2.sf(expected, 2)), abs=1e-6)


@pytest.mark.parametrize(("given", "agrees"), [(ODDS, True), (2 * ODDS, False), (ODDS + 1, False), (ODDS / 2, False)])
def test_slope_and_intercept_are_both_seen(given: np.ndarray, agrees: bool) -> None:
    assert judge_agreement(TARGET, expit(given), APART, 0.95).agrees == agrees
