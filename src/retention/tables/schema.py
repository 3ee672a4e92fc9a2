"""How a shop's exports look and what is done with their defects: the settings section ``tables``."""

import codecs
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from retention.errors import name_nearest
from retention.strict import Strict, Text
from retention.tables.columns import CATEGORICAL, EXPORTED, ID, LABELS, NUMBERS, TARGET

MAIN = "customers"
"""The export that says who the customers are, and in which order."""
MONTH, VALUE = "month", "value"
"""What a monthly export has instead of canonical columns."""

_NO_TEXT = ("idna", "punycode", "raw-unicode-escape", "unicode-escape")


def _wrong(sentence: str) -> PydanticCustomError:
    # Braces would be read as a template.
    return PydanticCustomError("tables", "{sentence}", {"sentence": sentence})


class Spelled(Strict):
    """How one thing is spelled in an export.

    Parameters
    ----------
    spellings : tuple of str
        The spellings that are right.
    repairs : tuple of str
        The spellings that are wrong, but known: they are read all the same, and counted.
    """

    spellings: tuple[str, ...] = Field(min_length=1)
    repairs: tuple[str, ...] = ()


class Value(Text, Spelled):
    """A value of a categorical column: its label in two languages and its spellings in the export."""


class Column(Strict):
    """A canonical column.

    Parameters
    ----------
    label : Text
        Its name for people.
    unit : Text, optional
        What its numbers count.
    low, high : float, optional
        The range that is possible; a number outside is handled as `Handling.out_of_range` says.
    values : mapping of str to Value
        The keys of a categorical column.
    """

    label: Text
    unit: Text | None = None
    low: float | None = None
    high: float | None = None
    values: dict[str, Value] = Field(default_factory=dict)

    @field_validator("values")
    @classmethod
    def _each_spelling_once(cls, values: dict[str, Value]) -> dict[str, Value]:
        _check_spellings(values)
        return values

    @model_validator(mode="after")
    def _range(self) -> Self:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise _wrong(f"low ({self.low:g}) is above high ({self.high:g})")
        return self


