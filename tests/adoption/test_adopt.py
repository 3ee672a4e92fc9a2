"""Whole exports become settings; what is unclear is asked, refused or marked."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import typer
import yaml
from typer.testing import CliRunner

from retention.adoption.adopt import Shop, adopt_shop
from retention.adoption.lexicon import read_words
from retention.adoption.writing import check_name, write_shop, write_yaml
from retention.errors import UserError
from retention.intake.dating import tell_other_dates
from retention.settings import compose_params, read_settings
from retention.tables.customers import read_customers
from retention.tables.roles import list_roles
from retention.tables.settings import TableSettings
from retention.terminal.polite import choose

from .shops import write_orders_shop, write_plain_shop, write_table

NOTHING_NAMED = {"money": None, "consent": None, "favourite_category": None}


def _adopt(folder: Path) -> Shop:
    return adopt_shop(folder, "my_shop", None, NOTHING_NAMED, None)


def _tables(shop: Shop) -> TableSettings:
    return TableSettings.model_validate(yaml.safe_load(shop.files["my_shop/tables.yaml"]))


def _columns(shop: Shop) -> dict[str, tuple[str, str | None]]:
    return {name: (column.role, column.kind) for name, column in _tables(shop).columns.items()}


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("orders")
    write_orders_shop(folder)
    return folder


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain")
    write_plain_shop(folder)
    return folder


@pytest.fixture(scope="module")
def adopted(orders: Path, plain: Path) -> dict[str, Shop]:
    return {"orders": _adopt(orders), "plain": _adopt(plain)}


def test_a_log_of_orders_gives_its_months(adopted: dict[str, Shop]) -> None:
    tables = _tables(adopted["orders"])
    assert tables.ids == "text"
    assert (tables.handling.duplicate_month, tables.handling.missing_month) == ("sum", "zero")
    assert {name: (column.series.measure, column.series.months_ago)
            for name, column in tables.columns.items() if column.series} == {
        "summa_current": ("summa", 0), "summa_previous": ("summa", 1), "summa_before_previous": ("summa", 2),
        "summa_3_months_ago": ("summa", 3),
    }  # fmt: skip
    assert tables.columns["gorod"].values["kazan"].repairs == ("Казаннь",)
    assert tables.columns["declined"].values["1"].spellings == ("Ушёл",)
    assert "telefon" not in tables.columns and tables.columns["monthly_profit"].role == "money"


def test_a_plain_table_gives_kinds_and_missing_cells(adopted: dict[str, Shop]) -> None:
    shop = adopted["plain"]
    assert _columns(shop) == {
        "customer_id": ("id", None), "declined": ("label", None), "activity": ("feature", "ordered"),
        "age": ("feature", "number"), "logins": ("feature", "number"), "avg_rating": ("feature", "number"),
        "has_app": ("feature", "boolean"), "plan": ("feature", "category"),
    }  # fmt: skip
    columns = _tables(shop).columns
    assert list(columns["activity"].values) == ["low", "medium", "high"]
    assert [name for name, column in columns.items() if column.missing] == ["avg_rating"]


def test_several_measures_a_month_are_several_series(tmp_path: Path) -> None:
    people = [[f"00{at}", "да" if at % 3 else "нет", at % 11] for at in range(60)]
    write_table(tmp_path, "люди.csv", [["Код", "Отток", "Визиты"], *people], ";")
    months = [[f"00{at}", month, at % 13, at % 5] for at in range(60) for month in ("янв", "дек", "ноя")]
    write_table(tmp_path, "месяцы.csv", [["код", "Месяц", "Выручка", "Чеки"], *months], ";")
    tables = _tables(_adopt(tmp_path))
    assert {export.file for export in tables.exports.values()} == {"люди.csv", "месяцы.csv"}
    assert tables.exports["vyruchka"].months["vyruchka_before_previous"].spellings == ("ноя",)
    assert tables.exports["cheki"].months["cheki_current"].spellings == ("янв",)


def test_wide_months_are_a_series(tmp_path: Path) -> None:
    rows = [[at + 100, at % 2, at % 7, at % 11, at % 13] for at in range(60)]
    write_table(tmp_path, "a.csv", [["id", "churn", "spend_2026_05", "spend_2026_06", "spend_2026_04"], *rows])
    columns = _tables(_adopt(tmp_path)).columns
    assert {name: column.series.months_ago for name, column in columns.items() if column.series} == {
        "spend_previous": 1, "spend_current": 0, "spend_before_previous": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("months", "grown"),
    [
        (["spend_2026_05", "spend_2026_06", "spend_2026_07"], False),
        (["Выручка дек 2025", "Выручка янв 2026", "Выручка фев 2026"], True),
        (["Визиты 12.2025", "Визиты 01.2026", "Визиты 02.2026"], True),
        (["2026-01", "2026-02", "2026-03"], True),
        (["Jan 2026", "Feb 2026", "Mar 2026"], False),
    ],
)
def test_columns_of_dates_follow_the_months(tmp_path: Path, months: list[str], grown: bool) -> None:
    rows = [[at + 100, at % 2, at % 11, at % 13] for at in range(60)]
    write_table(tmp_path, "a.csv", [["id", "churn", *months[:2]], *rows])
    tables = _tables(_adopt(tmp_path))
    kept = months if grown else months[1:]
    write_table(tmp_path, "a.csv", [["id", "churn", *kept], *([*row, row[0]][: 2 + len(kept)] for row in rows)])
    table = read_customers(tmp_path, tables, "pandas")
    current, previous = (
        next(name for name, column in tables.columns.items() if column.series and column.series.months_ago == ago)
        for ago in (0, 1)
    )
    last = [row[0] if grown else row[3] for row in rows]
    assert table.frame[current].tolist() == last
    assert table.frame[previous].tolist() == [row[3 if grown else 2] for row in rows]
    unused = [finding.message.en for finding in table.quality.findings if finding.code == "extra_column"]
    assert [months[0] in message for message in unused] == [True] * grown


def test_roles_are_guessed_by_header_named_or_refused(tmp_path: Path) -> None:
    header = ["id", "churn", "Agrees to mail", "Preferred category", "Profit a month", "Other"]
    rows = [[f"k{at}", at % 2, "yes" if at % 3 else "no", "abc"[at % 3] * 3, at % 5, at % 7] for at in range(60)]
    write_table(tmp_path, "a.csv", [header, *rows])
    guessed = _adopt(tmp_path)
    assert guessed.files["my_shop/tables.yaml"].count("few whole numbers") == 1
    assert "# confirm; # confirm" not in guessed.files["my_shop/tables.yaml"]
    roles = {role: name for name, (role, _) in _columns(guessed).items()}
    assert (roles["consent"], roles["favourite_category"]) == ("agrees_to_mail", "preferred_category")
    named = adopt_shop(
        tmp_path, "my_shop", None, {"money": "other", "consent": "none", "favourite_category": None}, None
    )
    assert _tables(named).exports["customers"].headers["monthly_profit"] == "Other"
    assert "consent" not in {role for role, _ in _columns(named).values()}
    with pytest.raises(UserError, match="not a number"):
        adopt_shop(tmp_path, "my_shop", None, {"money": "Preferred category"}, None)


@pytest.mark.parametrize("made", ["orders", "plain"])
def test_the_settings_compose(made: str, adopted: dict[str, Shop], project: Path, tmp_path: Path) -> None:
    shop = adopted[made]
    shutil.copytree(project / "conf", tmp_path / "conf")
    write_shop(shop.files, tmp_path / "conf", "my_shop")
    compose_params(tmp_path / "conf", tmp_path / "params.yaml", ["shop=my_shop"])
    settings = read_settings(tmp_path / "params.yaml")
    assert settings.tables == _tables(shop)
    assert list(settings.offer) == ["personal_offer"]
    assert set(settings.reason) == {name for name, column in settings.tables.columns.items() if column.kind}


def test_nothing_is_overwritten_unasked_or_left_half_written(tmp_path: Path) -> None:
    conf = tmp_path / "conf"
    write_shop({"a.yaml": "1", "a/b.yaml": "2"}, conf, "a")
    with pytest.raises(UserError, match="--force"):
        check_name(conf, "a", force=False)
    check_name(conf, "a", force=True)
    with pytest.raises(OSError, match="no-such-folder"):
        write_shop({"a.yaml": "3", "a/no-such-folder/b.yaml": "4"}, conf, "a")
    assert sorted(path.name for path in (conf / "shop").rglob("*")) == ["a", "a.yaml", "b.yaml"]
    assert (conf / "shop" / "a.yaml").read_text() == "1"
    (conf / "shop" / ".a.killed" / "former").mkdir(parents=True)
    (conf / "shop" / ".a.yaml.swp").write_text("an editor's")
    write_shop({"a.yaml": "5"}, conf, "a")
    assert sorted(path.name for path in (conf / "shop").rglob("*")) == [".a.yaml.swp", "a", "a.yaml"]


@pytest.mark.parametrize("name", ["Shop", "../x", "", "1a", "a-b"])
def test_a_name_that_no_settings_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="--name"):
        check_name(tmp_path, name, force=False)


def test_the_verb_writes_and_says_what_to_do(plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from retention.cli import app

    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["adopt", str(plain), "--name", "mine"])
    assert done.exit_code == 0, done.output
    assert "`- shop: mine`" in done.output and (tmp_path / "conf" / "shop" / "mine" / "tables.yaml").exists()
    assert CliRunner().invoke(app, ["adopt", str(plain), "--name", "mine"]).exit_code == 1


def test_comments_stand_beside_and_texts_stay_texts() -> None:
    content = {"a": {"b": "${x}", "on": [1, "yes", ""]}, "c": "d: e # f"}
    text = write_yaml(content, {(): "above", ("a", "b"): "seen"})
    assert text.startswith("# above\n") and "# seen" in text
    assert yaml.safe_load(text) == {"a": {"b": "\\${x}", "on": [1, "yes", ""]}, "c": "d: e # f"}


def test_no_word_is_a_header_of_the_shops_here(project: Path) -> None:
    known = str(read_words())
    for file in (project / "conf" / "shop").glob("*/tables.yaml"):
        for export in yaml.safe_load(file.read_text(encoding="utf-8"))["exports"].values():
            assert not [header for header in export["headers"].values() if len(header) > 6 and header in known]


def test_dates_of_another_month_than_is_said_are_told(orders: Path, adopted: dict[str, Shop], tmp_path: Path) -> None:
    tables = _tables(adopted["orders"])
    assert tell_other_dates(orders, tables, "pandas", "2026-06") == []
    told = ["- заказы.csv: its latest date is of 2026-06, not of 2026-07"]
    assert tell_other_dates(orders, tables, "pandas", "2026-07") == told
    rows = [[at + 100, at % 2, at % 11, at % 13] for at in range(60)]
    write_table(tmp_path, "a.csv", [["id", "churn", "Визиты 11.2025", "Визиты 12.2025"], *rows])
    wide = _tables(_adopt(tmp_path))
    write_table(tmp_path, "a.csv", [["id", "churn", "Визиты 12.2025", "Визиты 01.2026"], *rows])
    assert tell_other_dates(tmp_path, wide, "pandas", "2026-01") == []
    told = ["- a.csv: its latest date of визиты is of 2026-01, not of 2025-12"]
    assert tell_other_dates(tmp_path, wide, "pandas", "2025-12") == told


@pytest.mark.parametrize(
    ("headers", "later", "order"),
    [
        (["orders 2026-05-15", "orders 2026-05-31"], None, None),
        (["01/01/2026", "02/01/2026", "03/01/2026"], ["02/01/2026", "03/01/2026", "04/01/2026"], "month_first"),
        (["spend 01/31/2026", "spend 02/28/2026"], ["spend 02/28/2026", "spend 03/31/2026"], "month_first"),
        (["ratio_1_2_10", "ratio_1_3_10"], None, None),
        (["visits_2026_05", "visits_2026_06", "promo_2026_05_01", "promo_2026_05_08"], None, "day_first"),
        (["spend 05.2026", "spend 06.2026"], ["spend 05.2026", "spend 06.2026", "spend 07.2026"], "day_first"),
    ],
)
def test_headers_of_dates_are_followed_where_each_tells_a_month_of_its_own(
    tmp_path: Path, headers: list[str], later: list[str] | None, order: str | None
) -> None:
    def write(names: list[str]) -> np.ndarray:
        cells = np.random.default_rng(len(names)).integers(1, 900, (60, len(names)))
        rows = [[at + 100, at % 2, *row] for at, row in enumerate(cells.tolist())]
        write_table(tmp_path, "a.csv", [["id", "churn", *names], *rows])
        return cells.sum(axis=0)

    write(headers)
    tables = _tables(_adopt(tmp_path))
    assert tables.exports["customers"].dates == order
    for names in (headers, later or headers):
        written = write(names)[-len(headers) :]  # the latest ones
        read = read_customers(tmp_path, tables, "pandas").frame[[*list_roles(tables.columns).numeric]]
        assert sorted(read.sum()) == sorted(written)


def test_a_measure_that_is_stale_is_named_and_a_label_of_later_is_not(tmp_path: Path) -> None:
    rows = [[at + 100, at % 2, at % 11, at % 13, at % 7, at % 5] for at in range(60)]
    names = ["spend_2026_04", "spend_2026_05", "visits_2026_05", "visits_2026_06"]
    write_table(tmp_path, "a.csv", [["id", "churn_2026_09", *names], *rows])
    tables = _tables(_adopt(tmp_path))
    told = ["- a.csv: its latest date of spend is of 2026-05, not of 2026-06"]
    assert tell_other_dates(tmp_path, tables, "pandas", "2026-06") == told


def test_a_log_is_added_up_by_month(orders: Path, adopted: dict[str, Shop]) -> None:
    frame = read_customers(orders, _tables(adopted["orders"]), "pandas").frame.set_index("customer_id")
    rows = [line.split(";") for line in (orders / "заказы.csv").read_text(encoding="cp1251").splitlines()[1:]]
    for month, column in (("06", "summa_current"), ("03", "summa_3_months_ago")):
        for customer in frame.index[:40]:
            own = [float(sum_.replace(",", ".")) for who, day, sum_ in rows if who == customer and day[3:5] == month]
            assert frame.loc[customer, column] == pytest.approx(sum(own))


def test_an_answer_is_a_number_of_those_listed() -> None:
    app = typer.Typer()
    app.command()(lambda: typer.echo(f"chosen: {choose('Which?', ['one', 'two'])}"))
    said = CliRunner().invoke(app, input="7\n2\n").output
    assert "  2. two" in said and said.endswith("chosen: two\n")


@pytest.mark.parametrize("is_wide", [True, False])
def test_absent_months_are_told(tmp_path: Path, is_wide: bool) -> None:
    months = ["2026-01", "2026-02", "2026-04"]
    wide = [f"spend {month}" for month in months] if is_wide else []
    people = [[f"c{at}", at % 2, *((at * 7 + place) % 11 for place in range(len(wide)))] for at in range(60)]
    write_table(tmp_path, "a.csv", [["id", "churn", *wide], *people])
    if not is_wide:
        rows = [[f"c{at}", month, at % 13] for at in range(60) for month in months]
        write_table(tmp_path, "b.csv", [["id", "month", "spend"], *rows])
    shop = _adopt(tmp_path)
    series = [(column.series.months_ago, column.label.en)
              for column in _tables(shop).columns.values() if column.series]  # fmt: skip
    assert sorted(series) == [(0, "Spend, this month"), (1, "Spend, two months ago"), (2, "Spend, 3 months ago")]
    assert shop.files["my_shop/tables.yaml"].count("later months are absent") == 2
    assert "60 of 60 customers can be used" in " ".join(shop.told)


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    rows = [[f"c{at}", at % 2, f"Name {at}", f"1,{at + 100}", at % 7] for at in range(60)]
    write_table(tmp_path, "a.txt", [["id", "churn", "full name", "income", "x"], *rows], "\t")
    told = " ".join(_adopt(tmp_path).told)
    assert 'a.txt: "full name" is left out: personal data' in told and "parting thousands" in told
