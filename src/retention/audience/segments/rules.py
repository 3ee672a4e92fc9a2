"""Rules, and who belongs to a segment by them.

A rule is a condition with nothing left to look up, so a customer scored later belongs by the same numbers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pydantic import Field

from retention.audience.declared import Condition, Offer, Segment
from retention.audience.offers.reasons import Usual
from retention.errors import UserError, name_nearest
from retention.strict import Strict, Text
from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import ID, PROBABILITY, PROFIT

DECIMALS = 9  # as files hold them, so that a rule is the same before it was written and after
QUANTILES = {"at_least_quantile": "at_least", "at_most_quantile": "at_most"}
BOUNDS = {"at_least": np.greater_equal, "at_most": np.less_equal, "above": np.greater, "below": np.less}

MEMBERSHIP = TableSchema(
    rows="a customer, in the order of the customer table",
    columns={ID: ColumnSchema("id", "The customer.")},
    more={"<segment>": ColumnSchema("flag", "Whether the customer fulfils the rules of this segment.")},
)


@dataclass(frozen=True)
class Rule:
    """A condition with nothing left to look up: a quantile has become a number."""

    column: str
    test: str  # ``any_of``, or one of `BOUNDS`
    value: float | tuple[str | float, ...]  # the values of ``any_of``, or the bound

    @property
    def bound(self) -> float:
        """Return the bound, NaN for ``any_of``."""
        return np.nan if isinstance(self.value, tuple) else self.value

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the categories of ``any_of``, none for a bound."""
        return tuple(str(key) for key in self.value) if isinstance(self.value, tuple) else ()

    @property
    def is_behaviour(self) -> bool:
        """Return whether it is on a feature, not on profit or risk."""
        return self.column not in (PROFIT, PROBABILITY)


class OfferRules(Strict):
    """Whom an offer fits, whatever the segment."""

    where: tuple[Rule, ...]  # all of them hold
    exclude: tuple[Rule, ...]  # none of them holds


class ResolvedRules(Strict):
    """Who belongs where and may get what, every quantile a number."""

    segments: dict[str, tuple[Rule, ...]]  # by priority; a member fulfils all of a segment's rules
    offers: dict[str, OfferRules]  # by offer, in the order of the settings


class SegmentRules(ResolvedRules):
    """``segment_rules.json``: all that new customers are judged by."""

    usual: Usual  # what a customer's reasons are compared with
    names: dict[str, Text] = Field(default_factory=dict)
    """Of the segments, declared or found; none in rules that were published before there were names."""


def resolve_rules(
    segments: Mapping[str, Segment], offers: Mapping[str, Offer], customers: pd.DataFrame
) -> ResolvedRules:
    """Turn the conditions of all segments and offers into rules; quantiles are taken over `customers`."""

    def resolve(conditions: Iterable[Condition]) -> tuple[Rule, ...]:
        return tuple(_resolve(condition, customers) for condition in conditions)

    ordered = sorted(segments, key=lambda key: (segments[key].priority, key))
    return ResolvedRules(
        segments={key: resolve(segments[key].where) for key in ordered},
        offers={
            key: OfferRules(where=resolve(offer.where), exclude=resolve(offer.exclude)) for key, offer in offers.items()
        },
    )


def _resolve(condition: Condition, customers: pd.DataFrame) -> Rule:
    test, value = condition.given
    if test not in QUANTILES or isinstance(value, tuple):
        return Rule(condition.column, test, value)
    bound = round(float(customers[condition.column].quantile(value)), DECIMALS)
    if np.isnan(bound):
        raise UserError(f"{condition.column} is empty, so it has no quantile: use at_least or at_most.")
    return Rule(condition.column, QUANTILES[test], bound)


def apply_rule(rule: Rule, customers: pd.DataFrame) -> np.ndarray:
    """Return for each customer whether the rule holds, as bool, shape (n,); a missing value never does."""
    column = customers[rule.column]
    if isinstance(rule.value, tuple):
        return column.isin(list(rule.value)).to_numpy()
    return np.asarray(BOUNDS[rule.test](column.to_numpy(dtype=float), rule.value))


def apply_all(rules: Iterable[Rule], customers: pd.DataFrame) -> np.ndarray:
    """Return for each customer whether all `rules` hold, as bool, shape (n,)."""
    held = [apply_rule(rule, customers) for rule in rules]
    return np.logical_and.reduce(held) if held else np.ones(len(customers), dtype=bool)


def find_members(rules: Mapping[str, Sequence[Rule]], customers: pd.DataFrame) -> pd.DataFrame:
    """Return one bool column for each segment, one row for each customer, in the orders given."""
    return pd.DataFrame({key: apply_all(held, customers) for key, held in rules.items()}, index=customers.index)


def name_segment(members: pd.DataFrame) -> np.ndarray:
    """Return each customer's first segment in column order, or an empty string, shape (n,)."""
    keys = np.array([*members.columns, ""], dtype=object)
    held = np.column_stack([members.to_numpy(dtype=bool), np.ones(len(members), dtype=bool)])
    return np.asarray(keys[held.argmax(axis=1)])


def count_shared(members: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Return for each segment how many customers it shares with each other one, none where nobody is shared."""
    held = members.to_numpy(dtype=np.int64)
    counts = pd.DataFrame(held.T @ held, index=members.columns, columns=members.columns)
    return {
        str(key): {str(other): int(count) for other, count in row.drop(key).items() if count}
        for key, row in counts.iterrows()
    }


def check_rules(rules: ResolvedRules, offers: Mapping[str, Offer], capped: Iterable[str]) -> None:
    """Refuse offers and caps for which there are no rules.

    Parameters
    ----------
    rules : ResolvedRules
        Of the segments and offers that were set when they were made.
    offers : mapping of str to Offer
        As set now.
    capped : iterable of str
        Segments that a cap is set for now.

    Raises
    ------
    UserError
        If an offer or a segment was not there then.
    """
    for name in capped:
        if name not in rules.segments:
            near = name_nearest(name, rules.segments)
            raise UserError(f"plan.segment_caps: there is no segment {name!r}{near}.")
    for key, offer in offers.items():
        unknown = [name for name in offer.segments if name not in rules.segments]
        if key not in rules.offers or unknown:
            what = f"the segment {unknown[0]!r} of offer.{key}" if unknown else f"offer.{key}"
            raise UserError(f"{what} was not there when the rules were made: run `dvc repro`, which publishes them.")
