"""The sample shop over months: what it promises, from its files and its truth."""

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from retention.errors import UserError
from retention.simulate import write_sample
from retention.simulate.drift import UNCHANGED, Drift, Kind, choose_drift
from retention.simulate.months import answer_campaign, choose_months, name_months, read_assigned, write_months

LABEL = "Покупательская активность"
MONTHS = name_months("2025-11", 6)


def _digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in sorted(files)}


def _read(shop: Path, month: str) -> pd.DataFrame:
    """Return a month's exports as one table, without the rows that were made inactive or an outlier."""
    folder = shop / "out" / month
    money, minutes = (
        pd.read_csv(folder / name).pivot_table(index="id", columns="Период", values=value)
        for name, value in (("market_money.csv", "Выручка"), ("market_time.csv", "минут"))
    )
    profit = pd.read_csv(folder / "money.csv", sep=";", decimal=",").set_index("id")
    parts = [pd.read_csv(folder / "market_file.csv").set_index("id"), money, minutes.add_prefix("минут_"), profit]
    table = pd.concat([*parts, pd.read_parquet(shop / "truth" / f"{month}.parquet").set_index("id")], axis=1)
    return table[(table["предыдущий_месяц"] > 0) & (table["текущий_месяц"] < 20_000)]


def _outcomes(shop: Path, month: str) -> pd.Series:
    path = shop / "out" / month / "outcomes.csv"
    path = path if path.exists() else shop / "out" / "outcomes" / f"{month}.csv"
    return pd.read_csv(path).set_index("id")[LABEL] == "Снизилась"


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> dict[Kind, Path]:
    """The same shop with each kind of change from the fifth month on; read as whole months."""
    made = {}
    for kind in Kind:
        made[kind] = tmp_path_factory.mktemp(kind)
        drift = Drift(kind, 4) if kind is not Kind.NONE else UNCHANGED
        write_months(made[kind] / "out", MONTHS, customers=4000, seed=3, drift=drift, truth=made[kind] / "truth")
    return made


@pytest.fixture(scope="module")
def shop(shops: dict[Kind, Path]) -> Path:
    return shops[Kind.NONE]


def _label(shop: Path, table: pd.DataFrame, month: str) -> np.ndarray:
    """Return what became of everyone; who has left has declined."""
    return _outcomes(shop, month).reindex(table.index).fillna(True).to_numpy(dtype=bool)


def test_a_month_is_the_same_however_many_follow(tmp_path: Path) -> None:
    for name, count in (("few", 4), ("many", 5)):
        write_months(tmp_path / name, MONTHS[:count], customers=120, seed=1)
    few, many = (_digests(tmp_path / name) for name in ("few", "many"))
    assert set(few) - set(many) == {"outcomes/2025-12.csv"}  # known within five months, later than four
    assert {name: digest for name, digest in few.items() if many.get(name) != digest} == {
        "outcomes/2025-12.csv": many["2025-12/outcomes.csv"]
    }
    write_months(tmp_path / "other", MONTHS[:4], customers=120, seed=2)
    assert not set(_digests(tmp_path / "other").values()) & set(few.values())


def test_exports_have_no_label_and_only_matured_months_have_outcomes(shop: Path) -> None:
    for place, month in enumerate(MONTHS):
        assert LABEL not in pd.read_csv(shop / "out" / month / "market_file.csv", nrows=1)
        assert (shop / "out" / month / "outcomes.csv").exists() == (place < 3)
        assert (shop / "out" / "outcomes" / f"{month}.csv").exists() == (place >= 3)


def test_labels_have_the_true_probability(shop: Path) -> None:
    tables = {month: _read(shop, month) for month in MONTHS}
    declined = np.concatenate([_label(shop, table, month) for month, table in tables.items()])
    probability = np.concatenate([table["true_probability"] for table in tables.values()])
    group = np.searchsorted(np.quantile(probability, np.linspace(0, 1, 21)[1:-1]), probability)
    for one in range(20):
        expected, deviation = probability[group == one], np.sqrt((probability * (1 - probability))[group == one].sum())
        assert abs(declined[group == one].sum() - expected.sum()) < 4 * deviation + 1


