"""Months beside each other, against sets and loops over customers; prepare hands on what came before, and no more."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from retention.files import read_artifact, write_artifact
from retention.history.compare import compare_customers, compare_outcomes, count_moves, place_in_bands
from retention.history.figures import CUSTOMERS, EARLIER, FIGURES, MonthFigures, Since
from retention.paths import Paths
from retention.settings import read_settings
from retention.stages import watch
from retention.stages.prepare import read_history

BOUNDS = (0.25, 0.5, 0.75)
SEGMENTS = ("a", "b")


def make_figures(month: str, segments: tuple[str, ...] = SEGMENTS, **changed: object) -> MonthFigures:
    named = [
        {"key": key, "name": {"ru": key, "en": key}, "customers": 1, "mean_probability": None, "profit_at_risk": None}
        for key in segments
    ]
    ends = (0.0, *BOUNDS, 1.0)
    bands = [{"low": ends[i], "high": ends[i + 1], "customers": 0} for i in range(4)]
    fields = {"customers": 9, "expected_declines": 1.0, "horizon_months": 3.0, "profit_at_risk": 6.0, "watch": None}
    plan = {"contacts": 1, "spent": 1.0, "net_profit": 1.0}
    choice = {"model": "tree", "scaler": "none", "encoder": "onehot", "features": "none", "params": {"max_depth": 3}}
    more = {"month": month, "segments": named, "bands": bands, "plan": plan, "model": "ab", "choice": choice}
    return MonthFigures.model_validate({**fields, **more, **changed})


def draw_month(rng: np.random.Generator, ids: list[int], segments: tuple[str, ...] = SEGMENTS) -> pd.DataFrame:
    chosen = sorted(rng.choice(ids, 30, replace=False).tolist())
    flags = {key: rng.random(30) < 0.4 for key in segments}
    probability = rng.choice([0.0, 0.1, 0.25, 0.4, 0.5, 0.75, 0.9, 1.0], 30)
    return pd.DataFrame({"customer_id": chosen, "decline_probability": probability, **flags})


@pytest.mark.parametrize("seed", range(5))
def test_moves_are_what_sets_of_customers_give(seed: int) -> None:
    rng = np.random.default_rng(seed)
    then, now = (draw_month(rng, list(range(45)), names) for names in (("a", "b"), ("a", "c")))
    moves = compare_customers(make_figures("2026-01"), make_figures("2026-02", ("a", "c")), then, now)
    before, after = set(then["customer_id"]), set(now["customer_id"])
    was, here = ({*side.loc[side["a"], "customer_id"]} for side in (then, now))
    (found,) = moves.segments
    assert (found.key, found.then, found.now) == ("a", len(was), len(here))
    assert (found.entered, found.left) == (len((here & before) - was), len((was & after) - here))
    assert (found.came, found.gone) == (len(here - before), len(was - after))
    assert ([one.en for one in moves.appeared], [one.en for one in moves.vanished]) == (["c"], ["b"])
    assert (moves.all.came, moves.all.gone, moves.all.entered) == (len(after - before), len(before - after), 0)
    for one in (moves.all, *moves.segments, *moves.bands):
        assert one.now == one.then + one.entered - one.left + one.came - one.gone == one.then + one.net
    for band in moves.bands:
        inside = [
            {*side.loc[(p >= band.low) & ((p < band.high) | (band.high == 1)), "customer_id"]}
            for side in (then, now)
            for p in [side["decline_probability"]]
        ]
        assert (band.then, band.now, band.left) == (*map(len, inside), len((inside[0] & after) - inside[1]))
    assert sum(band.entered for band in moves.bands) == sum(band.left for band in moves.bands) > 0


def test_nobody_then_and_nobody_now_is_no_mistake() -> None:
    nobody, one = pd.Series([], dtype=bool), pd.Series([True], index=[7])
    assert count_moves(nobody, one) == {"then": 0, "now": 1, "entered": 0, "left": 0, "came": 1, "gone": 0}
    assert count_moves(one, nobody)["gone"] == 1
    assert place_in_bands(pd.Series([0.0, 0.25, 0.2499, 1.0]), BOUNDS).tolist() == [0, 1, 0, 3]


def test_customers_whose_ids_were_numbers_when_their_month_was_recorded_are_the_same() -> None:
    rng = np.random.default_rng(1)
    then, now = draw_month(rng, list(range(45))), draw_month(rng, list(range(45)))
    ends = make_figures("2026-01"), make_figures("2026-02")
    mixed = compare_customers(*ends, then, now.astype({"customer_id": "str"}))
    assert mixed == compare_customers(*ends, then, now)
    assert mixed.all.came == len(set(now["customer_id"]) - set(then["customer_id"])) < 30


def draw_said(rng: np.random.Generator, shift: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    p = rng.beta(1, 2, 400)
    earlier = pd.DataFrame({"month": "2026-01", "customer_id": range(400), "decline_probability": p})
    declined = (rng.random(400) < np.clip(p + shift, 0, 1)).astype("int8")
    learnt = pd.DataFrame(
        {"month": "2026-01", "customer_id": range(400), "declined": declined, "unit": range(400), "stands_for": 1}
    )
    return earlier, learnt


def test_what_happened_is_counted_from_the_labels_and_the_probabilities_of_then() -> None:
    rng = np.random.default_rng(1)
    earlier, learnt = draw_said(rng, 0.0)
    other = earlier.assign(month="2026-02", decline_probability=0.5)
    shuffled = learnt.sample(frac=1, random_state=0).iloc[:380]  # no label of 20 customers
    found = compare_outcomes(make_figures("2026-01"), pd.concat([other, earlier]), shuffled, 30, 0.95, 3)
    assert found is not None
    assert found.roc_auc is not None
    pairs = [(earlier["decline_probability"][row.customer_id], row.declined) for row in shuffled.itertuples()]
    p, y = map(np.array, zip(*pairs, strict=True))
    assert (found.customers, found.declined) == (380, y.sum())
    assert found.expected == pytest.approx(p.sum())
    assert found.excess.value == pytest.approx(y.sum() - p.sum())
    assert found.roc_auc.value == pytest.approx(roc_auc_score(y, p))
    half = 1.96 * np.sqrt(380) * np.std(y - p)  # what independent customers give
    assert found.excess.high - found.excess.value == pytest.approx(half, rel=0.1)
    texts = shuffled.astype({"customer_id": "str"})  # `tables.ids` was another one when the month was recorded
    assert compare_outcomes(make_figures("2026-01"), earlier, texts, 30, 0.95, 3) == found
    few = compare_outcomes(make_figures("2026-01"), earlier, learnt, 401, 0.95, 3)
    assert few is not None
    assert few.roc_auc is None
    assert compare_outcomes(make_figures("2026-03"), earlier, learnt, 30, 0.95, 3) is None


def test_who_was_left_alone_stands_for_the_contacted() -> None:
    rng = np.random.default_rng(4)
    off = []
    for _ in range(20):
        earlier, learnt = draw_said(rng, 0.0)
        p, y = earlier["decline_probability"], learnt["declined"]
        learnt["stands_for"] = np.where(p < 0.4, 1, np.where(rng.random(400) < 0.8, 0, 5))
        found = compare_outcomes(make_figures("2026-01"), earlier, learnt, 30, 0.95, 3)
        assert found is not None
        assert found.roc_auc is not None
        assert found.declined == y[learnt["stands_for"] > 0].sum()
        off.append((found.roc_auc.value - roc_auc_score(y, p), found.share - y.mean()))
    assert np.abs(np.mean(off, axis=0)).max() < 0.02


def test_equal_customers_count_as_one_in_the_interval() -> None:
    earlier, learnt = draw_said(np.random.default_rng(2), 0.0)
    one = compare_outcomes(make_figures("2026-01"), earlier, learnt, 30, 0.95, 3)
    alike = learnt.assign(unit=learnt["unit"] // 4, declined=learnt["declined"].iloc[::4].repeat(4).to_numpy())
    same = earlier.assign(decline_probability=earlier["decline_probability"].iloc[::4].repeat(4).to_numpy())
    four = compare_outcomes(make_figures("2026-01"), same, alike, 30, 0.95, 3)
    assert one is not None
    assert four is not None
    wide, narrow = (found.excess.high - found.excess.low for found in (four, one))
    assert wide == pytest.approx(2 * narrow, rel=0.25)


@pytest.mark.parametrize(("shift", "told"), [(0.0, "across"), (0.12, "above"), (-0.12, "below")])
def test_the_verdict_follows_what_is_true(shift: float, told: str) -> None:
    drawn = [draw_said(np.random.default_rng(seed), shift) for seed in range(20)]
    found = [compare_outcomes(make_figures("2026-01"), *one, 30, 0.95, 3) for one in drawn]
    assert sum(one is not None and one.excess.side() == told for one in found) >= 17


def record(folder: Path, month: str, customers: pd.DataFrame, **changed: object) -> None:
    place = folder / month
    place.mkdir(parents=True)
    keys = tuple(str(name) for name in customers.columns[2:])
    write_artifact(place / FIGURES, make_figures(month, keys, **changed))
    customers.to_parquet(place / CUSTOMERS, index=False)


def test_only_what_came_before_is_handed_on(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for month, names in {"2026-01": ("a",), "2026-02": ("a", "b"), "2026-03": ("a",)}.items():
        record(tmp_path, month, draw_month(rng, list(range(40)), names))
    (tmp_path / "notes").mkdir()
    history, earlier = read_history(tmp_path, "2026-03")
    assert [one.month for one in history.months] == ["2026-01", "2026-02"]
    assert EARLIER.find_problem(earlier) == ""
    assert earlier["month"].value_counts().to_dict() == {"2026-01": 30, "2026-02": 30}
    assert not earlier.loc[earlier["month"] == "2026-01", "b"].any()
    for folder, month in ((tmp_path, ""), (tmp_path / "none", "2026-03")):
        history, earlier = read_history(folder, month)
        assert (history.months, len(earlier)) == ((), 0)
        assert EARLIER.find_problem(earlier) == ""


def test_ids_that_became_texts_between_two_months_are_joined(tmp_path: Path) -> None:
    said = draw_month(np.random.default_rng(0), list(range(40)), ("a",))
    record(tmp_path, "2026-01", said)
    record(tmp_path, "2026-02", said.astype({"customer_id": "str"}))
    earlier = read_history(tmp_path, "2026-03")[1]
    assert EARLIER.find_problem(earlier) == ""
    assert earlier["customer_id"].nunique() == len(said)


@dataclass(frozen=True)
class Told:
    since: Since
    earlier: pd.DataFrame
    paths: Paths


@pytest.fixture(scope="module")
def told(small_run: Paths, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The small run, as if its undated month were a month whose labels came and the next one."""
    root = tmp_path_factory.mktemp("told")
    shutil.copytree(small_run.root, root, dirs_exist_ok=True)
    paths = Paths(root, root)
    date(paths, "2026-04", ["2026-01"])
    given = pd.read_parquet(paths.probabilities).merge(pd.read_parquet(paths.membership))
    then = given.iloc[20:].drop(columns=["score", "fold"])
    then["decline_probability"] = then["decline_probability"].to_numpy()[::-1]
    record(paths.data / "history", "2026-01", then)
    history, earlier = read_history(paths.data / "history", "2026-04")
    write_artifact(paths.history, history)
    earlier.to_parquet(paths.earlier, index=False)
    watch.run(read_settings(paths.params), paths)
    return Told(read_artifact(paths.since, Since), then, paths)


