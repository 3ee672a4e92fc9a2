"""How a column of the customer table is declared: its role, its kind, its range, the spellings of its values."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from retention.strict import Strict, Text
from retention.tables.roles import FeatureKind, Role


def say_wrong(sentence: str) -> PydanticCustomError:
    """Return the error that a rule about the settings raises."""
    # Braces would be read as a template.
    return PydanticCustomError("tables", "{sentence}", {"sentence": sentence})


AnySpelled = TypeVar("AnySpelled", bound="Spelled")


class Spelled(Strict):
    """How one thing is spelled in an export."""

    spellings: tuple[str, ...] = Field(min_length=1)  # the spellings that are right
    repairs: tuple[str, ...] = ()  # the spellings that are wrong, but known: they are read all the same, and counted


def check_counts(names: Iterable[str], sentence: str) -> None:
    """Raise for the first of `names` that stands there several times; `sentence` has a place for ``{count}``."""
    for name, count in Counter(names).items():
        if count > 1:
            raise say_wrong(f"{name} {sentence.format(count=count)}")


def check_spellings(values: dict[str, AnySpelled]) -> dict[str, AnySpelled]:
    """Return `values`, or raise if a spelling stands for two of them."""
    spellings = [text for value in values.values() for text in (*value.spellings, *value.repairs)]
    check_counts([f'the spelling "{text}"' for text in spellings], "is listed {count} times")
    return values


class Value(Text, Spelled):
    """A value of a categorical column: its label in two languages and its spellings in the export."""


class Month(Strict):
    """Which month of which measure a number is."""

    measure: str = Field(min_length=1)  # what is measured month by month; columns of the same measure are one series
    months_ago: int = Field(ge=0)  # 0 is the current month


class Column(Strict):
    """A canonical column."""

    role: Role  # what it is there for
    kind: FeatureKind | None = None
    """What the cells of a feature are (consent and the favourite category are features as well)."""
    label: Text  # its name for people
    unit: Text | None = None  # what its numbers count
    low: float | None = None
    high: float | None = None
    """The range that is possible; a number outside is handled as `Handling.out_of_range` says."""
    whole: bool = False  # whether only whole numbers are possible
    typical: float | None = None
    """The usual median of its numbers that are not zero; one that is five times as large, or as small, is told."""
    missing: bool = False  # whether a feature's cells may be empty; the model then fills them by itself
    series: Month | None = None  # which month of which measure its numbers are
    values: Annotated[dict[str, Value], AfterValidator(check_spellings)] = Field(default_factory=dict)
    """The keys of a label, a category, a boolean (``yes`` and ``no``) or an ordered feature (from low to high)."""

    @property
    def is_number(self) -> bool:
        """Whether its cells are numbers."""
        return self.kind == "number" or self.role == "money"

    @model_validator(mode="after")
    def _of_its_role_and_kind(self) -> Self:
        is_feature = self.role in ("consent", "favourite_category", "feature")
        if is_feature != (self.kind is not None):
            raise say_wrong(f"of the role {self.role} it must have {'a' if is_feature else 'no'} kind")
        needed = {"consent": "boolean", "favourite_category": "category"}.get(self.role, self.kind)
        if self.kind != needed:
            raise say_wrong(f"of the role {self.role} it must be of the kind {needed}")
        if self.missing and self.role != "feature":
            raise say_wrong(f"cells of the role {self.role} must not be missing")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise say_wrong(f"low ({self.low:g}) is above high ({self.high:g})")
        numeric = (self.unit, self.low, self.high, self.whole or None, self.typical, self.series)
        if not self.is_number and any(item is not None for item in numeric):
            raise say_wrong("unit, low, high, whole, typical and series are for numbers")
        if self.is_number or self.role == "id":
            if self.values:
                raise say_wrong("it must have no values")
        elif len(self.values) < 2:
            raise say_wrong("it must have two values or more")
        keys = {"0", "1"} if self.role == "label" else {"yes", "no"} if self.kind == "boolean" else set(self.values)
        if set(self.values) != keys:
            raise say_wrong(f"its values must be {' and '.join(sorted(keys))}")
        return self


def list_categories(columns: Mapping[str, Column]) -> dict[str, Mapping[str, Text]]:
    """Return how each value of each categorical column is said."""
    return {name: column.values for name, column in columns.items() if column.kind and not column.is_number}
