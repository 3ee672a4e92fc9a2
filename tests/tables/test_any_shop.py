"""A shop that is like no other: two months in one file, an ordered plan, cells that may be empty, no money."""

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from retention.errors import UserError
from retention.tables.customers import CustomerTable, read_customers
from retention.tables.roles import build_learnt_schema, list_roles
from retention.tables.settings import TableSettings

BACKENDS = ["pandas", "polars"]
LABEL = {"ru": "х", "en": "x"}
FILE = {"separator": ";", "decimal": ",", "encoding": "cp1251", "empty": ["", "-"]}
FILES = {
    "люди.txt": "№;ушёл;тариф;возраст\n007;да;дорогой;-\n08;нет;дешёвый;31,0\n9;нет;-;40\n",
    "звонки.txt": "№;месяц;мин\n9;май;3,5\n007;июнь;1\n007;май;\n08;май;2\n08;июнь;4\n9;июнь;5\n",
    "связь.txt": "№;смс\n08;есть\n007;нет\n9;есть\n",
}


def _name(**spelled: str) -> dict[str, Any]:
    return {key: {**LABEL, "spellings": [text]} for key, text in spelled.items()}


def _feature(kind: str, **more: Any) -> dict[str, Any]:
    return {"role": "feature", "kind": kind, "label": LABEL, **more}


SHOP: dict[str, Any] = {
    "ids": "text",
    "exports": {
        "customers": {
            **FILE,
            "file": "люди.txt",
            "headers": {"customer_id": "№", "declined": "ушёл", "plan": "тариф", "age": "возраст"},
        },
        "calls": {
            **FILE,
            "file": "звонки.txt",
            "headers": {"customer_id": "№", "month": "месяц", "value": "мин"},
            "months": {"calls_now": {"spellings": ["июнь"]}, "calls_before": {"spellings": ["май"]}},
        },
        "contact": {**FILE, "file": "связь.txt", "headers": {"customer_id": "№", "texts": "смс"}},
    },
    "columns": {
        "customer_id": {"role": "id", "label": LABEL},
        "declined": {"role": "label", "label": LABEL, "values": {"1": _name(a="да")["a"], "0": _name(a="нет")["a"]}},
        "calls_before": _feature("number", missing=True, series={"measure": "calls", "months_ago": 1}),
        "calls_now": _feature("number", missing=True, series={"measure": "calls", "months_ago": 0}),
        "plan": _feature("ordered", missing=True, values=_name(cheap="дешевый", dear="дорогой")),
        "age": _feature("number", missing=True, whole=True),
        "texts": {**_feature("boolean", values=_name(yes="есть", no="нет")), "role": "consent"},
    },
    "handling": {
        **dict.fromkeys(("cut_short", "unknown_label", "empty_value", "out_of_range", "missing_from_export"), "error"),
        **dict.fromkeys(("unknown_customer", "missing_month", "duplicate_month", "duplicate_id"), "error"),
        **dict.fromkeys(("twins", "inactive", "outlier"), "keep"),
        **{"inactive_columns": [], "outlier_columns": [], "outlier_quantile": 0.99, "outlier_ratio": 10},
    },
}
Read = Callable[..., CustomerTable]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def write_and_read(
        files: Mapping[str, str] = FILES, backend: str = "pandas", duplicate_month: str = "error", **columns: Any
    ) -> CustomerTable:
        for name, text in files.items():
            (tmp_path / name).write_bytes(text.encode("cp1251"))
        shop = copy.deepcopy(SHOP)
        for name, changes in columns.items():
            shop["columns"][name] |= changes
        shop["handling"]["duplicate_month"] = duplicate_month
        return read_customers(tmp_path, TableSettings.model_validate(shop), backend)

    return write_and_read


@pytest.mark.parametrize("backend", BACKENDS)
def test_any_exports_come_to_one_table(read: Read, backend: str) -> None:
    table = read(backend=backend)
    rows = [[None if cell != cell else cell for cell in row] for row in table.frame.to_numpy().tolist()]
    assert list(table.frame) == [
        *("customer_id", "declined", "calls_before", "calls_now", "plan", "age", "texts", "unit")
    ]
    assert rows == [
        ["007", 1, None, 1.0, "dear", None, "no", 0],
        ["08", 0, 2.0, 4.0, "cheap", 31.0, "yes", 1],
        ["9", 0, 3.5, 5.0, None, 40.0, "yes", 2],
    ]
    roles = list_roles(TableSettings.model_validate(SHOP).columns)
    assert build_learnt_schema(roles).find_problem(table.frame.assign(month="", stands_for=1)) == ""
    assert (roles.consent, roles.money, roles.series) == ("texts", False, {"calls": ("calls_before", "calls_now")})
    counted = {(item.code, item.column): (item.count, item.handling) for item in table.quality.findings}
    assert counted == {
        ("empty_value", "plan"): (1, "keep"),
        ("empty_value", "age"): (1, "keep"),
        ("empty_value", "calls_before"): (1, "keep"),
        ("repaired_label", "plan"): (1, "repair"),  # ё for е
    }


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_month_that_may_be_missing_is_empty_and_counted(read: Read, backend: str) -> None:
    table = read({**FILES, "звонки.txt": FILES["звонки.txt"].replace("08;июнь;4\n", "")}, backend)
    assert np.isnan(table.frame["calls_now"].tolist()[1])
    assert [
        (item.code, item.count, item.handling) for item in table.quality.findings if item.column == "calls_now"
    ] == [("missing_month", 1, "keep")]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_sum_of_nothing_but_empty_cells_stays_empty(read: Read, backend: str) -> None:
    calls = FILES["звонки.txt"] + "9;май;2\n9;июнь;\n08;май;\n007;май;\n"
    frame = read({**FILES, "звонки.txt": calls}, backend, "sum").frame
    assert frame["calls_before"].fillna(-1).tolist() == [-1, 2, 5.5]
    assert frame["calls_now"].tolist() == [1, 4, 5]
    frame = read({**FILES, "звонки.txt": FILES["звонки.txt"] + "9;май;2\n"}, backend, "sum").frame
    assert frame["calls_before"].fillna(-1).tolist() == [-1, 2, 5.5]


@pytest.mark.parametrize("backend", BACKENDS)
def test_equal_customers_with_the_same_empty_cells_are_twins(read: Read, backend: str) -> None:
    twin = {name: text + text.splitlines()[-1].replace("9;", "10;", 1) + "\n" for name, text in FILES.items()}
    twin["звонки.txt"] = FILES["звонки.txt"] + "10;июнь;5\n10;май;3,5\n"
    assert read(twin, backend).frame["unit"].tolist() == [0, 1, 2, 2]


@pytest.mark.parametrize("column", ["calls_before", "plan", "age"])
def test_a_cell_that_may_not_be_empty_is_refused(read: Read, column: str) -> None:
    with pytest.raises(UserError, match=r"empty cells: mend the export or set tables\.handling\.empty_value"):
        read(**{column: {"missing": False}})


def test_a_fraction_is_no_whole_number(read: Read) -> None:
    with pytest.raises(UserError, match=r"люди\.txt, row 3, column \"возраст\", customer 08: .*\(31\.5\)"):
        read({**FILES, "люди.txt": FILES["люди.txt"].replace("31,0", "31,5")})
