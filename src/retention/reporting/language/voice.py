"""How the report speaks: one language's sentences, kept in both as YAML beside this file, numbers and names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from itertools import takewhile
from string import Formatter
from typing import Any, Literal, TypeAlias

import yaml
from babel.dates import format_date

from retention.estimate import Estimate
from retention.numbers import HARD_SPACE, choose_form, format_measure, format_number
from retention.strict import Language, Text
from retention.tables.schema import Column

Kind = Literal["percent", "signed_percent", "number", "signed_number"]
"""Methods of `Voice` that say a number."""
Node: TypeAlias = "str | Mapping[str, Node]"
Cell: TypeAlias = str | Callable[[Any], str]
"""How a column of a table words an item: a text whose places the item fills, or a function."""


@cache
def load_texts() -> Mapping[str, Text]:
    """Return every text by its dotted key, for example ``plan.title``."""
    found: dict[str, Text] = {}
    folder = resources.files(__package__) / "texts"
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        found |= _flatten(yaml.safe_load(file.read_text(encoding="utf-8")), "")
    return found


@cache
def load_nouns() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Return the forms of each counted noun by language."""
    file = resources.files(__package__) / "nouns.yaml"
    content: Mapping[str, Mapping[str, Sequence[str]]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return content


def _flatten(node: Node, prefix: str) -> dict[str, Text]:
    if isinstance(node, str) or set(node) == {"ru", "en"}:
        return {prefix: Text.model_validate(node)}
    inner: dict[str, Text] = {}
    for key, item in node.items():
        inner |= _flatten(item, f"{prefix}.{key}" if prefix else str(key))
    return inner


@dataclass(frozen=True)
class Voice:
    """Wording in one language."""

    language: Language
    columns: Mapping[str, Column]
    """The canonical columns; a name that is not among them must have a text ``column.<name>``."""
    cost_unit: Text  # the unit of costs, of the budget and, where there is any, of profit
    counts_customers: bool = False  # whether there is no profit, so that a plan is worth the customers that it keeps

    def say(self, key: str, item: object = None, /, **values: object) -> str:
        """Return the text of `key`, its places filled, or where customers are counted what is said then.

        The place ``{unit}`` is that of costs. A text that is not there raises KeyError.
        """
        texts = load_texts()
        text = texts.get(f"without_money.{key}", texts[key]) if self.counts_customers else texts[key]
        said = self.fill(text[self.language], item, **{"unit": self.unit_of_cost, **values})
        return said.replace("..", ".")  # an abbreviated unit at the end of a sentence

    def fill(self, text: str, item: object = None, /, **values: object) -> str:
        """Fill the places of a text by `values`, else by the item's attributes (of a tuple also by number).

        A place says how: ``{gap:percent 2}`` is what `percent` makes of ``gap`` with 2 decimals, and so with every
        method of this class.
        """
        return _Filler(self, item).vformat(text, item if isinstance(item, tuple) else (), values)

    def heads(self, group: str, *keys: str, **values: object) -> list[str]:
        """Return the heads of a table's columns, the texts ``<group>.head.<key>``."""
        return [self.say(f"{group}.head.{key}", **values) for key in keys]

    def tabulate(
        self, group: str, columns: Mapping[str, Cell], items: Iterable[object], **values: object
    ) -> tuple[list[str], list[list[str]]]:
        """Return the heads of a table's columns, by key as in `heads`, and the cells of a row an item."""
        rows = [[cell(one) if callable(cell) else self.fill(cell, one) for cell in columns.values()] for one in items]
        return self.heads(group, *columns, **values), rows

    def name(self, key: str, group: str) -> str:
        """Return the text ``group.key``, or the key itself where a user's own settings brought it in."""
        known = load_texts().get(f"{group}.{key}")
        return known[self.language] if known else key

    def quote(self, name: str) -> str:
        """Return a name in this language's quotation marks."""
        return self.say("common.quoted", name=name)

    def pick(self, text: Text) -> str:
        """Return this language's side of a text that an artifact carries."""
        return text[self.language]

    def number(self, value: float | None, decimals: int = 0) -> str:
        """Return a number, or words where there is none."""
        return self.missing() if value is None else format_number(value, decimals, self.language, padded=True)

    def percent(self, share: float | None, decimals: int = 1) -> str:
        """Return a share as a percentage."""
        if share is None:
            return self.missing()
        return format_number(share, decimals, self.language, percent=True, padded=True)

    def signed_percent(self, share: float | None, decimals: int = 1) -> str:
        """Return a change as a percentage that always carries its sign."""
        return ("+" if share and share > 0 else "") + self.percent(share, decimals)

    def signed_number(self, value: float, decimals: int = 0) -> str:
        """Return a difference that always carries its sign."""
        said = self.number(value, decimals)
        return f"+{said}" if value > 0 and said != self.number(0, decimals) else said

    def change(self, change: Estimate | None) -> str:
        """Return a change without its interval."""
        return self.signed_percent(change.value if change else None)

    def measure(self, value: float | None) -> str:
        """Return an amount with as many decimals as its size is worth."""
        return self.missing() if value is None else format_measure(value, self.language)

    def is_share(self, name: str) -> bool:
        """Tell whether a column holds shares, which are written as percentages."""
        known = self.columns.get(name)
        return known is not None and (known.low, known.high) == (0, 1)

    def amount(self, name: str, value: float | None) -> str:
        """Return a column's number: a share as a percentage, any other as an amount."""
        return self.percent(value, 0) if self.is_share(name) else self.measure(value)

    def span(self, name: str, low: float, high: float) -> str:
        """Return a range of a column's values, or the one value where both ends are the same."""
        first, last = self.amount(name, low), self.amount(name, high)
        return first if first == last else f"{first}{HARD_SPACE}–{HARD_SPACE}{last}"

    def points(self, difference: float | None, decimals: int = 1) -> str:
        """Return a difference of two shares in percentage points."""
        if difference is None:
            return self.missing()
        return self.say("common.points", points=self.number(100 * difference, decimals))

    def p_value(self, p: float) -> str:
        """Return a p-value; below 0.001 only that it is below."""
        return f"< {self.number(0.001, 3)}" if p < 0.001 else self.number(p, 3)

    def cost(self, value: float | None) -> str:
        """Return what something costs, with its unit."""
        return self.missing() if value is None else f"{self.measure(value)}{HARD_SPACE}{self.unit_of_cost}"

    def worth(self, value: float | None) -> str:
        """Return what something brings: money with its unit, or customers."""
        if value is None or not self.counts_customers:
            return self.cost(value)
        return self._follow(self.measure(value), "customer")

    @property
    def unit_of_cost(self) -> str:
        """The unit of costs, of the budget and of profit."""
        return self.cost_unit[self.language]

    def count(self, value: int, noun: str) -> str:
        """Return a number with its noun in the right form."""
        return self._follow(self.number(value), noun)

    def count_months(self, months: float) -> str:
        """Return a number of months, a fraction too."""
        return self._follow(self.measure(months), "month")

    def noun(self, shown: str, noun: str) -> str:
        """Return a noun in the form that follows a number as it is shown."""
        return choose_form(shown, load_nouns()[noun][self.language], self.language)

    def _follow(self, shown: str, noun: str) -> str:
        return f"{shown}{HARD_SPACE}{self.noun(shown, noun)}"

    def missing(self) -> str:
        """Return the words for a figure that there is not."""
        return self.say("common.missing")

    def interval(self, low: str, high: str) -> str:
        """Return an interval between two formatted numbers: of two percentages the sign of the second is enough."""
        percent = next((sign for sign in (f"{HARD_SPACE}%", "%") if low.endswith(sign) and high.endswith(sign)), "")
        low = low.removesuffix(percent)
        signed = any(end.startswith(("−", "+")) for end in (low, high))
        return self.say("common.interval", low=low, high=high) if signed else f"{low}–{high}"

    def estimate(self, estimate: Estimate | None, kind: Kind = "percent", decimals: int = 1) -> str:
        """Return a value with its interval in brackets, or words where there is none."""
        if estimate is None:
            return self.missing()
        value, low, high = (getattr(self, kind)(end, decimals) for end in (estimate.value, estimate.low, estimate.high))
        return f"{value} ({self.interval(low, high)})"

    def column(self, name: str) -> str:
        """Return what a column is called."""
        known = self.columns.get(name)
        return known.label[self.language] if known else self.say(f"column.{name}")

    def unit(self, name: str) -> str:
        """Return a column's unit, empty where it has none."""
        known = self.columns.get(name)
        return known.unit[self.language] if known and known.unit else ""

    def column_with_unit(self, name: str) -> str:
        """Return a column's name with its unit after a comma, for axes and table heads."""
        return self.with_unit(self.column(name), self.unit(name))

    def with_unit(self, label: str, unit: str) -> str:
        """Return a label with its unit, if there is one, after a comma."""
        return label if not unit or label.endswith(unit) else f"{label}, {unit}"

    def date(self, month: str) -> str:
        """Return a month that is written as ``2026-09`` as people say it; empty for the undated one."""
        return f"{self.say(f'common.calendar.{month[5:]}')} {month[:4]}" if month else ""

    def day(self, day: str) -> str:
        """Return a day that is written as ``2026-09-30`` as people say it."""
        return format_date(date.fromisoformat(day), "long", self.language)

    def dates(self, months: Sequence[str]) -> str:
        """Return several months; of more than three the first and the last, with their number."""
        if len(months) <= 3:
            return ", ".join(map(self.date, months)) or self.say("common.none")
        between = self.say("common.interval", low=self.date(months[0]), high=self.date(months[-1]))
        return f"{between} ({self.number(len(months))})"

    def month(self, name: str) -> str:
        """Return how long ago the month of a column is."""
        series = self.columns[name].series
        ago = series.months_ago if series else 0
        return self.say(f"common.month.{min(ago, 2)}", months=self.number(ago))

    def measure_name(self, columns: Sequence[str]) -> str:
        """Return what the labels of a measure's months begin with; the last month's label if that is nothing."""
        labels = [self.column(name).split() for name in columns]
        common = [words[0] for words in takewhile(lambda words: len(set(words)) == 1, zip(*labels, strict=False))]
        while common and len(common[-1]) <= 2:  # a preposition
            common.pop()
        return " ".join(common).rstrip(",.:;(–—-") or self.column(columns[-1])

    def place(self, column: str, key: str) -> int:
        """Return the place of a category in the order of its column, from low to high; 0 where there is no order."""
        known = self.columns[column]
        return [*known.values].index(key) if known.kind == "ordered" and key in known.values else 0

    def value(self, column: str, key: str) -> str:
        """Return what a category is called; one that the settings do not know is shown as it is."""
        known = self.columns[column].values.get(key)
        return known[self.language] if known else key


class _Filler(Formatter):
    """Fills a text for `Voice.fill`."""

    def __init__(self, voice: Voice, item: object) -> None:
        self.voice, self.item = voice, item

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        if isinstance(key, int):
            return args[key]
        return kwargs[key] if key in kwargs else getattr(self.item, key)

    def format_field(self, value: Any, format_spec: str) -> str:
        if not format_spec:  # in words already
            return str(value)
        method, *more = format_spec.split()
        return str(getattr(self.voice, method)(value, *(int(word) if word.isdigit() else word for word in more)))
