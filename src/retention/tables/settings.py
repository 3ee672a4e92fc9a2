"""How a shop's exports look and what is done with their defects: the settings section ``tables``."""

import codecs
import re
from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from retention.errors import name_nearest
from retention.strict import Strict
from retention.tables.columns import ID, PROBABILITY, PROFIT, STANDS_FOR, TARGET, UNIT
from retention.tables.schema import Column, Spelled, check_counts, check_spellings, say_wrong

MAIN = "customers"  # the export that says who the customers are, and in which order
MONTH, VALUE = "month", "value"  # what a monthly export has instead of canonical columns
# names that tables have beside the columns of a shop
RESERVED = (MONTH, VALUE, UNIT, STANDS_FOR, PROBABILITY, "line", "part", "base_value", "output")

DateOrder = Literal["day_first", "month_first"]
_NO_TEXT = ("idna", "punycode", "raw-unicode-escape", "unicode-escape")


class Export(Strict):
    """One file of the exports."""

    file: str = Field(pattern=r"^[^/\\]+$")  # its name in the folder of exports
    separator: str = Field(min_length=1, max_length=1)
    decimal: Literal[".", ","]
    encoding: str
    """How it is written."""
    empty: tuple[str, ...]  # what stands where there is no value
    thousands: Literal["", " ", ",", ".", "'"] = ""
    """What parts the thousands of its numbers; empty for nothing. A blank stands for any blank."""
    signs: tuple[str, ...] = ()  # what may stand before or behind its numbers and says nothing, such as ``₽`` or ``%``
    headers: dict[str, str]  # canonical column to header; a monthly export has ``customer_id``, ``month`` and ``value``
    months: Annotated[dict[str, Spelled], AfterValidator(check_spellings)] = Field(default_factory=dict)
    """For an export with a row a month: canonical column to the spellings of its period."""
    ignored_months: tuple[str, ...] = ()  # periods that the export has and nothing needs
    dates: DateOrder | None = None
    """For periods that are dates: which number of 05/06/2026 is the day. Periods are spelled then by how many months
    they lie before the latest one (``"0"``, ``"1"``); earlier ones than those spelled are not needed. For headers that
    tell dates: those of a file count as the declared ones that lie as long before the latest of what they measure."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The canonical columns that it gives, without the id."""
        return tuple(self.months or (name for name in self.headers if name != ID))

    @property
    def codec(self) -> str:
        """The encoding by its name in Python; UTF-8 has a byte order mark or none."""
        name = codecs.lookup(self.encoding).name
        return "utf-8-sig" if name == "utf-8" else name

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        try:
            "".encode(encoding)  # which refuses what turns bytes into bytes, such as hex
        except (LookupError, ValueError):
            raise say_wrong("there is no encoding of this name that gives text (try utf-8 or cp1251)") from None
        if codecs.lookup(encoding).name in _NO_TEXT:
            raise say_wrong("this is an encoding of host names or program text, not of tables (try utf-8 or cp1251)")
        return encoding

    @field_validator("headers")
    @classmethod
    def _each_header_once(cls, headers: dict[str, str]) -> dict[str, str]:
        check_counts([f'the header "{header}"' for header in headers.values()], "stands for {count} columns")
        return headers

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.separator == self.decimal:
            raise say_wrong(f'separator and decimal are both "{self.separator}"')
        if self.thousands == self.decimal:
            raise say_wrong(f'thousands and decimal are both "{self.decimal}"')
        if self.months and set(self.headers) != {ID, MONTH, VALUE}:
            raise say_wrong(f"with months, headers must have just {ID}, {MONTH} and {VALUE}")
        if ID not in self.headers:
            raise say_wrong(f"headers must have {ID}")
        spelled = [text for month in self.months.values() for text in month.spellings]
        if self.dates and not all(text.isdecimal() for text in spelled):
            raise say_wrong('with dates, months are spelled by how many months ago they are ("0", "1")')
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