class Export(Strict):
    """One file of the exports.

    Parameters
    ----------
    file : str
        Its name in the folder of exports.
    separator, decimal, encoding : str
        How it is written.
    empty : tuple of str
        What stands where there is no value.
    headers : mapping of str to str
        Canonical column to header; a monthly export has ``customer_id``, ``month`` and ``value``.
    months : mapping of str to Spelled, optional
        For an export with a row a month: canonical column to the spellings of its period.
    ignored_months : tuple of str
        Periods that the export has and nothing needs.
    """

    file: str = Field(pattern=r"^[^/\\]+$")
    separator: str = Field(min_length=1, max_length=1)
    decimal: Literal[".", ","]
    encoding: str
    empty: tuple[str, ...]
    headers: dict[str, str]
    months: dict[str, Spelled] = Field(default_factory=dict)
    ignored_months: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The canonical columns that it gives, without the id."""
        return tuple(self.months or (name for name in self.headers if name != ID))

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        try:
            "".encode(encoding)  # which refuses what turns bytes into bytes, such as hex
        except (LookupError, ValueError):
            raise _wrong("there is no encoding of this name that gives text (try utf-8 or cp1251)") from None
        if codecs.lookup(encoding).name in _NO_TEXT:
            raise _wrong("this is an encoding of host names or program text, not of tables (try utf-8 or cp1251)")
        return encoding

    @field_validator("headers")
    @classmethod
    def _each_header_once(cls, headers: dict[str, str]) -> dict[str, str]:
        for header, count in Counter(headers.values()).items():
            if count > 1:
                raise _wrong(f'the header "{header}" stands for {count} columns')
        return headers

    @field_validator("months")
    @classmethod
    def _each_month_once(cls, months: dict[str, Spelled]) -> dict[str, Spelled]:
        _check_spellings(months)
        return months

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.separator == self.decimal:
            raise _wrong(f'separator and decimal are both "{self.separator}"')
        if self.months and set(self.headers) != {ID, MONTH, VALUE}:
            raise _wrong(f"with months, headers must have just {ID}, {MONTH} and {VALUE}")
        if ID not in self.headers:
            raise _wrong(f"headers must have {ID}")
        return self


class Handling(Strict):
    """What is done with what is found; ``error`` stops, everything else is counted and goes on."""

    cut_short: Literal["error", "keep"]
    unknown_label: Literal["error", "quarantine"]
    empty_value: Literal["quarantine", "error"]
    out_of_range: Literal["quarantine", "error"]
    missing_from_export: Literal["quarantine", "error"]
    unknown_customer: Literal["quarantine", "error"]
    missing_month: Literal["quarantine", "zero", "error"]
    duplicate_month: Literal["quarantine", "sum", "first", "error"]
    duplicate_id: Literal["quarantine", "first", "error"]
    twins: Literal["keep", "drop_second"]
    inactive: Literal["exclude", "keep"]
    inactive_columns: tuple[str, ...]
    outlier: Literal["exclude", "keep"]
    outlier_columns: tuple[str, ...]
    outlier_quantile: float = Field(gt=0.5, lt=1)
    outlier_ratio: float = Field(gt=1)

    @field_validator("inactive_columns", "outlier_columns")
    @classmethod
    def _known_columns(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        _check_known(names, NUMBERS, "numeric column")
        return names


class TableSettings(Strict):
    """The section ``tables``.

    Parameters
    ----------
    ids : str
        ``integer`` or ``text``.
    exports : mapping of str to Export
        The files; `MAIN` must be among them.
    columns : mapping of str to Column
        Every canonical column of `EXPORTED`.
    handling : Handling
        What is done with defects.
    """

    ids: Literal["integer", "text"]
    exports: dict[str, Export]
    columns: dict[str, Column]
    handling: Handling

    @field_validator("exports")
    @classmethod
    def _each_column_from_one_export(cls, exports: dict[str, Export]) -> dict[str, Export]:
        if MAIN not in exports or exports[MAIN].months:
            raise _wrong(f"there must be an export {MAIN} with a row a customer")
        given = [name for export in exports.values() for name in export.columns]
        _check_known(given, EXPORTED, "canonical column")
        _check_counts(given, "comes from {count} exports; it must come from one")
        _check_counts([export.file for export in exports.values()], "is the file of {count} exports")
        lacking = [name for name in EXPORTED[1:] if name not in given]
        if lacking:
            raise _wrong(f"no export gives {', '.join(lacking)}")
        return exports

    @field_validator("columns")
    @classmethod
    def _each_column_described(cls, columns: dict[str, Column]) -> dict[str, Column]:
        _check_known(columns, EXPORTED, "canonical column")
        for name in EXPORTED:
            if name not in columns:
                raise _wrong(f"{name} is not described")
            count = len(columns[name].values)
            if count < 2 if name in LABELS else count:
                raise _wrong(f"{name} must have {'two values or more' if name in LABELS else 'no values'}")
        for name, keys in ((TARGET, {"0", "1"}), ("accepts_messages", {"yes", "no"})):
            if set(columns[name].values) != keys:
                raise _wrong(f"the values of {name} must be {' and '.join(sorted(keys))}")
        return columns


def _check_known(names: Iterable[str], known: Iterable[str], what: str) -> None:
    for name in names:
        if name not in set(known):
            raise _wrong(f"there is no {what} {name}{name_nearest(name, known)}")


def _check_counts(names: Iterable[str], sentence: str) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise _wrong(f"{name} {sentence.format(count=count)}")


def _check_spellings(values: Mapping[str, Spelled]) -> None:
    spellings = [text for value in values.values() for text in (*value.spellings, *value.repairs)]
    _check_counts([f'the spelling "{text}"' for text in spellings], "is listed {count} times")


def list_categories(columns: Mapping[str, Column]) -> dict[str, Mapping[str, Text]]:
    """Return how each value of each categorical column is said."""
    return {name: columns[name].values for name in CATEGORICAL}