def test_customers_return_with_the_series_moved_on_and_all_who_leave_had_declined(shop: Path) -> None:
    first, second, third = (_read(shop, month) for month in MONTHS[:3])
    back = first.index.intersection(second.index)
    assert 0.9 < len(back) / len(first) < 0.99
    for before, after in (("текущий_месяц", "предыдущий_месяц"), ("предыдущий_месяц", "препредыдущий_месяц")):
        assert (first.loc[back, before] == second.loc[back, after]).all()
    assert (first.loc[back, "минут_текущий_месяц"] == second.loc[back, "минут_предыдцщий_месяц"]).all()
    assert first.loc[back, "true_probability"].corr(second.loc[back, "true_probability"]) > 0.5
    gone = first.index.difference(third.index.union(_outcomes(shop, MONTHS[0]).index))
    assert len(gone) > 60
    assert (first.loc[gone, "campaign_draw"] < first.loc[gone, "true_probability"]).all()


def test_profit_is_lost_for_three_months_after_a_decline(shop: Path) -> None:
    tables, declined = [_read(shop, month)["Прибыль"] for month in MONTHS[:4]], _outcomes(shop, MONTHS[0])
    change = pd.concat([tables[0], tables[1]], axis=1, join="inner").set_axis(["then", "next"], axis=1)
    lost = change.groupby(declined.reindex(change.index)).mean()
    assert (
        lost.loc[True, "next"] / lost.loc[True, "then"]
        < 0.85
        < 0.98
        < lost.loc[False, "next"] / lost.loc[False, "then"]
    )


def test_of_twins_one_is_new_and_flaws_are_few(shop: Path) -> None:
    first, second = (_read(shop, month) for month in MONTHS[:2])
    twins = second.groupby([name for name in second if name not in ("Прибыль", "campaign_draw")]).indices.values()
    pairs = [second.index[rows] for rows in twins if len(rows) > 1]
    assert 20 < len(pairs) < 50
    assert all(len(pair) == 2 and not pair.isin(first.index).all() for pair in pairs)
    text = pd.read_csv(shop / "out" / MONTHS[1] / "market_file.csv")
    assert (text["Тип сервиса"] == "стандартт").sum() == 31
    assert len(text) - len(second) == 9 + 1


def test_drift_moves_what_it_says(shops: dict[Kind, Path]) -> None:
    """A logistic regression of the first month goes stale under another relation only, though that tells no less."""
    stale = {}
    for kind, shop in shops.items():
        tables = [_read(shop, month) for month in (MONTHS[0], MONTHS[5])]
        labels = [_label(shop, table, month) for table, month in zip(tables, (MONTHS[0], MONTHS[5]), strict=True)]
        features = [
            name for name in tables[0].columns[: list(tables[0]).index("true_probability")] if name != "Прибыль"
        ]
        early, late = (pd.get_dummies(table[features], dtype=float) for table in tables)
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(early, labels[0])
        known = roc_auc_score(labels[1], tables[1]["true_probability"])
        told = roc_auc_score(labels[1], model.predict_proba(late[early.columns])[:, 1])
        stale[kind] = pd.Series({"told": told, "known": known, "declined": labels[1].mean()})
    found = pd.DataFrame(stale).T - stale[Kind.NONE]
    assert -0.055 < found.loc[Kind.RELATION, "told"] < -0.02 < -0.01 < found.loc[Kind.RELATION, "known"]
    assert abs(found.loc[Kind.COVARIATES, ["told", "known"]]).max() < 0.015
    assert -0.06 < found.loc[Kind.HARDER, "told"] < -0.02
    assert found.loc[Kind.HARDER, "known"] < -0.01  # those are harder for whoever knows all
    assert found.loc[Kind.PRIOR, "declined"] > 0.1
    moved = [_read(shops[kind], MONTHS[4])["Маркет_актив_6_мес"].mean() for kind in (Kind.COVARIATES, Kind.NONE)]
    assert moved[0] < moved[1] - 0.2