class LabelSettings(Strict):
    """The section ``label``: when it is known what became of a customer."""

    months: int = Field(ge=1, le=36)  # after a month its labels mature
    absent: Literal["declined", "missing"]  # what a customer counts as who is gone by then
    treated: Literal["corrected", "left_out", "as_seen"]
    """What the label of a customer who was contacted teaches: what it would be without the offer, by the effect learnt;
    nothing, and those left alone count for them; or itself, which tells too little risk (decision 017)."""


class TableSettings(Strict):
    """The section ``tables``."""

    ids: Literal["integer", "text"]  # ``integer`` or ``text``
    exports: dict[str, Export]  # the files; `MAIN` must be among them
    columns: dict[str, Column]  # every canonical column, features in the order of the customer table
    handling: Handling  # what is done with defects

    @property
    def labelled_export(self) -> str:
        """The key of the export that gives the label."""
        return next(name for name, export in self.exports.items() if TARGET in export.columns)

    @field_validator("exports")
    @classmethod
    def _each_column_from_one_export(cls, exports: dict[str, Export]) -> dict[str, Export]:
        if MAIN not in exports or exports[MAIN].months:
            raise say_wrong(f"there must be an export {MAIN} with a row a customer")
        given = [name for export in exports.values() for name in export.columns]
        check_counts(given, "comes from {count} exports; it must come from one")
        alone = {export.file for export in exports.values() if not export.months}  # several measures may share a file
        files = [export.file for export in exports.values() if export.file in alone]
        check_counts(files, "is the file of {count} exports")
        return exports

    @field_validator("columns")
    @classmethod
    def _each_role(cls, columns: dict[str, Column]) -> dict[str, Column]:
        for name in columns:
            if name in RESERVED or not re.fullmatch("[a-z][a-z0-9_]*", name):
                raise say_wrong(
                    f"no column may be called {name}: take small letters of ASCII, digits and _, and none of "
                    f"{', '.join(RESERVED)}"
                )
        by_role: dict[str, list[str]] = {}
        for name, column in columns.items():
            by_role.setdefault(column.role, []).append(name)
        for role, name in (("id", ID), ("label", TARGET)):
            if by_role.get(role) != [name]:
                raise say_wrong(f"one column must have the role {role}, and its name must be {name}")
        if by_role.get("money", [PROFIT]) != [PROFIT]:
            raise say_wrong(f"the one column of the role money must have the name {PROFIT}")
        for role in ("consent", "favourite_category"):
            if len(names := by_role.get(role, [])) > 1:
                raise say_wrong(f"{' and '.join(names)} have the role {role}, which one column may have")
        if not any(column.kind for column in columns.values()):
            raise say_wrong("there is no feature")
        series = [column.series for column in columns.values() if column.series]
        check_counts([f"{one.measure}, {one.months_ago} months ago," for one in series], "is in {count} columns")
        for measure, count in Counter(one.measure for one in series).items():
            if max(one.months_ago for one in series if one.measure == measure) != count - 1:
                raise say_wrong(f"the months of {measure} must be 0, 1, … without a gap")
        return columns

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        described = [name for name in self.columns if name != ID]
        given = [name for export in self.exports.values() for name in export.columns]
        _check_known(given, described, "canonical column")
        lacking = [name for name in described if name not in given]
        if lacking:
            raise say_wrong(f"no export gives {', '.join(lacking)}")
        numbers = [name for name, column in self.columns.items() if column.is_number]
        for export in self.exports.values():
            _check_known(export.months, numbers, "numeric column")
        _check_known(self.handling.inactive_columns + self.handling.outlier_columns, numbers, "numeric column")
        return self


def _check_known(names: Iterable[str], known: Iterable[str], what: str) -> None:
    for name in names:
        if name not in set(known):
            raise say_wrong(f"there is no {what} {name}{name_nearest(name, known)}")
