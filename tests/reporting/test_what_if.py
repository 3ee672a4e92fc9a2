"""The what-if as data: its words against the table of plans."""

from typing import Any

import pandas as pd

from retention.reporting.language.voice import Voice
from retention.reporting.sources import Sources
from retention.reporting.what_if import AXES, prepare_what_if


def test_it_starts_at_the_plan_itself(sources: Sources, english: Voice) -> None:
    found = prepare_what_if(sources.what_if, sources.plan, english)
    said = {control.key: control.labels[control.start] for control in found.controls}
    assert said == {"budget": "10\u00a0thousand roubles", "threshold": "0.00 (no threshold)", "factor": "× 1 (as set)"}
    facts = dict(found.facts)
    assert facts["Chosen by the plan"] == "45\u00a0customers"
    assert facts["Expected net profit"] == "33.4\u00a0thousand roubles"
    assert facts["Profit expected to be saved"] == "43.4\u00a0thousand roubles"
    assert facts["Compared with the plan as it is"] == "0\u00a0thousand roubles"
    assert facts["Of them, in the control group"] == "5"
    assert facts["Of them, with an offer to make"] == "120"
    assert "33.3" in found.note and "0.30%" in found.note


def test_every_position_has_the_figures_of_its_plan(sources: Sources, voice: Voice) -> None:
    found = prepare_what_if(sources.what_if, sources.plan, voice)
    rules = sources.what_if[1:]
    values = [sorted(rules[key].unique()) for key in AXES]
    assert [len(labels) for labels in found.data["labels"]] == [len(axis) for axis in values]
    for number, position in enumerate((b, t, f) for b in values[0] for t in values[1] for f in values[2]):
        row: Any = rules[(rules[[*AXES]] == list(position)).all(axis=1)].squeeze()
        if position == (10.0, 0.0, 1.0):
            row = sources.what_if.iloc[0]
        worded = found.data["rows"][found.data["positions"][number]]
        assert worded[0] == voice.count(int(row["contacts"]), "customer")
        assert worded[2] == voice.money(row["spent"])
        assert worded[4] == voice.money(row["net_profit"])
        assert worded[-3] == voice.number(row["discount_customers"])


def test_a_rule_as_good_as_the_plan_is_not_blamed(sources: Sources, english: Voice) -> None:
    same = pd.concat([sources.what_if[:1], sources.what_if[1:].assign(net_profit=33.4)])
    assert "as much as" in prepare_what_if(same, sources.plan, english).note
