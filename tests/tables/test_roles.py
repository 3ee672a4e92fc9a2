"""The roles of a shop's columns, from its settings alone."""

from typing import Any

import pandas as pd

from retention.tables.roles import build_customers_schema, list_roles
from retention.tables.settings import TableSettings


def test_roles_are_those_declared(declared: dict[str, Any]) -> None:
    roles = list_roles(TableSettings.model_validate(declared).columns)
    given = declared["columns"]
    assert roles.names == tuple(name for name in given if "kind" in given[name])
    assert set(roles.categorical) == {name for name in roles.names if "values" in given[name]}
    assert roles.numeric == tuple(name for name in roles.names if name not in roles.categorical)
    assert given[roles.consent]["role"] == "consent"
    assert given[roles.favourite_category]["role"] == "favourite_category"
    assert {name: len(columns) for name, columns in roles.series.items()} == {"revenue": 3, "minutes": 2}
    for measure, columns in roles.series.items():
        ago = [given[column]["series"] for column in columns]
        assert ago == [{"measure": measure, "months_ago": at} for at in reversed(range(len(columns)))]


def test_a_bare_shop_has_a_table_without_money() -> None:
    label = {"ru": "x", "en": "x"}
    values = {key: {**label, "spellings": [key]} for key in ("0", "1")}
    columns = {
        "customer_id": {"role": "id", "label": label},
        "declined": {"role": "label", "label": label, "values": values},
        "plan": {"role": "feature", "kind": "ordered", "missing": True, "label": label, "values": values},
    }
    file = {"separator": ",", "decimal": ".", "encoding": "utf-8", "empty": [""]}
    headers = {"customer_id": "id", "declined": "d", "plan": "p"}
    handling = dict.fromkeys(
        ("cut_short", "unknown_label", "empty_value", "out_of_range", "missing_from_export", "unknown_customer",
         "missing_month", "duplicate_month", "duplicate_id"), "error",
    )  # fmt: skip
    kept = dict.fromkeys(("twins", "inactive", "outlier"), "keep") | {"inactive_columns": [], "outlier_columns": []}
    settings = TableSettings.model_validate(
        {
            "ids": "text",
            "exports": {"customers": {**file, "file": "a.csv", "headers": headers}},
            "columns": columns,
            "handling": handling | kept | {"outlier_quantile": 0.99, "outlier_ratio": 10},
        }
    )
    roles = list_roles(settings.columns)
    assert (roles.money, roles.consent, roles.favourite_category, roles.series) == (False, None, None, {})
    assert (roles.orders, roles.missing) == ({"plan": ("0", "1")}, ("plan",))
    table = pd.DataFrame({"customer_id": ["a"], "plan": pd.Series([None], dtype="str"), "unit": [0]})
    assert build_customers_schema(roles).find_problem(table) == ""
