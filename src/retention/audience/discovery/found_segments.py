"""Found segments: readable rules whose customers lose the shop more than their number would give.

The search sees the training customers and what became of them; the customers of the test part then say, once, what
the rules are worth. They are kept if random halves of the training customers lead to the same group (`stability`) and
if, in the halves that the search did not see, its behaviour still goes with a higher loss.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from retention.audience.declared import Condition, FoundSettings, Segment
from retention.audience.discovery.rule_wording import WORDS, Speech, name_key, name_rules, tell_rules
from retention.audience.discovery.subgroups import Sample, Stability, measure_stability, search_groups
from retention.audience.segments.profile import Figures
from retention.audience.segments.rules import Rule, apply_all, apply_rule
from retention.errors import UserError
from retention.estimate import Estimate
from retention.strict import Strict, Text
from retention.tables.columns import PROFIT, TARGET, UNIT

STEPS = 20  # a cut is rounded to about so many steps between the outer quantiles


@dataclass(frozen=True)
class FoundSegment:
    """A group that the search found."""

    rules: tuple[Rule, ...]  # with fixed bounds, so that a customer belongs whoever else is in the file
    stability: Stability
    kept: bool  # whether it is stable enough to be shown


class UnseenCheck(Strict):
    """What became of the customers of a found segment whom the search did not see."""

    support: int  # how many rows they are, a customer and month each
    decline_rate: Estimate | None  # None where they are too few


class FoundRule(Stability):
    """A rule that the search looked at closely."""

    key: str  # that of its segment
    name: Text  # likewise
    kept: bool  # whether it is stable enough to be a segment
    behaviour_only: bool  # whether no condition is on profit or risk
    test: UnseenCheck  # what became of those whom the search did not see


class FoundSummary(Strict):
    """How the search went."""

    searched: int  # training rows that it saw, a customer and month each
    halves: int  # random halves on which it was repeated
    required: float  # the share of halves that must find a rule again
    overlap: float  # from which on two groups are the same
    rules: tuple[FoundRule, ...]  # all that were looked at closely, the best first


def find_segments(
    customers: pd.DataFrame,
    declared: pd.DataFrame,
    columns: Sequence[str],
    found: FoundSettings,
    figures: Figures,
    seed: int,
) -> dict[str, FoundSegment]:
    """Search the training customers for segments, and repeat the search on halves of them.

    Parameters
    ----------
    customers : DataFrame of n rows
        The training customers: canonical columns with ``declined``, ``unit`` and ``decline_probability``.
    declared : DataFrame of n rows
        Members of the segments in the settings; a group that is nearly one of them is none.
    columns : sequence of str
        What a rule may speak of.

    Returns
    -------
    dict
        By key, every group that was looked at closely, the best first.
    """
    rng = np.random.default_rng([seed, 3])
    if len(customers) > found.rows:
        drawn = np.sort(rng.permutation(len(customers))[: found.rows])
        customers, declared = customers.iloc[drawn], declared.iloc[drawn]
    n = len(customers)
    rules = list_rules(customers, columns, found.quantiles)
    if not found.at_most or not rules or n < 2 * figures.minimum_support:
        return {}
    profit = customers[PROFIT].to_numpy(dtype=float).clip(min=0) if PROFIT in customers else 1.0
    sample = Sample(
        held=np.column_stack([apply_rule(rule, customers) for rule in rules]).astype(float),
        loss=customers[TARGET].to_numpy(dtype=float) * profit,
        known=declared.to_numpy(dtype=float),
        twins=customers[UNIT].to_numpy(),
        columns=np.array([columns.index(rule.column) for rule in rules]),
        behaviour=np.array([rule.is_behaviour for rule in rules]),
    )
    low, high = found.share
    task = found.model_copy(update={"share": (max(low, figures.minimum_support / n), high)})
    best = search_groups(sample, task)
    stabilities = measure_stability(best, sample, task, figures.confidence, rng)
    return choose_by_key(
        FoundSegment(tuple(rules[place] for place in places), stability, is_kept(stability, found.stability))
        for places, stability in zip(best, stabilities, strict=True)
    )


def is_kept(stability: Stability, share: float) -> bool:
    """Return whether enough halves found the group and the unseen ones confirm that its behaviour matters."""
    return stability.share >= share and stability.lift.low > 1


def choose_by_key(items: Iterable[FoundSegment]) -> dict[str, FoundSegment]:
    """Return one group a key of `items`, the best first: of two on the same columns and sides the stable one."""
    chosen: dict[str, FoundSegment] = {}
    for item in items:
        key = name_key(item.rules)
        if key not in chosen or (item.kept and not chosen[key].kept):
            chosen[key] = item
    return chosen


def list_rules(customers: pd.DataFrame, columns: Iterable[str], quantiles: Sequence[float]) -> list[Rule]:
    """Return every rule that a found segment may have; the label is not looked at.

    They are for each cut of a numeric column ``below`` and ``at_least``, for each category ``any_of`` it alone.
    """
    found: list[Rule] = []
    for name in columns:
        column = customers[name].dropna()
        if not is_numeric_dtype(column):
            found += [Rule(name, "any_of", (str(key),)) for key in sorted(column.unique())]
        elif len(column):
            cuts = choose_cuts(column.to_numpy(dtype=float), quantiles)
            found += [Rule(name, test, cut) for cut in cuts for test in ("below", "at_least")]
    return found


def choose_cuts(values: np.ndarray, quantiles: Sequence[float]) -> list[float]:
    """Return the quantiles of `values`, rounded to a step of 1, 2 or 5 times a power of ten, each once.

    A step of a column of whole numbers is at least 1.
    """
    wanted = np.quantile(values, quantiles)
    low, high = np.quantile(values, [0.05, 0.95])
    if high <= low:
        return []
    least = (high - low) / STEPS
    size = float(10.0 ** np.floor(np.log10(least)))
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= least * (1 - 1e-9))
    if step < 1 and bool((values == np.round(values)).all()):
        step = 1.0
    return sorted({float(f"{round(cut / step) * step:.10g}") for cut in wanted})


def build_segments(
    found: Mapping[str, FoundSegment], speech: Speech, declared: Mapping[str, Segment]
) -> dict[str, Segment]:
    """Return the groups that are kept as segments, named and told, with priorities behind every declared one.

    A declared segment that has the key of a found one is a `UserError`.
    """
    kept = {key: item.rules for key, item in found.items() if item.kept}
    taken = sorted(set(kept) & set(declared))
    if taken:
        raise UserError(f"segment.{taken[0]} has the key of a segment that the search found: rename it in conf/shop/.")
    last = max((segment.priority for segment in declared.values()), default=0)
    return {
        key: Segment(
            name=name_rules(rules, speech),
            text=tell_rules(rules, speech),
            purpose=WORDS["purpose"],
            where=tuple(Condition.model_validate({"column": rule.column, rule.test: rule.value}) for rule in rules),
            priority=last + place,
        )
        for place, (key, rules) in enumerate(kept.items(), start=1)
    }


def summarise_findings(
    segments: Mapping[str, FoundSegment],
    speech: Speech,
    seen: pd.DataFrame,
    unseen: pd.DataFrame,
    found: FoundSettings,
    figures: Figures,
) -> FoundSummary:
    """Return how the search went, and of each rule that was looked at closely how stable it is.

    Parameters
    ----------
    segments : mapping of str to FoundSegment
        From `find_segments`.
    seen, unseen : DataFrame
        Whom the search could see; and the customers that were set aside, who give the decline rate ``test``.
    """
    rules = tuple(
        FoundRule(
            **dict(item.stability),
            key=key,
            name=name_rules(item.rules, speech),
            kept=item.kept,
            behaviour_only=all(rule.is_behaviour for rule in item.rules),
            test=_check(item.rules, unseen, figures),
        )
        for key, item in segments.items()
    )
    return FoundSummary(
        searched=min(len(seen), found.rows),
        **found.model_dump(include={"halves", "overlap"}),
        required=found.stability,
        rules=rules,
    )


def _check(rules: Iterable[Rule], unseen: pd.DataFrame, figures: Figures) -> UnseenCheck:
    """Return for how many of the unseen customers the rules hold, and their decline rate if they are enough."""
    own = unseen[apply_all(rules, unseen)]
    rate = figures.compute_rate(own[TARGET].to_numpy(), own[UNIT].to_numpy())
    return UnseenCheck(support=len(own), decline_rate=rate)
