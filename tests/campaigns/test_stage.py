"""The stage `measure` and what the plan makes of it, on a shop of three months made from a simulated one."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retention.audience.plan.known import believe
from retention.audience.plan.summary import PlanSummary
from retention.campaigns.effects import Effects
from retention.campaigns.ledger import PLANNED, UNTOUCHED, Terms, launch
from retention.campaigns.summary import Campaigns
from retention.errors import UserError
from retention.files import read_artifact, read_table, write_artifact, write_table
from retention.learning.calibration.summary import LEARNT_PROBABILITIES
from retention.paths import Paths
from retention.settings import Settings, read_settings
from retention.stages import measure, plan
from retention.tables.columns import MONTH
from retention.tables.months.periods import Periods
from retention.tables.roles import ColumnRoles, build_learnt_schema
from retention.tables.settings import MAIN


@pytest.fixture(scope="module")
def shop(small_run: Paths, tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """The finished shop, as if its customers were of January and it were May; January's plan was launched."""
    root = tmp_path_factory.mktemp("months")
    shutil.copytree(small_run.root, root, dirs_exist_ok=True)
    paths = Paths(root, root)
    roles = read_artifact(paths.columns, ColumnRoles)
    tables = ((paths.learnt, build_learnt_schema(roles)), (paths.learnt_probabilities, LEARNT_PROBABILITIES))
    for path, schema in tables:
        write_table(path, read_table(path, schema).assign(**{MONTH: "2026-01"}), schema)
    write_artifact(paths.periods, Periods(acted_on="2026-05", learnt=("2026-01",), waiting=("2026-03",)))
    planned = read_table(paths.planned, PLANNED)
    effects = read_artifact(paths.effects, Effects).means
    terms = Terms(months=3, horizon_months=3, loss_share=0.5, money=True, effects=effects)
    launch(paths.data / "campaigns", planned, "2026-01", "2026-01", terms, {}, ("ab" * 32, 1, ""))
    launch(paths.data / "campaigns", planned[:20], "2026-03", "2026-03", terms, {}, ("ab" * 32, 1, ""))
    return paths


@pytest.fixture(scope="module")
def settings(shop: Paths) -> Settings:
    return read_settings(shop.params)


def test_without_campaigns_all_is_as_assumed(small_run: Paths) -> None:
    settings = read_settings(small_run.params)
    found = read_artifact(small_run.effects, Effects)
    assert found.means == pytest.approx({name: offer.effect.value for name, offer in settings.offer.items()})
    assert read_artifact(small_run.campaigns, Campaigns) == Campaigns(campaigns=(), balance=None, left_this_year=None)
    assert read_table(small_run.untouched, UNTOUCHED).empty
    assert read_table(small_run.planned, PLANNED)["arm"].value_counts()["contacted"] > 10


def test_a_matured_campaign_is_measured_and_its_effects_learnt(shop: Paths, settings: Settings) -> None:
    measure.run(settings, shop)
    first, second = read_artifact(shop.campaigns, Campaigns).campaigns
    assert (first.readable, second.readable, second.reading) == (True, False, "2026-06")
    assert first.pooled is not None
    planned = read_table(shop.planned, PLANNED)
    learnt = pd.read_parquet(shop.learnt).set_index("customer_id")
    off = planned["customer_id"].map(learnt["declined"]) - planned["decline_probability"]
    by_arm = {
        arm: np.average(off[planned["arm"] == arm], weights=1 / planned.loc[planned["arm"] == arm, "chance"])
        for arm in ("held", "contacted")
    }
    seen = (by_arm["held"] - by_arm["contacted"]) / planned["decline_probability"].mean()
    assert first.pooled.observation.value == pytest.approx(seen)
    effects = read_artifact(shop.effects, Effects)
    assert {offer.status for name, offer in effects.offers.items() if name in first.offers} == {"partly_measured"}
    untouched = read_table(shop.untouched, UNTOUCHED)
    assert set(untouched.loc[untouched["offer"] == "", "customer_id"]) == set(planned["customer_id"][:20].astype(str))


