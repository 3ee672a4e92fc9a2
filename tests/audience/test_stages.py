"""The stages `segment` and `plan` on the project's own settings: their files and their sums."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from retention.audience.declared import Condition, Offer, Segment, Wording
from retention.audience.plan.contact_list import HOLDOUT, OFFERS
from retention.audience.segments.rules import SegmentRules, apply_all
from retention.audience.segments.summary import SegmentsSummary
from retention.files import read_artifact, read_table, write_artifact, write_table
from retention.learning.calibration.summary import LEARNT_PROBABILITIES, PROBABILITIES
from retention.learning.explanation.summary import (
    Explanation,
    build_attributions_schema,
    compute_refit_shares,
    summarise_importance,
)
from retention.paths import Paths
from retention.settings import Settings
from retention.stages import measure, plan, segment
from retention.tables.months.periods import Periods
from retention.tables.roles import ColumnRoles, build_customers_schema, build_learnt_schema

OUTPUTS = (
    "campaigns", "effects", "untouched", "launched", "segment_rules", "segments", "membership", "plan",
    "plan_metrics", "what_if", "planned", "offers", "holdout",
)  # fmt: skip


@pytest.fixture
def settings(project: Path, composed: Settings) -> Callable[..., Any]:
    def read(part: str) -> dict[str, Any]:
        return yaml.safe_load((project / "conf" / "shop" / "one_click" / f"{part}.yaml").read_text("utf-8"))

    def build(language: str = "ru", **offers: Any) -> Any:
        return SimpleNamespace(
            seed=42,
            tables=composed.tables,
            segment={key: Segment.model_validate(value) for key, value in read("segments").items()},
            offer={key: Offer.model_validate(value | offers.get(key, {})) for key, value in read("offers").items()},
            found=composed.found.model_copy(update={"columns": ("pages_per_visit", "minutes_current"), "halves": 20}),
            plan=composed.plan,
            campaigns=composed.campaigns,
            label=composed.label,
            reason={key: Wording.model_validate(value) for key, value in read("reasons").items()},
            report=SimpleNamespace(language=language, dialect="comma"),
        )

    return build


@pytest.fixture
def paths(tmp_path: Path, customers: Callable[..., pd.DataFrame], roles: ColumnRoles) -> Paths:
    places = Paths(tmp_path, tmp_path)
    places.artifacts.mkdir()
    write_artifact(places.columns, roles)
    write_artifact(places.periods, Periods(acted_on="", learnt=("",), waiting=()))
    shop = customers(700)
    fold = np.arange(700) % 4
    part = np.where(fold > 0, "train", "test")
    learnt = shop.drop(columns="decline_probability").assign(month="", stands_for=1)
    write_table(places.learnt, learnt, build_learnt_schema(roles))
    acted_on = learnt.drop(columns=["month", "declined", "stands_for"])
    write_table(places.customers, acted_on, build_customers_schema(roles))
    known = shop[["customer_id", "declined", "decline_probability"]].assign(month="", part=part, score=0.5, fold=fold)
    write_table(places.learnt_probabilities, known, LEARNT_PROBABILITIES)
    # The order of the customers is the one that counts.
    given = known.drop(columns=["month", "declined", "part"])
    write_table(places.probabilities, given.iloc[::-1], PROBABILITIES)
    numbers = np.random.default_rng(3).normal(size=(700, len(roles.names)))
    parts = pd.DataFrame(numbers, columns=list(roles.names)).assign(customer_id=shop["customer_id"])
    refits, frame = compute_refit_shares(parts[[*roles.names]], fold), shop[[*roles.names]]
    chosen = {"categorical": roles.categorical, "resamples": 20, "seed": 0}
    explanation = Explanation(
        explained="probability",
        method="tree",
        sampling_error=0.0,
        customers=700,
        refits=3,
        agreement=1.0,
        importance=summarise_importance(parts[[*roles.names]], frame, refits, **chosen),
        shapes={},
    )
    write_artifact(places.explanation, explanation)
    whole = parts.assign(base_value=0.0, output=parts[[*roles.names]].sum(axis=1))
    write_table(places.attributions, whole, build_attributions_schema(roles.names))
    return places


def run(settings: Any, paths: Paths) -> None:
    for stage in (measure, segment, plan):
        stage.run(settings, paths)


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, encoding="utf-8-sig", keep_default_na=False)


def test_files_agree_with_each_other(settings, paths) -> None:
    run(settings("en"), paths)
    told, segments = json.loads(paths.plan.read_bytes()), json.loads(paths.segments.read_bytes())
    offers, holdout, members = _read(paths.offers), _read(paths.holdout), pd.read_parquet(paths.membership)
    shop = pd.read_parquet(paths.customers).merge(pd.read_parquet(paths.probabilities))

    assert len(offers) == told["contacts"] > 30
    assert offers["expected_value"].sum() == pytest.approx(told["expected_net_profit"], abs=5e-5 * len(offers))
    assert offers["expected_cost"].sum() == pytest.approx(told["spent"], abs=5e-5 * len(offers))
    assert (_read(paths.holdout)["arm"] == "held").all() and (offers["arm"] == "contacted").all()
    texts = offers.drop(columns=[name for name in offers if name.startswith("internal_")])
    assert not texts.eq("").any(axis=None)
    inside = [f"in_{entry['key']}" for entry in segments["segments"]]
    for listed, schema in ((offers, OFFERS), (holdout, HOLDOUT)):  # what a search names stands last
        assert [*listed] == [*schema.columns, *inside]
    for entry in told["offers"]:  # what a pivot of the list gives
        assert (offers["offer_code"] == entry["key"]).sum() == entry["customers"]
        assert set(offers.loc[offers["offer_code"] == entry["key"], "offer"]) <= {entry["name"]["en"]}
    for entry in told["segments"]:
        inside = offers[offers[f"in_{entry['key']}"] == 1]
        assert len(inside) == entry["contacts"]
        assert {key: (inside["offer_code"] == key).sum() for key in entry["offers"]} == entry["offers"]
        assert inside["expected_value"].sum() == pytest.approx(entry["expected_net_profit"], abs=5e-5 * len(inside))
    items = shop.set_index("customer_id")["unpaid_items"][offers["customer_id"]].clip(upper=4).astype(int)
    deals = (offers["offer_code"] == "unpaid_discount").to_numpy()
    assert deals.any() and offers["parameter_code"][deals].tolist() == [str(one) for one in items[deals]]
    assert offers["expected_value"].is_monotonic_decreasing and (offers["expected_value"] > 0).all()
    assert not set(offers["customer_id"]) & set(holdout["customer_id"])
    assert len(holdout) == told["holdout"]["customers"]
    consent = shop.set_index("customer_id")["accepts_messages"]
    assert (consent[[*offers["customer_id"], *holdout["customer_id"]]] == "yes").all()
    probability = shop.set_index("customer_id")["decline_probability"]
    assert offers["decline_probability"].to_numpy() == pytest.approx(
        probability[offers["customer_id"]].to_numpy(), abs=5e-5
    )

    assert members["customer_id"].tolist() == pd.read_parquet(paths.customers)["customer_id"].tolist()
    held = members.set_index("customer_id")
    for _, row in offers[offers["segment_code"] != "none"].iterrows():
        assert held.loc[row["customer_id"], row["segment_code"]]
    for entry in segments["segments"]:
        assert entry["support"] == members[entry["key"]].sum()
    for place in (1, 2, 3):
        assert set(offers.loc[offers[f"internal_reason_{place}"] != "", f"internal_reason_{place}_actionable"]) <= {
            "yes",
            "no",
        }
        assert set(offers.loc[offers[f"internal_reason_{place}"] == "", f"internal_reason_{place}_actionable"]) <= {""}


def test_a_found_segment_is_listed_and_holds_whoever_else_is_in_the_file(settings, paths, roles) -> None:
    shop, known = pd.read_parquet(paths.learnt), pd.read_parquet(paths.learnt_probabilities)
    lost = (shop["pages_per_visit"] < 8) & (np.random.default_rng(1).random(700) < 0.9)
    write_table(paths.learnt, shop.assign(declined=lost.astype("int8")), build_learnt_schema(roles))
    run(settings(), paths)
    summary, members = json.loads(paths.segments.read_bytes()), pd.read_parquet(paths.membership)
    found = [entry for entry in summary["segments"] if entry["origin"] == "found"]
    key = "found_low_pages_per_visit"
    assert [entry["key"] for entry in found] == [key] == [rule["key"] for rule in summary["found"]["rules"]]
    assert members.columns[-1] == key
    assert found[0]["stability"]["share"] > 0.9 and found[0]["differs"] and found[0]["drivers"]
    assert all(entry["stability"] is None for entry in summary["segments"] if entry["origin"] == "declared")
    frame = shop.merge(known[["customer_id", "decline_probability"]])
    stored = read_artifact(paths.segment_rules, SegmentRules).segments[key]
    alone = [bool(apply_all(stored, frame.iloc[[place]])[0]) for place in range(0, 700, 7)]
    assert alone == members[key].iloc[::7].tolist()


def test_labels_of_the_contacted_are_in_nothing_that_is_told_of_segments(settings, paths, roles) -> None:
    def tell(labels: np.ndarray) -> list[bytes]:
        write_table(paths.learnt, shop.assign(declined=labels, stands_for=counted), build_learnt_schema(roles))
        segment.run(settings(), paths)
        return [path.read_bytes() for path in (paths.segments, paths.segment_rules)]

    shop, rng = pd.read_parquet(paths.learnt), np.random.default_rng(5)
    counted = (rng.random(700) < 0.8).astype(int)
    risk = np.where(shop["pages_per_visit"] < 8, 0.9, 0.1)
    labels = (rng.random(700) < risk).astype("int8")
    told = tell(labels)
    assert tell(np.where(counted, labels, 1 - labels).astype("int8")) == told
    rate = json.loads(told[0])["population"]["decline_rate"]["value"]
    assert rate == pytest.approx(labels[counted > 0].mean())
    assert tell(1 - labels) != told


def test_same_input_gives_the_same_bytes_and_a_cost_changes_them(settings, paths) -> None:
    def run_once(**offers: Any) -> dict[str, bytes]:
        run(settings("ru", **offers), paths)
        return {name: getattr(paths, name).read_bytes() for name in OUTPUTS}

    first = run_once()
    assert run_once() == first
    assert "stay_longer" in set(_read(paths.offers)["offer_code"])
    dear = run_once(stay_longer={"cost": {"fixed": 5}})
    assert "stay_longer" not in set(_read(paths.offers)["offer_code"])
    assert dear["membership"] == first["membership"]


def test_reasons_are_in_the_language_set(settings, paths) -> None:
    run(settings("ru"), paths)
    russian = _read(paths.offers)["internal_reason_1"].str.contains("половины клиентов|таких клиентов")
    run(settings("en"), paths)
    english = _read(paths.offers)["internal_reason_1"].str.contains("[а-я]")
    assert russian.mean() > 0.9 and not english.any()


def test_a_segment_that_nobody_belongs_to_is_said(settings, paths, capsys) -> None:
    chosen = settings()
    nobody = next(iter(chosen.segment.values())).model_copy(
        update={"where": (Condition(column="monthly_profit", above=1e9),)}
    )
    chosen.segment["dreamt_of"] = nobody
    segment.run(chosen, paths)
    summary = read_artifact(paths.segments, SegmentsSummary)
    empty = {entry.key for entry in summary.segments if not entry.support}
    assert {"dreamt_of"} <= set(summary.empty) == empty
    assert "segment.dreamt_of" in capsys.readouterr().out
    shop, known = pd.read_parquet(paths.customers), pd.read_parquet(paths.learnt_probabilities).set_index("customer_id")
    members = pd.read_parquet(paths.membership)
    for group in summary.groups:
        own = known.loc[shop["customer_id"][members[group.key]]].query("part == 'test'")
        assert group.support == len(own)
        if group.predicted is not None:
            assert group.predicted == pytest.approx(own["decline_probability"].mean())


def test_a_shop_of_risks_alone_gets_its_segments_and_a_list(settings, paths, roles) -> None:
    bare = {"money": False, "consent": None, "favourite_category": None, "series": {}}
    lacking, chosen = roles.model_copy(update=bare), settings("en")
    write_artifact(paths.columns, lacking)
    shop = pd.read_parquet(paths.customers).drop(columns="monthly_profit")
    write_table(paths.customers, shop, build_customers_schema(lacking))
    learnt = pd.read_parquet(paths.learnt).drop(columns="monthly_profit")
    write_table(paths.learnt, learnt, build_learnt_schema(lacking))
    chosen.offer.clear()
    for key in [key for key, item in chosen.segment.items() if any(c.column == "monthly_profit" for c in item.where)]:
        del chosen.segment[key]
    run(chosen, paths)
    listed = read_table(paths.offers, OFFERS)
    assert set(listed["customer_id"]) == set(shop["customer_id"])
    assert listed["decline_probability"].is_monotonic_decreasing
    assert listed["expected_value"].tolist() == listed["decline_probability"].tolist()
    assert set(listed["offer_code"]) == {"none"}
    assert (listed["internal_reason_1"].fillna("") != "").mean() > 0.5
    assert read_table(paths.holdout, HOLDOUT).empty
    told = json.loads(paths.plan.read_bytes())
    assert (told["offers"], told["contacts"]) == ([], 0)
    assert set(told["money"]) == {"unit"}
    assert read_artifact(paths.segments, SegmentsSummary).population.profit_at_risk is None
