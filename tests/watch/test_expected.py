"""What is expected of a month, against counting by hand, and against what its labels show."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from tests.watch.conftest import ROLES, Draw

from retention.learning.evaluation.bootstrap import Bootstrap
from retention.tables.columns import PROBABILITY, PROFIT, STANDS_FOR, TARGET
from retention.watch import expected
from retention.watch.expected import Given, expect_quality, measure_labels, weigh_rows
from retention.watch.shift import Sides, lay_out, link_customers


def lay(learnt: pd.DataFrame, current: pd.DataFrame) -> Sides:
    return lay_out(learnt, current, ROLES, link_customers(learnt, current))


def expect(learnt: pd.DataFrame, current: pd.DataFrame) -> expected.Quality:
    sides = lay(learnt, current)
    lost = (learnt[PROFIT].to_numpy(), current[PROFIT].to_numpy())
    told = learnt[PROBABILITY].to_numpy(), current[PROBABILITY].to_numpy()
    given = Given(learnt[TARGET].to_numpy(), *told, lost, learnt[STANDS_FOR].to_numpy(float))
    return expect_quality(given, sides, Bootstrap(sides.customer, 100, 0.95, 1), 0.99)


def test_an_expected_figure_is_the_mean_over_all_labels() -> None:
    told, chance = np.array([0.2, 0.5, 0.5, 0.9]), np.array([0.1, 0.6, 0.3, 0.8])
    given = Given(np.array([0, 1]), np.array([0.3, 0.6]), told, None, np.ones(2))
    found = expected._measure(given, {"decline_rate": chance[None]}, np.ones((1, 4)))
    pairs = [(i, j) for i in range(4) for j in range(4)]
    right = sum(chance[i] * (1 - chance[j]) * ((told[i] > told[j]) + (told[i] == told[j]) / 2) for i, j in pairs)
    assert found["roc_auc"][0] == pytest.approx(right / (chance.sum() * (1 - chance).sum()))
    assert found["decline_rate"][0] == pytest.approx(chance.mean())
    assert found["log_loss"][0] == pytest.approx(-(chance * np.log(told) + (1 - chance) * np.log(1 - told)).mean())


def test_labels_are_probabilities_of_0_and_1() -> None:
    target, told = np.array([0, 1, 0, 1]), np.array([0.2, 0.4, 0.6, 0.9])
    found = measure_labels(target, told, np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4))
    assert found["roc_auc"] == 0.75 and found["decline_rate"] == 0.5 and found["at_risk"] == 6.0


def test_rows_like_the_month_weigh_more(draw: Draw) -> None:
    learnt, current = draw(1, 1500), draw(2, 600, first=5000, visits=1.0)
    weights = weigh_rows(lay(learnt, current))
    assert weights.mean() == pytest.approx(1)
    assert np.corrcoef(weights, learnt["visits"])[0, 1] > 0.6
    means = learnt["visits"].mean(), np.average(learnt["visits"], weights=weights), current["visits"].mean()
    assert 0.4 < (means[1] - means[0]) / (means[2] - means[0]) < 1  # shrunken


def test_probabilities_are_set_right_before_they_are_believed(draw: Draw) -> None:
    learnt, current = draw(3, 4000), draw(4, 2000, first=9000)
    learnt[PROBABILITY], current[PROBABILITY] = (
        expit(0.3 * np.log(p / (1 - p)) + 1) for p in (learnt["truth"], current["truth"])
    )
    quality = expect(learnt, current)
    assert quality.decline_rate.value == pytest.approx(current["truth"].mean(), abs=0.03)
    assert quality.at_risk is not None
    assert quality.at_risk.value == pytest.approx(5 * current["truth"].sum(), rel=0.07)


def test_labels_of_the_contacted_do_not_tell_what_happens_without_a_campaign(draw: Draw) -> None:
    learnt, current = draw(3, 6000), draw(4, 2000, first=9000)
    kept = np.random.default_rng(1).random(len(learnt)) < 0.5  # by an offer, of those contacted
    contacted = np.arange(len(learnt)) % 2 == 0
    learnt.loc[contacted & kept, TARGET] = 0
    learnt[STANDS_FOR] = np.where(contacted, 0, 2)
    quality = expect(learnt, current)
    assert quality.decline_rate.value == pytest.approx(current["truth"].mean(), abs=0.02)
    assert quality.decline_rate.then == pytest.approx(learnt.loc[~contacted, TARGET].mean())


def test_a_month_of_customers_who_are_hard_to_tell_is_expected_to_be_worse(draw: Draw) -> None:
    learnt, easy, hard = draw(5, 3000), draw(6, 1000, first=9000), draw(7, 1000, first=9000, spread=1.0)
    same, worse = expect(learnt, easy), expect(learnt, hard)
    assert same.fall.low < 0.01 < worse.fall.low
    for month, quality in ((easy, same), (hard, worse)):
        happened = measure_labels(month[TARGET].to_numpy(), month[PROBABILITY].to_numpy(), None, np.ones(1000))
        for name, figure in happened.items():
            expected_of = getattr(quality, name)
            assert expected_of.seen_low <= figure <= expected_of.seen_high
        assert abs(quality.roc_auc.value - happened["roc_auc"]) < 0.03


def test_a_relation_that_has_changed_does_not_come_true(draw: Draw) -> None:
    learnt, month = draw(5, 3000), draw(6, 1000, first=9000)
    quality = expect(learnt, month)
    shuffled = np.random.default_rng(1).permutation(month[TARGET].to_numpy())
    happened = measure_labels(shuffled, month[PROBABILITY].to_numpy(), None, np.ones(1000))
    assert happened["roc_auc"] < quality.roc_auc.seen_low - 0.2
