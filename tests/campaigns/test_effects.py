import numpy as np
import pytest
from scipy import stats

from retention.campaigns.effects import (
    LIKELY,
    MONTHLY,
    OWN,
    TOGETHER,
    Economics,
    Effects,
    Evidence,
    compute_economics,
    learn_effects,
)
from retention.campaigns.ledger import Entry
from retention.campaigns.summary import Comparison, Observation

ASSUMED = {"letter": 0.1, "discount": 0.2}


def see(offer: str, value: float, error: float) -> Evidence:
    return offer, Comparison.model_construct(observation=Observation(value=value, error=error), contacted=300, held=30)


def learn(*seen: Evidence, economics: dict[str, Economics] | None = None) -> Effects:
    return learn_effects(ASSUMED, seen, economics or {}, 0.95, 0.9)


def test_without_a_campaign_all_is_as_assumed() -> None:
    found = learn()
    assert found.means == pytest.approx(ASSUMED)
    assert {offer.status for offer in found.offers.values()} == {"assumed"}
    assert {offer.verdict for offer in found.offers.values()} == {None}


def test_the_posterior_is_that_of_brute_force() -> None:
    seen = [see("letter", -0.05, 0.06), see("letter", 0.02, 0.08), see("discount", 0.15, 0.1)]
    found, scale, prior = learn(*seen), 0.15, np.array([0.1, 0.2])
    axis = np.linspace(-1.5, 1.8, 661)
    letter, discount = np.meshgrid(axis, axis, indexing="ij")
    places = np.stack([letter, discount], axis=-1)
    density = np.zeros_like(letter)
    for together in TOGETHER:
        for own in OWN:
            for monthly in MONTHLY:
                weight = np.exp(-0.5 * sum((a / b) ** 2 for a, b in zip((together, own, monthly), LIKELY, strict=True)))
                cover = together**2 * np.outer(prior, prior) + np.eye(2) * (own * scale) ** 2
                part = weight * stats.multivariate_normal(prior, cover).pdf(places)
                for offer, one in seen:
                    spread = np.hypot(one.observation.error, monthly * scale)
                    part *= stats.norm.pdf(one.observation.value, letter if offer == "letter" else discount, spread)
                density += part
    density /= density.sum()
    for name, values, margin in (("letter", letter, density.sum(axis=1)), ("discount", discount, density.sum(axis=0))):
        mean = float((density * values).sum())
        estimate = found.offers[name].estimate
        assert estimate.value == pytest.approx(mean, abs=1e-4)
        assert found.offers[name].error == pytest.approx(np.sqrt((density * (values - mean) ** 2).sum()), abs=5e-4)
        ends = np.interp([0.025, 0.975], np.cumsum(margin) - margin / 2, axis)
        assert (estimate.low, estimate.high) == pytest.approx(ends, abs=3e-3)


def test_many_campaigns_outweigh_what_was_assumed_even_if_the_offer_does_harm() -> None:
    found = learn(*[see("letter", -0.3, 0.05) for _ in range(12)])
    letter = found.offers["letter"]
    assert letter.estimate.value == pytest.approx(-0.3, abs=0.03)
    assert (letter.status, letter.campaigns, letter.contacted, letter.held) == ("measured", 12, 3600, 360)
    assert found.offers["discount"].status == "assumed"
    assert found.means["discount"] < 0.2  # what was assumed of one was wrong, so that of the other may be
    assert learn(see("letter", -0.3, 0.3)).offers["letter"].status == "partly_measured"


@pytest.mark.parametrize(("value", "verdict"), [(0.3, "extend"), (0.1, "go_on"), (-0.1, "stop")])
def test_an_offer_goes_on_by_the_probability_of_paying(value: float, verdict: str) -> None:
    """It pays above 0.1, what a contact costs over what is at stake."""
    worth = Economics(risk=0.6, spread=0.2, stake=3.0, cost=0.3)
    found = learn(*[see("letter", value, 0.05) for _ in range(4)], economics={"letter": worth}).offers["letter"]
    assert found.verdict == verdict
    assert found.trial is not None
    each = found.trial.customers / 2
    assert np.sqrt(2 * 0.2 / each) / 0.6 == pytest.approx(found.error, rel=0.01)
    assert found.trial.price == pytest.approx(each * abs(found.estimate.value * 3.0 - 0.3))


def test_what_planned_customers_were_like(entry: Entry) -> None:
    rows = entry.assigned[entry.assigned["offer"] == "letter"]
    found = compute_economics([entry])["letter"]
    assert found.risk == pytest.approx(rows["decline_probability"].mean())
    assert found.stake == pytest.approx((rows["decline_probability"] * rows["at_stake"] / 2).mean())
    assert found.cost == pytest.approx(rows["cost"].mean())
