"""The what-if as data: its words against the table of plans."""

import pandas as pd

from retention.reporting.chapters.what_if import (
    AXES,
    list_facts,
    list_keys,
    prepare_what_if,
    tabulate_plan,
    tell_position,
    tell_shortfall,
)
from retention.reporting.language.voice import Voice
from retention.reporting.sources import Sources


def test_it_starts_at_the_plan_itself(sources: Sources, english: Voice) -> None:
    found = prepare_what_if(sources.what_if, sources.plan, english)
    said = [labels[start] for labels, start in zip(found.labels, found.start, strict=True)]
    assert said == [english.cost(15.0), "0.00 (no threshold)", "× 1 (as set)"]
    assert all(label in tell_position(found, english) for label in said)
    planned, facts = sources.plan, dict(list_facts(found, english))
    assert facts["Chosen by the plan"] == english.count(planned.contacts, "customer")
    assert facts["Expected net profit"] == english.worth(planned.expected_net_profit)
    assert facts["Profit expected to be saved"] == english.worth(planned.expected_net_profit + planned.spent)
    assert facts["Compared with the plan as it is"] == english.worth(0.0)
    rows = tabulate_plan(found, planned, english).rows
    assert [row[1] for row in rows] == [english.number(offer.customers) for offer in planned.offers]


def test_every_position_has_the_figures_of_its_plan(sources: Sources, voice: Voice) -> None:
    positions = prepare_what_if(sources.what_if, sources.plan, voice)
    own, rules = sources.what_if.iloc[0], sources.what_if[1:].set_index([*AXES])
    values = [sorted(rules.index.unique(key)) for key in AXES]
    assert [len(labels) for labels in positions.labels] == [len(axis) for axis in values]
    for number, place in enumerate(pd.MultiIndex.from_product(values)):
        row = own if place == tuple(own[[*AXES]]) else rules.loc[place]
        worded = positions.rows[positions.positions[number]]
        assert worded[0] == voice.count(int(row["contacts"]), "customer")
        assert (worded[2], worded[4]) == (voice.cost(row["spent"]), voice.worth(row["net_profit"]))
        assert worded[-3] == voice.number(row[f"{sources.plan.offers[-1].key}_customers"])


def test_a_rule_that_falls_short_of_the_plan_says_by_how_much(sources: Sources, english: Voice) -> None:
    own = sources.what_if["net_profit"].iloc[0]
    for share, said in ((1.0, "as much as"), (0.997, "0.30%")):
        table = pd.concat([sources.what_if[:1], sources.what_if[1:].assign(net_profit=share * own)])
        assert said in tell_shortfall(table, english)


def test_at_first_it_says_how_many_the_plan_itself_leaves_alone(sources: Sources, english: Voice) -> None:
    holdout = sources.plan.holdout.model_copy(update={"customers": 77, "share": 0.1})
    found = prepare_what_if(sources.what_if, sources.plan.model_copy(update={"holdout": holdout}), english)
    assert found.own[list_keys(english).index("held")] == "77"
