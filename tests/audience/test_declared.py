"""What the settings of offers and wordings refuse."""

import pytest
from pydantic import ValidationError

from retention.audience.declared import Offer, Wording
from retention.audience.plan.known import believe
from retention.campaigns.effects import Effects


@pytest.mark.parametrize("wrong", ["{until:d}", "{until!x}", "{until:{x}}", "{until", "until }", "{}", "{parameter}"])
def test_a_message_that_could_not_be_filled_in_is_refused(offer, wrong) -> None:
    good = "Yours {until}, {{truly}}"
    kept = offer(message={"ru": good, "en": good}).message.en
    assert kept.format(parameter="", until="today") == "Yours today, {truly}"
    with pytest.raises(ValidationError, match=r"nothing but \{until\}"):
        offer(message={"ru": good, "en": f"Yours {wrong}"})


@pytest.mark.parametrize("wrong", ["spends {value} }", "spends {value:d}", "spends {value!r}", "spends", "{value} {x}"])
def test_a_wording_that_could_not_say_the_value_is_refused(wrong) -> None:
    with pytest.raises(ValidationError, match="in it once, and no other braces"):
        Wording.model_validate({"says": {"ru": "тратит {value}", "en": wrong}, "actionable": True})


@pytest.mark.parametrize("typed", ["measured", "partly_measured"])
def test_only_campaigns_measure_an_effect(offer, typed) -> None:
    told = {"value": 0.1, "status": typed, "source": {"ru": "да", "en": "yes"}}
    with pytest.raises(ValidationError, match="status must be assumed"):
        Offer.model_validate({**offer().model_dump(), "effect": told})
    assert believe({"new": offer()}, Effects(offers={}))["new"].effect.status == "assumed"
