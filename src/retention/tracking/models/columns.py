"""What counts as a customer wherever the model is asked: by ``mlflow.pyfunc``, MLflow's server and ours alike."""

from collections.abc import Iterable, Mapping

from retention.strict import Strict
from retention.tables.schema import Column

LARGEST = 1e12  # no figure of a customer is larger, where the tables name no limit; models are not asked about more

DECIMALS = 9  # as in the files of batch scoring
_SHOWN = 60  # signs of a value
_TOLD = 5


class ColumnRule(Strict):
    """What is valid in a column."""

    categories: tuple[str, ...] = ()  # of a categorical column; a number has none
    low: float = -LARGEST
    high: float = LARGEST
    """The range of a number."""
    missing: bool = False  # whether a cell may be empty

    def pick(self) -> str | float:
        """Return a valid value."""
        return self.categories[0] if self.categories else max(self.low, min(self.high, 1.0))

    @property
    def limits(self) -> str:
        """Return the range in words, in which no digit is left out."""
        return f"{self.low:,.15g} to {self.high:,.15g}"

    def tell(self) -> str:
        """Return what is valid, in a phrase."""
        told = ", ".join(self.categories) or f"a number from {self.limits}"
        return f"{told}; may be empty" if self.missing else told


Rules = Mapping[str, ColumnRule]


def describe_columns(columns: Mapping[str, Column], names: Iterable[str]) -> dict[str, ColumnRule]:
    """Return what is valid in each of the named columns."""
    described = {}
    for name in names:
        column = columns[name]
        low = -LARGEST if column.low is None else column.low
        high = LARGEST if column.high is None else column.high
        described[name] = ColumnRule(categories=tuple(column.values), low=low, high=high, missing=column.missing)
    return described


def find_problems(customers: Iterable[Mapping[str, object]], rules: Rules) -> list[str]:
    """Return a sentence for each of the first values that are missing, unknown, out of range or, wrongly, empty.

    In a batch such a customer goes to the quarantine or stops the run, as the settings say; here there is no
    quarantine, so a request is refused as a whole.
    """
    found, row = [], 0
    for row, customer in enumerate(customers, start=1):
        for name, rule in rules.items():
            said = _refuse(customer[name], rule) if name in customer else "is missing"
            if said:
                found.append(f"Row {row}: {name} {said}.")
    return found[:_TOLD] if row else ["There is no customer in the request."]


def _refuse(value: object, rule: ColumnRule) -> str:
    if value is None or (value != value) is True or str(value) == "<NA>":
        return "" if rule.missing else "is empty"
    shown = repr(value)[:_SHOWN]
    if rule.categories:
        known = isinstance(value, str) and value in rule.categories
        return "" if known else f"has no category {shown} (it has {', '.join(rule.categories)})"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"= {shown} is no number"
    if rule.low <= value <= rule.high:
        return ""
    return f"= {shown} is outside of what is possible ({rule.limits})"
