"""Reasons in words, numbers as each language writes them, and cells no spreadsheet runs."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats

from retention.audience.declared import Wording
from retention.audience.offers.reasons import (
    REASONS,
    Rates,
    Usual,
    compute_usual,
    find_reasons,
    rank_reasons,
    say_number,
)
from retention.audience.segments.rules import SegmentRules
from retention.estimate import Estimate
from retention.files import read_artifact, read_table, write_table
from retention.numbers import choose_form, format_number
from retention.paths import Paths
from retention.settings import read_settings
from retention.strict import Text
from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.roles import ColumnRoles


@pytest.fixture(scope="session")
def wordings(project: Path) -> dict[str, Wording]:
    content = yaml.safe_load((project / "conf" / "shop" / "one_click" / "reasons.yaml").read_text(encoding="utf-8"))
    return {name: Wording.model_validate(wording) for name, wording in content.items()}


@pytest.mark.parametrize(
    ("value", "decimals", "percent", "ru", "en"),
    [
        (4.0, 1, False, "4", "4"),
        (4.26, 1, False, "4,3", "4.3"),
        (5238.4, 0, False, "5\u00a0238", "5,238"),
        (0.935, 0, True, "94\u00a0%", "94%"),
        (-0.2, 1, False, "\u22120,2", "\u22120.2"),
        (-0.01, 1, False, "0", "0"),
    ],
)
def test_numbers(value, decimals, percent, ru, en) -> None:
    assert format_number(value, decimals, "ru", percent=percent) == ru
    assert format_number(value, decimals, "en", percent=percent) == en


@pytest.mark.parametrize(
    ("shown", "form"),
    [
        *[("1", 0), ("21", 0), ("1\u00a0001", 0), ("2", 1), ("4", 1), ("4,5", 1)],
        *[("0", 2), ("5", 2), ("11", 2), ("14", 2), ("112", 2), ("1\u00a0011", 2)],
    ],
)
def test_russian_forms(shown, form) -> None:
    assert choose_form(shown, ["страницу", "страницы", "страниц"], "ru") == ["страницу", "страницы", "страниц"][form]


@pytest.mark.parametrize(
    ("value", "median", "ru", "en"),
    [
        (4, 9, "смотрит 4 страницы за визит; у половины клиентов — 9 и больше",
               "views 4 pages a visit; half of all customers: 9 or more"),
        (1, 9.5, "смотрит 1 страницу за визит; у половины клиентов — 9 и больше",
                 "views 1 page a visit; half of all customers: 9 or more"),
        (12, 9.5, "смотрит 12 страниц за визит; у половины клиентов — 10 и меньше",
                  "views 12 pages a visit; half of all customers: 10 or less"),
    ],
)  # fmt: skip
def test_a_number_is_said_beside_the_other_half(wordings, value, median, ru, en) -> None:
    pages = wordings["pages_per_visit"]
    assert (say_number(value, median, pages, "ru"), say_number(value, median, pages, "en")) == (ru, en)


def test_only_values_that_speak_for_decline_are_reasons(customers, wordings) -> None:
    shop = customers(4).assign(pages_per_visit=[4.0, 4.0, 12.0, 9.3], tenure_days=[600, 100, 600, 400])
    shop["service_level"] = ["standard", "premium", "rare", "standard"]
    rates = {"standard": Estimate(value=0.6, low=0.5, high=0.7), "premium": Estimate(value=0.5, low=0.35, high=0.6)}
    own = {"premium": Estimate(value=0.7, low=0.6, high=0.8)}
    usual = Usual(
        medians={"pages_per_visit": 9.4, "tenure_days": 400.0},
        directions={"pages_per_visit": -1, "tenure_days": 0},
        rates=tuple(Rates(overall=0.4, by_category={"service_level": known}) for known in (rates, own)),
    )
    parts = pd.DataFrame({"pages_per_visit": 0.1, "tenure_days": 0.2, "service_level": 0.3}, index=range(4))
    parts.loc[1, "tenure_days"] = -0.2
    fold = np.array([0, 1, 0, 1])
    rank = rank_reasons(shop, parts, fold, usual, wordings)
    assert rank.to_numpy().tolist() == [[3, 2, 1], [2, 0, 1], [0, 1, 0], [0, 0, 0]]
    found = find_reasons(shop, parts, fold, usual, wordings, {}, "en")
    assert (found[[*REASONS]] != "").sum(axis=1).tolist() == [
        3,
        2,
        1,
        0,
    ]
    said = "has the premium service level: activity drops for 70% of such customers, 40% on average"
    assert found["internal_reason_1"][1] == said
    assert found["internal_reason_1_actionable"].tolist() == ["yes", "yes", "no", ""]
    assert found["internal_reason_2_actionable"].tolist() == ["no", "yes", "", ""]


def test_rates_are_those_of_training_customers_outside_the_fold(customers, roles) -> None:
    shop, fold = customers(90), np.arange(90) % 3
    directions = {**dict.fromkeys(roles.numeric, 0), **dict.fromkeys(roles.categorical)}
    usual = compute_usual(shop, fold, directions, 5, 0.95)
    assert set(usual.medians) == set(roles.numeric)
    for number, rates in enumerate(usual.rates):
        known = shop[(fold > 0) & (fold != number)]
        assert rates.overall == pytest.approx(known["declined"].mean())
        for name in roles.categorical:
            sizes = known[name].value_counts()
            assert set(rates.by_category[name]) == set(sizes.index[sizes >= 5])
            for key, rate in rates.by_category[name].items():
                assert rate.value == pytest.approx(known.loc[known[name] == key, "declined"].mean())


def test_months_of_a_customer_do_not_make_a_rate_surer(customers, roles) -> None:
    shop, directions = customers(90), dict.fromkeys(roles.categorical)
    once, twice = (
        compute_usual(rows, np.arange(len(rows)) % 90 % 3, directions, least, 0.95)
        for rows, least in ((shop, 5), (pd.concat([shop, shop], ignore_index=True), 10))
    )
    for one, other in zip(once.rates, twice.rates, strict=True):
        for name in roles.categorical:
            ends = ([(rate.low, rate.high) for rate in rates.by_category[name].values()] for rates in (one, other))
            np.testing.assert_allclose(*ends, atol=1e-9)


def test_every_reason_of_a_small_run_holds(small_run: Paths, roles: ColumnRoles) -> None:
    """By brute force over all customers: what each sentence says is counted in the tables."""
    settings = read_settings(small_run.params)
    shop, known = pd.read_parquet(small_run.customers), pd.read_parquet(small_run.learnt_probabilities)
    attributions = pd.read_parquet(small_run.attributions)
    importance = json.loads(small_run.explanation.read_text(encoding="utf-8"))["importance"]
    direction = {row["column"]: row["direction"] for row in importance}
    usual = read_artifact(small_run.segment_rules, SegmentRules).usual
    fold = known["fold"].to_numpy()
    given = (shop, attributions[[*roles.names]], fold, usual, settings.reason)
    rank, told = rank_reasons(*given), find_reasons(*given, {}, "en")
    reasons = [
        list(zip(rank.iloc[row][rank.iloc[row] > 0].sort_values().index, own, strict=False))
        for row, own in enumerate(told[[*REASONS]].to_numpy())
    ]
    assert (told.iloc[:, :3] != "").sum(axis=1).tolist() == [len(own) for own in reasons]
    said = {column for own in reasons for column, _ in own}
    assert len(said) > 5 and said & set(roles.categorical)
    for row, own in enumerate(reasons):
        outside = known[(known["part"] == "train") & (known["fold"] != fold[row])]
        overall = outside["declined"].mean()
        pushes = [attributions[name].iloc[row] for name, _ in own]
        assert len(own) <= 3 and pushes == sorted(pushes, reverse=True) and all(push > 0 for push in pushes)
        for name, text in own:
            column, value = shop[name], shop[name].iloc[row]
            if name in roles.categorical:
                alike = outside["declined"][column[outside.index] == value]
                low = proportion_interval(alike.sum(), len(alike)).low
                assert low > overall, text
                shown = re.findall(r"(\d+)%", text)
                assert shown == [f"{100 * rate:.0f}" for rate in (alike.mean(), overall)]
                continue
            side = np.sign(value - column.median())
            assert side == (direction[name] or side) != 0, text
            number = float(re.findall(r"([\d,.]+)%? or", text)[0].replace(",", ""))
            other = column * (100 if settings.reason[name].percent else 1)
            beyond = other >= number if text.endswith("more") else other <= number
            assert text.endswith("more") == (side < 0) and beyond.mean() >= 0.5, text


def proportion_interval(count: int, total: int) -> Any:
    return stats.binomtest(int(count), total).proportion_ci(0.95, method="wilson")


def test_the_list_opens_as_it_was_written(tmp_path) -> None:
    told = ['смотрит «4», "мало"', "+1\n=2", "детям; -1"]
    table = pd.DataFrame({"customer_id": ["007", "=cmd|'/c calc'!A0"], "money": [0.25, -1234.5], "says": told[:2]})
    schema = TableSchema("", {name: ColumnSchema(kind, "") for name, kind in KINDS.items()})
    parsed = []
    for dialect in ("comma", "semicolon"):
        write_table(tmp_path / f"{dialect}.csv", table, schema, dialect)
        raw = (tmp_path / f"{dialect}.csv").read_bytes()
        assert raw.startswith("\N{ZERO WIDTH NO-BREAK SPACE}".encode())
        separator, point = {"comma": ",.", "semicolon": ";,"}[dialect]
        rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter=separator))
        assert rows[1] == ["007", f"0{point}25", told[0]]
        assert rows[2] == ["'=cmd|'/c calc'!A0", f"-1234{point}5", "'+1 =2"]
        parsed.append(read_table(tmp_path / f"{dialect}.csv", schema))
    pd.testing.assert_frame_equal(*parsed)
    assert parsed[0]["money"].tolist() == [0.25, -1234.5] and parsed[0]["customer_id"][0] == "007"


KINDS = {"customer_id": "text", "money": "number", "says": "text"}


@pytest.mark.parametrize(("total", "said"), [(None, "3 %"), (9000, "3 %"), (13000, "5 %"), (1e5, "7 %")])
def test_a_level_is_the_highest_that_the_sum_reaches(composed, total, said) -> None:
    shop = pd.DataFrame({name: [total, 0.0] for name in composed.offer["loyalty_discount"].parameter.columns[:1]})
    shop = shop.assign(**dict.fromkeys(composed.offer["loyalty_discount"].parameter.columns[1:], 0.0)).astype(float)
    words, codes = composed.offer["loyalty_discount"].parameter.fill(shop, {}, "ru")
    assert words == [said, "3 %"] and codes == [said.replace(" ", ""), "3%"]


def test_a_category_is_named_and_an_unknown_one_is_not_left_empty(composed) -> None:
    parameter = composed.offer["favourite_deals"].parameter
    shop = pd.DataFrame({"favourite_category": ["kitchenware", None]})
    labels = {"favourite_category": {"kitchenware": Text(ru="Кухонная посуда", en="Kitchenware")}}
    words, codes = parameter.fill(shop, labels, "ru")
    assert words == ["Кухонная посуда", "Все категории"] and codes == ["kitchenware", "All categories"]
