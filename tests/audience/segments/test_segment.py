"""Conditions: what they refuse and what they mean."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from retention.audience.declared import Condition
from retention.audience.references import check_references
from retention.audience.segments.rules import check_rules, count_shared, find_members, name_segment, resolve_rules
from retention.errors import UserError
from retention.settings import compose_params


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"column": "declined", "at_least": 1}, "not known for a new customer; use decline_probability"),
        ({"column": "promo_share"}, "exactly one"),
        ({"column": "promo_share", "above": 0.1, "below": 0.5}, "exactly one"),
        ({"column": "promo_share", "at_least_quantile": 1.5}, "less than or equal to 1"),
        ({"column": "promo_share", "at_leats": 0.5}, "not permitted"),
    ],
)
def test_a_wrong_condition_is_refused_with_its_cure(condition, said) -> None:
    with pytest.raises(ValidationError, match=said):
        Condition.model_validate(condition)


@pytest.fixture
def check(composed) -> Callable[..., None]:
    """`check(segments=…, offers=…, …)` checks the settings of conf/ with these in their place."""

    def run(**changed: Any) -> None:
        own = {"segments": {}, "offers": {}, "found": composed.found.columns, "wordings": composed.reason}
        check_references(**{**own, "columns": composed.tables.columns, **changed})

    return run


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"column": "promo_shares", "at_least": 0.5}, r"column 'promo_shares' \(the nearest is .promo_share.\)"),
        ({"column": "favourite_category", "at_least": 1}, "compared with names of categories"),
        ({"column": "promo_share", "equals": "much"}, "compared with numbers"),
        ({"column": "favourite_category", "equals": "kitchen_ware"}, r"'kitchen_ware' \(the nearest is .kitchenware"),
    ],
)
def test_a_condition_on_what_is_not_there_is_refused(segment, offer, check, condition, said) -> None:
    with pytest.raises(UserError, match=rf"segment\.own\.where\.0.*{said}"):
        check(segments={"own": segment(condition)})
    with pytest.raises(UserError, match=rf"offer\.own\.exclude\.0.*{said}"):
        check(offers={"own": offer(exclude=[condition])})


def test_names_of_segments_columns_and_wordings_are_checked(segment, offer, check, composed) -> None:
    kitchen = {"kitchen": segment({"column": "favourite_category", "equals": "kitchenware"})}
    check(segments=kitchen, offers={"deal": offer(segments=["kitchen"], profit_share=0.1)})
    with pytest.raises(UserError, match=r"offer\.deal\.segments.*'kitchn' \(the nearest is .kitchen.\)"):
        check(segments=kitchen, offers={"deal": offer(segments=["kitchn"])})
    with pytest.raises(UserError, match=r"found\.columns: .*'pages_visit' \(the nearest is .pages_per_visit"):
        check(found=["pages_visit"])
    said = composed.reason
    with pytest.raises(UserError, match=r"reason\.pages_per_visit is missing"):
        check(wordings={name: wording for name, wording in said.items() if name != "pages_per_visit"})
    with pytest.raises(UserError, match=r"'pages_a_visit' \(the nearest is .pages_per_visit.\)"):
        check(wordings={**said, "pages_a_visit": said["pages_per_visit"]})
    poor = {name: column for name, column in composed.tables.columns.items() if column.role != "money"}
    with pytest.raises(UserError, match=r"unknown column 'monthly_profit'"):
        check(segments={"rich": segment({"column": "monthly_profit", "above": 4})}, columns=poor)
    with pytest.raises(UserError, match=r"offer\.deal\.cost\.profit_share: the exports hold no profit"):
        check(offers={"deal": offer(profit_share=0.1)}, columns=poor)


def test_a_typo_in_the_settings_is_one_sentence_with_its_key(project, tmp_path) -> None:
    typo = "+segment.promo_buyers.where=[{column: promo_shares, at_least: 0.5}]"
    with pytest.raises(UserError) as caught:
        compose_params(project / "conf", tmp_path / "params.yaml", [typo])
    said = str(caught.value)
    assert "segment.promo_buyers.where.0.column" in said and 'the nearest is "promo_share"' in said
    assert ";" not in said


def test_members_are_those_counted_by_hand(customers, segment) -> None:
    shop = customers()
    segments = {
        "rich": segment({"column": "monthly_profit", "at_least_quantile": 0.75}),
        "both": segment({"column": "promo_share", "above": 0.5}, {"column": "decline_probability", "at_most": 0.4}),
        "kinds": segment({"column": "favourite_category", "any_of": ["kitchenware", "children_goods"]}),
    }
    members = find_members(resolve_rules(segments, {}, shop).segments, shop)[[*segments]]
    by_hand = [
        (
            row["monthly_profit"] >= np.quantile(shop["monthly_profit"], 0.75),
            row["promo_share"] > 0.5 and row["decline_probability"] <= 0.4,
            row["favourite_category"] != "small_appliances",
        )
        for _, row in shop.iterrows()
    ]
    assert members.to_numpy().tolist() == [list(row) for row in by_hand]
    first = [next((key for key, held in zip(segments, row, strict=True) if held), "") for row in by_hand]
    assert name_segment(members).tolist() == first


def test_customers_of_two_segments_are_those_counted_by_hand() -> None:
    members = pd.DataFrame(
        {
            "big": [True, True, True, True, False],
            "small": [False, True, True, False, False],
            "other": [True, False, False, False, False],
            "apart": [False, False, False, False, True],
            "none": [False] * 5,
        }
    )
    shared = {"big": {"small": 2, "other": 1}, "small": {"big": 2}, "other": {"big": 1}, "apart": {}, "none": {}}
    assert count_shared(members) == shared


def test_resolved_rules_do_not_depend_on_who_else_is_there(customers, segment) -> None:
    shop = customers()
    rich = segment({"column": "monthly_profit", "at_least_quantile": 0.9})
    rules = resolve_rules({"rich": rich}, {}, shop).segments
    alone = [bool(find_members(rules, shop.iloc[[place]])["rich"].iloc[0]) for place in range(len(shop))]
    assert find_members(rules, shop)["rich"].tolist() == alone


def test_a_missing_value_belongs_nowhere(customers, segment) -> None:
    shop = customers().assign(promo_share=np.nan)
    for test in ("at_least", "below"):
        rules = resolve_rules({"all": segment({"column": "promo_share", test: 0.5})}, {}, shop).segments
        assert not find_members(rules, shop)["all"].any()


def test_offers_and_caps_need_rules_of_their_time(customers, segment, offer) -> None:
    rules = resolve_rules({"rich": segment({"column": "monthly_profit", "above": 4})}, {"deal": offer()}, customers())
    check_rules(rules, {"deal": offer(segments=["rich"])}, ["rich"])
    with pytest.raises(UserError, match=r"plan\.segment_caps.*'ritch' \(the nearest is .rich.\)"):
        check_rules(rules, {}, ["ritch"])
    for offers, said in (
        ({"gift": offer()}, r"offer\.gift was not"),
        ({"deal": offer(segments=["poor"])}, "'poor' of"),
    ):
        with pytest.raises(UserError, match=said):
            check_rules(rules, offers, [])
