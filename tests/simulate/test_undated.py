from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder

from retention.errors import UserError
from retention.simulate import write_shop
from retention.simulate.customers import MARGINALS, PROFILES, compute_probability
from retention.simulate.undated import draw_columns

OFFERS = [
    "unpaid_discount",
    "favourite_deals",
    "stickers",
    "cross_category_discount",
    "appliance_news",
    "cheap_goods",
    "loyalty_discount",
    "stay_longer",
]
HEADERS = {
    "market_file.csv": "id,Покупательская активность,Тип сервиса,Разрешить сообщать,Маркет_актив_6_мес,"
    "Маркет_актив_тек_мес,Длительность,Акционные_покупки,Популярная_категория,"
    "Средний_просмотр_категорий_за_визит,Неоплаченные_продукты_штук_квартал,Ошибка_сервиса,Страниц_за_визит",
    "market_money.csv": "id,Период,Выручка",
    "market_time.csv": "id,Период,минут",
    "money.csv": "id;Прибыль",
}
DIGESTS = {  # what these arguments gave before there were months
    "market_file.csv": "5e9a6eb3ff93a47c539e932e7a69bc6cbb58fc9fca17ce1f1c6f2625dfdd578c",
    "market_money.csv": "aaa15dd3a03c498e7fbc14a3ecce3fdb13e2622212870f19180f9e96e58690f9",
    "market_time.csv": "10db87a9010951843e44ee006ab1c40938371df12f25d73b4550e28d578663a9",
    "money.csv": "a4c67f51fe0d86a3a5299b920e42ee86dbbb1fdd55f54422c53225870a720739",
    "truth.csv": "1b7c041f0785281c6247398ad22a9abad96a9d432036fc284f0a9f8250c80f02",
}
LABEL = "Покупательская активность"


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("shop")
    write_shop(out, customers=1300, seed=42, truth=out / "truth.csv")
    return out


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The labels and the truth of many customers; the inactive, chosen among the declined, left out."""
    out = tmp_path_factory.mktemp("many")
    write_shop(out, customers=40_000, seed=3, truth=out / "truth.parquet")
    market = pd.read_csv(out / "market_file.csv")
    joined = market.merge(pd.read_parquet(out / "truth.parquet"), on="id", validate="one_to_one")
    return joined[joined["Акционные_покупки"] > 0].reset_index(drop=True)


def _wide(shop: Path) -> pd.DataFrame:
    money = pd.read_csv(shop / "market_money.csv").pivot_table(index="id", columns="Период", values="Выручка")
    time = pd.read_csv(shop / "market_time.csv").pivot_table(index="id", columns="Период", values="минут")
    return pd.read_csv(shop / "market_file.csv").set_index("id").join(money).join(time.add_prefix("минут_"))


@pytest.mark.parametrize("name", HEADERS)
def test_a_file_has_the_header_the_line_ends_and_the_rows_of_the_real_one(shop: Path, name: str) -> None:
    content = (shop / name).read_bytes()
    lines = content.decode("utf-8").split("\r\n")
    assert lines[0] == HEADERS[name]
    assert lines[-1] == ""
    assert content.count(b"\n") == content.count(b"\r\n")
    assert len(lines) - 2 == 1300 * {"market_money.csv": 3, "market_time.csv": 2}.get(name, 1)


def test_values_are_spelled_as_in_the_real_files(shop: Path) -> None:
    text = pd.read_csv(shop / "market_file.csv", dtype=str)
    assert set(text[LABEL]) == {"Снизилась", "Прежний уровень"}
    assert set(text["Тип сервиса"]) == {"стандарт", "премиум", "стандартт"}
    assert set(text["Разрешить сообщать"]) == {"да", "нет"}
    assert text["Популярная_категория"].nunique() == 6
    assert "Косметика и аксесуары" in set(text["Популярная_категория"])
    assert text["Маркет_актив_6_мес"].str.fullmatch(r"\d\.\d").all()
    assert text["Акционные_покупки"].str.fullmatch(r"0\.(0|\d?[1-9])").all()
    money = pd.read_csv(shop / "market_money.csv", dtype=str)
    assert money["Выручка"].str.fullmatch(r"\d+\.\d").all()
    profit = pd.read_csv(shop / "money.csv", sep=";", dtype=str)["Прибыль"]
    assert profit.str.fullmatch(r"\d(,\d?[1-9])?").all()
    assert set(pd.read_csv(shop / "market_time.csv")["Период"]) == {"предыдцщий_месяц", "текущий_месяц"}


def test_months_come_in_every_order(shop: Path) -> None:
    money = pd.read_csv(shop / "market_money.csv")
    assert money.groupby("id", sort=False)["Период"].agg(" ".join).nunique() == 6
    assert not money.duplicated(["id", "Период"]).any()


def test_every_defect_is_there_as_often_as_promised(shop: Path) -> None:
    wide = _wide(shop)
    assert (wide["Тип сервиса"] == "стандартт").sum() == 10
    idle = (wide["предыдущий_месяц"] == 0) & (wide["препредыдущий_месяц"] == 0)
    assert idle.sum() == 3
    assert (wide["текущий_месяц"] > 0).all()
    assert (wide["текущий_месяц"] > 20_000).sum() == 1
    twins = wide.duplicated(keep=False)
    assert wide.duplicated().sum() == 11
    assert twins.sum() == 22
    profit = pd.read_csv(shop / "money.csv", sep=";", decimal=",").set_index("id")["Прибыль"]
    assert profit[twins].nunique() > 11


def test_defects_grow_with_the_shop_and_survive_in_the_smallest(tmp_path: Path) -> None:
    for customers, pairs, idle in ((100, 1, 1), (6500, 55, 15)):
        write_shop(tmp_path, customers=customers, seed=0, truth=None)
        wide = _wide(tmp_path)
        assert wide.duplicated().sum() == pairs
        assert (wide["предыдущий_месяц"] == 0).sum() == idle


def test_row_order_gives_the_label_away_but_not_wholly(shop: Path) -> None:
    declined = (pd.read_csv(shop / "market_file.csv")[LABEL] == "Снизилась").to_numpy()
    assert 0.95 < roc_auc_score(declined, -np.arange(len(declined))) < 1


def test_same_seed_same_bytes_and_another_seed_others(shop: Path, tmp_path: Path) -> None:
    write_shop(tmp_path / "again", customers=1300, seed=42, truth=None)
    write_shop(tmp_path / "other", customers=1300, seed=43, truth=None)
    assert _digests(shop) == DIGESTS
    assert _digests(tmp_path / "again") == {name: DIGESTS[name] for name in HEADERS}
    assert not set(_digests(tmp_path / "other").values()) & set(DIGESTS.values())


def test_labels_are_drawn_from_the_true_probability(many: pd.DataFrame) -> None:
    declined, probability = (many[LABEL] == "Снизилась").to_numpy(), many["true_probability"].to_numpy()
    edges = np.quantile(probability, np.linspace(0, 1, 21)[1:-1])
    group = np.searchsorted(edges, probability)
    for one in range(20):
        expected, deviation = probability[group == one], np.sqrt((probability * (1 - probability))[group == one].sum())
        assert abs(declined[group == one].sum() - expected.sum()) < 4 * deviation + 1


@pytest.mark.parametrize("known", [None, ["favourite_category", "tenure_days", "revenue_before_previous"]])
def test_the_true_probability_is_the_posterior_of_the_hidden_profile(known: list[str] | None) -> None:
    """Among customers alike in a column, as many have a declining profile as the probabilities say.

    Knowing only the columns that revenue and service depend on, their weaker signal must be weighed rightly too.
    """
    profile, columns = draw_columns(60_000, np.random.Generator(np.random.PCG64(8)))
    seen = {name: MARGINALS[name] for name in known or MARGINALS}
    probability = compute_probability(columns, seen)
    declines = np.array([one.declines for one in PROFILES])[profile]
    spent, before = (
        pd.qcut(columns[name], 10, labels=False) for name in ("revenue_previous", "revenue_before_previous")
    )
    groups = {name: columns[name] for name in {*seen, "premium"}}
    groups |= {"revenue_previous": 10 * columns["favourite_category"] + spent, "revenue_before_previous": before}
    groups |= {"tenure_days": 2 * (columns["tenure_days"] // 100) + columns["premium"]}
    for name, group in groups.items():
        for value, rows in pd.Series(group).groupby(group).indices.items():
            deviation = np.sqrt((probability * (1 - probability))[rows].sum())
            assert abs(declines[rows].sum() - probability[rows].sum()) < 4 * deviation + 1, (name, value)


def test_effects_reduce_a_probability_and_some_differ_between_customers(shop: Path) -> None:
    truth = pd.read_csv(shop / "truth.csv")
    assert list(truth.columns) == ["id", "true_probability", *[f"effect_{key}" for key in OFFERS], "campaign_draw"]
    assert truth["id"].tolist() == pd.read_csv(shop / "market_file.csv")["id"].tolist()
    share = truth[[f"effect_{key}" for key in OFFERS]].div(truth["true_probability"], axis=0)
    assert ((share >= 0) & (share < 0.5)).all(axis=None)
    assert share["effect_loyalty_discount"].mean() == pytest.approx(0.12, abs=0.01)
    promo = pd.read_csv(shop / "market_file.csv")["Акционные_покупки"] > 0.5
    stickers = share["effect_stickers"]
    assert stickers[promo].mean() > 3 * stickers[~promo].mean()


def test_a_campaign_follows_the_effects(many: pd.DataFrame) -> None:
    saved = (many["campaign_draw"] < many["true_probability"]).sum() - (
        many["campaign_draw"] < many["true_probability"] - many["effect_loyalty_discount"]
    ).sum()
    assert saved == pytest.approx(many["effect_loyalty_discount"].sum(), rel=0.1)


def test_the_signal_is_as_strong_as_the_real_one(shop: Path) -> None:
    """The recipe of study B scores 0.901 on the real tables."""
    wide = _wide(shop).drop_duplicates()
    declined, columns = (wide[LABEL] == "Снизилась").to_numpy(), wide.drop(columns=LABEL)
    words = columns.select_dtypes("str").columns.tolist()
    scores = []
    for seed in range(5):
        train, test, of_train, of_test = train_test_split(
            columns, declined, test_size=0.25, stratify=declined, random_state=seed
        )
        encode = make_column_transformer((OneHotEncoder(), words), remainder=MinMaxScaler())
        model = make_pipeline(encode, LogisticRegression(C=5, max_iter=5000)).fit(train, of_train)
        scores.append(roc_auc_score(of_test, model.decision_function(test)))
    assert 0.87 < np.mean(scores) < 0.93


def test_a_wish_that_cannot_be_met_is_one_sentence_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="at least 100"):
        write_shop(tmp_path / "shop", customers=99, seed=0, truth=None)
    with pytest.raises(UserError, match=r"\.csv or \.parquet"):
        write_shop(tmp_path / "shop", customers=100, seed=0, truth=tmp_path / "truth.xlsx")
    assert not (tmp_path / "shop").exists()
