"""Which column says who declined: named, clear, asked for or refused."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import yaml

from retention.adoption.adopt import Shop, adopt_shop
from retention.errors import UserError
from retention.tables.settings import TableSettings

from .shops import write_table


def _adopt(folder: Path, label: str | None = None, ask: Callable[[str, Sequence[str]], str] | None = None) -> Shop:
    return adopt_shop(folder, "my_shop", label, {}, ask)


def _tables(shop: Shop) -> TableSettings:
    return TableSettings.model_validate(yaml.safe_load(shop.files["my_shop/tables.yaml"]))


def _write_doubtful(folder: Path) -> None:
    """Write a table with three columns of two values, none of which speaks of decline."""
    rows = [[f"c{at}", at % 2, "ab"[at % 3 == 0], "yn"[at % 5 == 0], at % 17] for at in range(90)]
    write_table(folder, "a.csv", [["id", "one", "two", "three=3", "x"], *rows])


def test_a_doubtful_label_is_refused_with_every_call(tmp_path: Path) -> None:
    _write_doubtful(tmp_path)
    with pytest.raises(UserError) as caught:
        _adopt(tmp_path)
    for said in ('--label "one=1" (1: 45, 0: 45)', '--label "two=b" (a: 60, b: 30)', '--label "three=3=y"'):
        assert said in str(caught.value).replace("0: 45, 1: 45", "1: 45, 0: 45")


@pytest.mark.parametrize(("label", "declined"), [("two=b", 30), ("TWO=a", 60), ("three=3=n", 18), ("x=3", 6)])
def test_a_named_label_is_taken(tmp_path: Path, label: str, declined: int) -> None:
    _write_doubtful(tmp_path)
    assert "'1': " in (text := _adopt(tmp_path, label).files["my_shop/tables.yaml"])
    assert f"   # {declined}\n" in text.split("'1': ")[1].split("'0'")[0]


@pytest.mark.parametrize(("label", "said"), [("tow=b", "two"), ("two=c", "a: 60, b: 30"), ("two", "COLUMN=VALUE")])
def test_a_wrong_label_is_refused(tmp_path: Path, label: str, said: str) -> None:
    _write_doubtful(tmp_path)
    with pytest.raises(UserError, match=said):
        _adopt(tmp_path, label)


def test_a_label_with_slips_is_one_value(tmp_path: Path) -> None:
    said = ["Ушёл", "ушел ", "Остался", "Осталсяя"]
    rows = [[f"c{at}", said[0 if at % 2 else 2] if at > 2 else said[1 + 2 * (at % 2)], at % 17] for at in range(190)]
    write_table(tmp_path, "a.csv", [["id", "status", "x"], *rows])
    values = _tables(_adopt(tmp_path)).columns["declined"].values
    assert [(value.spellings, value.repairs) for value in values.values()] == [
        (("Ушёл",), ("ушел",)), (("Остался",), ("Осталсяя",)),
    ]  # fmt: skip


def test_a_status_of_a_few_values_may_be_the_label(tmp_path: Path) -> None:
    rows = [[f"c{at}", ["Churned", "Stayed", "Joined"][at % 3], at % 17] for at in range(90)]
    write_table(tmp_path, "a.csv", [["id", "Customer status", "x"], *rows])
    values = _tables(_adopt(tmp_path)).columns["declined"].values
    assert {key: value.spellings for key, value in values.items()} == {"1": ("Churned",), "0": ("Joined", "Stayed")}


def test_on_a_terminal_the_label_is_asked_for(tmp_path: Path) -> None:
    _write_doubtful(tmp_path)
    asked = []

    def ask(question: str, answers: Sequence[str]) -> str:
        asked.append(question)
        return answers[1]

    assert _tables(_adopt(tmp_path, ask=ask)).columns["declined"].label.en == "Two"
    assert asked == ["Which column says who declined?"]


def test_two_columns_that_speak_of_decline_differently_are_doubtful(tmp_path: Path) -> None:
    rows = [[f"c{at}", "yes" if at % 2 else "no", "yes" if at % 3 else "no", at % 7] for at in range(90)]
    write_table(tmp_path, "a.csv", [["id", "churned", "left us", "x"], *rows])
    with pytest.raises(UserError, match="not clear"):
        _adopt(tmp_path)


def test_what_repeats_the_label_is_a_leak(tmp_path: Path) -> None:
    people = [
        [f"c{at}", "yes" if at % 3 else "no", at % 3 and 1, f"cause {at % 2}" if at % 3 else ""] for at in range(90)
    ]
    rows = [[*person, at % 7] for at, person in enumerate(people)]
    write_table(tmp_path, "a.csv", [["id", "churned", "flag", "reason", "x"], *rows])
    shop = _adopt(tmp_path)
    assert list(_tables(shop).columns) == ["customer_id", "declined", "x"]
    assert shop.files["my_shop/tables.yaml"].count("a leak") == 2


def test_too_few_who_declined_make_no_leak(tmp_path: Path) -> None:
    rows = [[f"c{at}", "yes" if at % 50 == 0 else "no", at % 7, at % 11] for at in range(200)]
    write_table(tmp_path, "a.csv", [["id", "churned", "x", "y"], *rows])
    assert list(_tables(_adopt(tmp_path)).columns) == ["customer_id", "declined", "x", "y"]


def _write_flags(folder: Path, *headers: str, said: str = "yes no") -> None:
    """Write a table with columns of two values, which all differ."""
    yes, no = said.split()
    rows = [
        [f"c{at}", *(yes if at % (3 + place) else no for place in range(len(headers))), at % 17] for at in range(90)
    ]
    write_table(folder, "a.csv", [["id", *headers, "x"], *rows])


@pytest.mark.parametrize(
    ("headers", "right"),
    [
        (("is_active", "left_review"), "is_active=no"),
        (("payment_declined", "is active"), "is active=no"),
        (("not_churned",), "not_churned=no"),
        (("Не ушёл", "Карта"), "Не ушёл=no"),
        (("Exited", "Stayed"), "Exited=yes"),
        (("left_review", "Partner"), "left_review=yes"),
    ],
)
def test_a_label_that_another_column_may_be_is_asked_for(tmp_path: Path, headers: tuple[str, ...], right: str) -> None:
    _write_flags(tmp_path, *headers)
    with pytest.raises(UserError, match=f'VALUE a decline: --label "{right}"'):
        _adopt(tmp_path)


@pytest.mark.parametrize(
    ("headers", "said", "right"),
    [
        (("churn_flag", "left_review", "Partner"), "1 0", "1"),
        (("Partner", "Клиент ушёл за квартал"), "да нет", "да"),
        (("status",), "Churned NotChurned", "Churned"),
        (("Client state",), "active inactive", "inactive"),
    ],
)
def test_a_label_that_is_clear_is_taken_and_marked(
    tmp_path: Path, headers: tuple[str, ...], said: str, right: str
) -> None:
    _write_flags(tmp_path, *headers, said=said)
    shop = _adopt(tmp_path)
    assert _tables(shop).columns["declined"].values["1"].spellings == (right,)
    assert "speaks of decline" in shop.files["my_shop/tables.yaml"]