def test_a_campaign_is_answered_by_the_draw_and_changes_nobody_else(shop: Path, tmp_path: Path) -> None:
    month = MONTHS[1]
    truth = pd.read_parquet(shop / "truth" / f"{month}.parquet")
    chosen = truth[truth["true_probability"] > 0.3].reset_index(drop=True)
    arm, offer = (
        np.resize(["contacted", "contacted", "held"], len(chosen)),
        np.resize(["stickers", "stay_longer"], len(chosen)),
    )
    assigned = pd.DataFrame(
        {"month": month, "customer_id": chosen["id"].astype(str), "arm": arm, "offer": offer, "cost": 0.1}
    )
    answered = answer_campaign(assigned, truth)
    for row, known in zip(answered.itertuples(), chosen.itertuples(), strict=True):
        effect = getattr(known, f"effect_{row.offer}") * (row.arm == "contacted")
        assert row.declined == (known.campaign_draw < known.true_probability - effect)
    held, reached = answered["arm"] == "held", answered["reached"] == 1
    assert not answered.loc[held, ["reached", "redeemed", "cost"]].any(axis=None)
    assert answered.loc[~held, "reached"].mean() == pytest.approx(0.95, abs=0.02)
    assert (answered["cost"] == np.where(reached, 0.1, 0)).all()
    assert (answered["redeemed"] <= answered["reached"]).all()
    harm = chosen["effect_stay_longer"]
    assert harm.min() < 0 < harm.max()
    assert harm.mean() < 0

    write_months(tmp_path / "out", MONTHS, customers=4000, seed=3, assigned=assigned)
    after = _outcomes(tmp_path, month)
    answers = answered.set_index(chosen["id"])["declined"].reindex(after.index)
    assert (after[answers.notna()] == answers.dropna().astype(bool)).all()
    plain, treated = (
        [
            pd.read_csv(out / "out" / m / "money.csv", sep=";", decimal=",").set_index("id")["Прибыль"]
            for m in MONTHS[1:3]
        ]
        for out in (shop, tmp_path)
    )
    assert treated[0].equals(plain[0])
    both = pd.concat([plain[1], treated[1]], axis=1, join="inner").set_axis(["plain", "treated"], axis=1)
    changed = both.index[both["plain"] != both["treated"]]
    sent = set(chosen["id"][arm == "contacted"])
    assert len(changed) > 30
    assert set(changed) <= sent


def test_the_sample_has_four_learnt_months_two_waiting_and_one_to_act_on(tmp_path: Path) -> None:
    write_sample(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == name_months("2026-03", 7)
    assert [path.parent.name for path in sorted(tmp_path.rglob("outcomes.csv"))] == name_months("2026-03", 4)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda out: write_months(out, MONTHS, customers=99, seed=0), "at least 100"),
        (lambda out: write_months(out, MONTHS, customers=100, seed=0, truth=out / "truth"), "outside"),
        (
            lambda out: write_months(out, MONTHS, customers=100, seed=0, assigned=pd.DataFrame({"month": ["2027-01"]})),
            "2027-01",
        ),
        (lambda _: name_months("2026", 3), "no month"),
        (lambda _: choose_months("0@2026-03"), "no number of months"),
        (lambda _: choose_drift(f"relations@{MONTHS[1]}", MONTHS), "nearest is"),
        (lambda _: choose_drift("relation@2031-01", MONTHS), "2025-11 to 2026-04"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_no_file(call: Callable[[Path], object], said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=said):
        call(tmp_path / "shop")
    assert not (tmp_path / "shop").exists()


@pytest.mark.parametrize("content", ["", "id,offer\n1,x\n", '"', "a\n1,2\n3,4,5\n", None])
def test_a_file_of_no_campaign_is_not_answered(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "assigned.csv").write_text(content)
    remedy = f"name data/campaigns/<id>/assigned.csv of a launched campaign, not {tmp_path / 'assigned.csv'}."
    with pytest.raises(UserError, match=rf"^assigned\.csv is (missing|not what) .*: {re.escape(remedy)}$"):
        read_assigned([tmp_path / "assigned.csv"])