def date(paths: Paths, acted_on: str, learnt: list[str]) -> None:
    periods = {"acted_on": acted_on, "learnt": learnt, "waiting": []}
    paths.periods.write_text(json.dumps(periods))
    frame = pd.read_parquet(paths.learnt)
    frame.assign(month=learnt[0]).to_parquet(paths.learnt, index=False)


def test_the_stage_tells_this_month_from_the_artifacts(told: Told) -> None:
    paths, now = told.paths, told.since.now
    probability = pd.read_parquet(paths.probabilities)["decline_probability"]
    profit = pd.read_parquet(paths.customers)["monthly_profit"]
    assert (now.month, now.customers) == ("2026-04", len(probability))
    assert now.expected_declines == pytest.approx(probability.sum(), abs=1e-6)
    assert now.risk_a_month == pytest.approx((probability * profit).sum(), rel=1e-6)
    sizes: Mapping[str, int] = pd.read_parquet(paths.membership).drop(columns="customer_id").sum().to_dict()
    assert {one.key: one.customers for one in now.segments} == sizes
    assert [one.customers for one in now.bands] == np.histogram(probability, [0, *BOUNDS, 1])[0].tolist()
    assert len(pd.read_csv(paths.offers)) == now.plan.contacts
    assert now.choice.model == json.loads(paths.best.read_bytes())["model"]


def test_the_stage_compares_with_the_month_before(told: Told) -> None:
    moves, then, now = told.since.moves, told.earlier, pd.read_parquet(told.paths.membership)
    assert moves is not None
    assert (moves.month, moves.all.came, moves.all.gone) == ("2026-01", 20, 0)
    assert {one.key: one.then for one in moves.segments} == then.drop(columns=then.columns[:2]).sum().to_dict()
    assert {one.key: one.came for one in moves.segments} == now.drop(columns="customer_id").iloc[:20].sum().to_dict()
    (happened,) = told.since.happened
    labels = pd.read_parquet(told.paths.learnt).merge(then, on="customer_id")
    assert (happened.customers, happened.declined) == (len(labels), labels["declined"].sum())
    assert happened.expected == pytest.approx(labels["decline_probability"].sum(), abs=1e-6)


def test_one_month_has_nothing_before_it(small_run: Paths) -> None:
    since = read_artifact(small_run.since, Since)
    assert (since.then, since.moves, since.happened, since.now.month) == (None, None, (), "")
