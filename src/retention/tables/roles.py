"""What every later stage must know of a shop's columns: their kinds and their roles, never their names."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from retention.strict import Strict
from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import ID, MONTH, PROFIT, STANDS_FOR, TARGET, UNIT

if TYPE_CHECKING:
    from retention.tables.schema import Column

FeatureKind = Literal["number", "category", "boolean", "ordered"]
"""What the cells of a feature are; all but a number are keys of its declared values."""
Role = Literal["id", "label", "money", "consent", "favourite_category", "feature"]
"""What a column is there for; consent and the favourite category are features as well."""


class ColumnRoles(Strict):
    """``columns.json``: what the columns of the customer table are, whatever the shop calls them."""

    features: dict[str, FeatureKind]  # the kind of each feature, in the order of the customer table
    orders: dict[str, tuple[str, ...]]  # the keys of each ordered feature, from low to high
    missing: tuple[str, ...]  # the features whose cells may be empty
    money: bool  # whether the table has a customer's profit a month
    consent: str | None  # the boolean feature that says whether a customer may be contacted; without it everyone may be
    favourite_category: str | None  # the feature that says which goods a customer likes most
    series: dict[str, tuple[str, ...]]  # by measure, the features that hold it month by month, the oldest first

    @property
    def names(self) -> tuple[str, ...]:
        """All features."""
        return tuple(self.features)

    @property
    def numeric(self) -> tuple[str, ...]:
        """The features whose cells are numbers."""
        return tuple(name for name, kind in self.features.items() if kind == "number")

    @property
    def categorical(self) -> tuple[str, ...]:
        """The features whose cells are keys: categories, booleans and ordered ones."""
        return tuple(name for name, kind in self.features.items() if kind != "number")


def list_roles(columns: Mapping[str, "Column"]) -> ColumnRoles:
    """Return the roles of the columns that the settings declare."""
    features = {name: column for name, column in columns.items() if column.kind}
    measures: dict[str, dict[int, str]] = {}
    for name, column in features.items():
        if column.series:
            measures.setdefault(column.series.measure, {})[column.series.months_ago] = name
    return ColumnRoles(
        features={name: column.kind for name, column in features.items() if column.kind},
        orders={name: tuple(column.values) for name, column in features.items() if column.kind == "ordered"},
        missing=tuple(name for name, column in features.items() if column.missing),
        money=any(column.role == "money" for column in columns.values()),
        consent=_find_role(columns, "consent"),
        favourite_category=_find_role(columns, "favourite_category"),
        series={
            measure: tuple(months[ago] for ago in sorted(months, reverse=True)) for measure, months in measures.items()
        },
    )


def _find_role(columns: Mapping[str, "Column"], role: Role) -> str | None:
    return next((name for name, column in columns.items() if column.role == role), None)


_DECLARED = "As declared in the shop's `tables.columns`."


def build_customers_schema(roles: ColumnRoles) -> TableSchema:
    """Return what the table of the customers acted on holds."""
    return TableSchema(
        rows="a kept customer of the month acted on, in the order of the main export; a cell is empty only where its "
        "column may be",
        columns={ID: ColumnSchema("id", _DECLARED), **_describe_columns(roles)},
    )


def build_learnt_schema(roles: ColumnRoles) -> TableSchema:
    """Return what the table of the customer-months that are learnt from holds."""
    label = ColumnSchema("integer", "1 where the customer declined.")
    return TableSchema(
        rows="a kept customer in a month whose labels have matured, month after month in the order of the main export",
        columns={
            MONTH: ColumnSchema("text", "The month, as `2026-06`; empty where the exports are undated."),
            ID: ColumnSchema("id", _DECLARED),
            TARGET: label,
            **_describe_columns(roles),
            STANDS_FOR: ColumnSchema(
                "integer",
                "0 if a campaign of the month contacted the customer; if it left the customer alone, 1 over the chance "
                "of that, rounded; else 1. Models are judged by rows so weighted.",
            ),
        },
    )


def _describe_columns(roles: ColumnRoles) -> dict[str, ColumnSchema]:
    features = {
        name: ColumnSchema("number" if kind == "number" else "text", _DECLARED) for name, kind in roles.features.items()
    }
    money = {PROFIT: ColumnSchema("number", _DECLARED)} if roles.money else {}
    unit = ColumnSchema("integer", "Number of the group of rows of one customer, or equal in every feature.")
    return {**features, **money, UNIT: unit}
