from dataclasses import replace

import pytest

from retention.estimate import Estimate
from retention.reporting.language.voice import Voice
from retention.strict import Text


def test_a_missing_figure_is_said_in_words(english: Voice) -> None:
    assert english.worth(None) == english.percent(None) == english.estimate(None) == "not available"


def test_an_estimate_comes_with_its_interval(russian: Voice, english: Voice) -> None:
    share = Estimate(value=0.381, low=0.354, high=0.408)
    assert english.estimate(share) == "38.1% (35.4–40.8%)"
    assert russian.estimate(share).replace("\u00a0", " ") == "38,1 % (35,4–40,8 %)"
    assert english.estimate(share, "number", 2) == "0.38 (0.35–0.41)"
    assert english.interval("−0.20", "0.48").replace("\u00a0", " ") == "−0.20 to 0.48"


def test_changes_carry_their_sign(english: Voice) -> None:
    assert (english.signed_percent(0.083), english.signed_percent(-0.02)) == ("+8.3%", "−2.0%")


def test_money_carries_its_unit(russian: Voice) -> None:
    assert russian.worth(1234.0) == russian.cost(1234.0) == "1\u00a0234\u00a0ед. прибыли"


def test_without_money_customers_are_counted(russian: Voice, english: Voice) -> None:
    counting = replace(russian, counts_customers=True)
    assert counting.worth(2.5) == "2,50\u00a0клиента"
    assert counting.cost(2.5) == "2,50\u00a0ед. прибыли"
    assert "прибыл" not in counting.say("decision.budget_y", unit="")
    assert replace(english, counts_customers=True).worth(1.0) == "1\u00a0customer"


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        (("Выручка в текущем месяце", "Выручка в прошлом месяце"), "Выручка"),
        (("Minutes on the site, this month", "Minutes on the site, last month"), "Minutes on the site"),
        (("Май", "Июнь"), "Июнь"),
        (("Звонков", "Звонков в мае"), "Звонков"),
    ],
)
def test_a_measure_is_called_by_what_its_months_share(russian: Voice, labels: tuple[str, str], name: str) -> None:
    column = next(iter(russian.columns.values()))
    columns = {label: column.model_copy(update={"label": Text(ru=label, en=label)}) for label in labels}
    assert replace(russian, columns=columns).measure_name(labels) == name


def test_an_unknown_text_or_place_is_an_error(english: Voice) -> None:
    with pytest.raises(KeyError):
        english.say("no.such.text")
    with pytest.raises(AttributeError, match="gap"):
        english.say("campaign.bound", bound=1.0)


def test_a_place_is_filled_by_a_value_or_an_item_and_says_how(english: Voice) -> None:
    share = Estimate(value=0.381, low=0.354, high=0.408)
    assert english.fill("{low:percent 0} of {all:count customer}", share, all=2) == "35% of 2\u00a0customers"
    assert english.fill("{0}: {1:estimate number 2}", ("a", share)) == "a: 0.38 (0.35–0.41)"


def test_what_a_user_adds_is_called_by_its_key(english: Voice) -> None:
    assert english.name("my_own", "model.family") == "my_own"
    assert english.value("favourite_category", "garden") == "garden"


def test_a_unit_that_ends_in_a_full_stop_ends_the_sentence(russian: Voice) -> None:
    voice = replace(russian, cost_unit=Text(ru="тыс. руб.", en="thousand roubles"))
    said = voice.say("decision.marginal", marginal_value_of_budget=5) + voice.say(
        "campaign.price", forgone_net_profit=5
    )
    assert said.endswith("руб.")
    assert not said.endswith("..")


def test_p_values_are_not_shown_as_zero(english: Voice) -> None:
    assert (english.p_value(0.0), english.p_value(0.0312)) == ("< 0.001", "0.031")


def test_a_share_is_a_percentage_wherever_it_stands(english: Voice) -> None:
    assert [english.amount("promo_share", 0.27), english.span("promo_share", 0, 1)] == ["27%", "0%\u00a0–\u00a0100%"]
    assert english.amount("pages_per_visit", 0.27) == "0.27"