def test_only_who_is_not_in_the_later_exports_is_gone(shop: Paths, settings: Settings, tmp_path: Path) -> None:
    shutil.copytree(shop.root, tmp_path / "shop")
    paths, schema = (
        Paths(tmp_path / "shop", tmp_path / "shop"),
        build_learnt_schema(read_artifact(shop.columns, ColumnRoles)),
    )
    planned, learnt = read_table(paths.planned, PLANNED), read_table(paths.learnt, schema)
    write_table(paths.learnt, known := learnt[::2].reset_index(drop=True), schema)  # the other labels have not come
    left = planned["customer_id"][~planned["customer_id"].isin(known["customer_id"])].iloc[0]
    main = settings.tables.exports[MAIN].file
    for gone in (0, 1):  # without exports of the reading, then with some that lack one customer
        measure.run(settings, paths)
        first = read_artifact(paths.campaigns, Campaigns).campaigns[0]
        assert first.soundness is not None
        assert first.pooled is not None
        assert first.soundness.gone_contacted + first.soundness.gone_held == gone
        labelled = planned["customer_id"].isin(known["customer_id"]).sum()
        assert first.pooled.contacted + first.pooled.held == labelled + gone
        later = paths.data / "2026-04"
        later.mkdir(exist_ok=True)
        rows = (paths.data / main).read_text(encoding="utf-8").splitlines(keepends=True)
        (later / main).write_text("".join(row for row in rows if not row.startswith(f"{left},")), encoding="utf-8")


def test_the_plan_goes_by_what_was_learnt_and_leaves_the_resting_alone(shop: Paths, settings: Settings) -> None:
    measure.run(settings, shop)
    before = read_table(shop.planned, PLANNED)
    plan.run(settings, shop)
    after = read_table(shop.planned, PLANNED)
    assert set(before["customer_id"][:20]) & set(after["customer_id"]) == set()
    believed = believe(settings.offer, read_artifact(shop.effects, Effects))
    told = {one.key: one.effect for one in read_artifact(shop.plan, PlanSummary).offers}
    for name, offer in believed.items():
        assert (told[name].value, told[name].status) == (pytest.approx(offer.effect.value), offer.effect.status)


def test_what_was_launched_is_the_plan_whatever_would_be_planned_now(shop: Paths, settings: Settings) -> None:
    measure.run(settings, shop)
    plan.run(settings, shop)
    sent, told = read_table(shop.planned, PLANNED), read_artifact(shop.plan, PlanSummary)
    terms = Terms(months=3, horizon_months=3, loss_share=0.5, money=True, effects={})
    poor = settings.model_copy(update={"plan": settings.plan.model_copy(update={"budget": told.spent / 2})})
    plan.run(poor, shop)
    assert len(read_table(shop.planned, PLANNED)) < len(sent)
    launch(shop.data / "campaigns", sent, "2026-05", "2026-05", terms, {}, ("ab" * 32, 1, ""))
    measure.run(settings, shop)
    plan.run(settings, shop)
    again = read_artifact(shop.plan, PlanSummary)
    told_offers = tuple(offer.model_copy(update={"too_few": False}) for offer in told.offers)  # no ledger holds it
    assert (again.offers, again.holdout.customers) == (told_offers, told.holdout.customers)
    assert again.expected_net_profit == pytest.approx(told.expected_net_profit)
    plan.run(poor, shop)
    told, contacted = read_artifact(shop.plan, PlanSummary), sent["arm"] == "contacted"
    pd.testing.assert_frame_equal(read_table(shop.planned, PLANNED), sent)
    assert (told.launched, told.contacts) == (True, contacted.sum())
    assert told.spent == pytest.approx(sent.loc[contacted, "cost"].sum())
    offers = pd.read_csv(shop.offers, sep=None, engine="python", encoding="utf-8-sig")
    assert set(offers["customer_id"]) == set(sent.loc[contacted, "customer_id"])
    fewer = {name: offer for name, offer in poor.offer.items() if name != sent["offer"].iloc[0]}
    with pytest.raises(UserError, match="which the settings lack"):
        plan.run(poor.model_copy(update={"offer": fewer}), shop)
