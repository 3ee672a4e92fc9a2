"""Found segments: readable rules whose customers lose the shop more than their number would give.

The search sees the training customers and what became of them; the customers of the test part then say, once, what
the rules are worth. They are kept if random halves of the training customers lead to the same group (`stability`) and
if, in the halves that the search did not see, its behaviour still goes with a higher loss.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from retention.audience.discovery.rule_vocabulary import list_rules
from retention.audience.discovery.rule_wording import PURPOSE, Speech, name_key, name_rules, tell_rules
from retention.audience.discovery.settings import FoundSettings
from retention.audience.discovery.stability import Stability, measure_stability
from retention.audience.discovery.subgroups import Sample, Task, search_groups
from retention.audience.segments.membership import Rule, apply_rule
from retention.audience.segments.profile import Figures
from retention.audience.segments.segment import Condition, Segment
from retention.errors import UserError
from retention.tables.columns import FEATURES, PROFIT, TARGET, TWINS


@dataclass(frozen=True)
class FoundSegment:
    """A group that the search found.

    Parameters
    ----------
    rules : tuple of Rule
        With fixed bounds, so that a customer belongs whoever else is in the file.
    stability : Stability
    kept : bool
        Whether it is stable enough to be shown.
    """

    rules: tuple[Rule, ...]
    stability: Stability
    kept: bool


@dataclass(frozen=True)
class Findings:
    """What the search found.

    Parameters
    ----------
    found : dict of str to FoundSegment
        Every group that was looked at closely, the best first.
    searched : int
        Customers whom the search saw.
    """

    found: dict[str, FoundSegment]
    searched: int


def find_segments(
    customers: pd.DataFrame, declared: pd.DataFrame, found: FoundSettings, figures: Figures, seed: int
) -> Findings:
    """Search the training customers for segments, and repeat the search on halves of them.

    Parameters
    ----------
    customers : DataFrame of n rows
        The training customers: canonical columns with ``declined``, ``twin_group`` and ``decline_probability``.
    declared : DataFrame of n rows
        Members of the segments in the settings; a group that is nearly one of them is none.
    found : FoundSettings
    figures : Figures
    seed : int
    """
    rng = np.random.default_rng([seed, 3])
    if len(customers) > found.rows:
        drawn = np.sort(rng.permutation(len(customers))[: found.rows])
        customers, declared = customers.iloc[drawn], declared.iloc[drawn]
    n = len(customers)
    if not found.at_most or n < 2 * figures.minimum_support:
        return Findings({}, n)
    rules = list_rules(customers, found.columns, found.quantiles)
    if not rules:
        return Findings({}, n)
    sample = Sample(
        held=np.column_stack([apply_rule(rule, customers) for rule in rules]).astype(float),
        loss=compute_loss(customers),
        known=declared.to_numpy(dtype=float),
        twins=customers[TWINS].to_numpy(),
    )
    task = _set_task(rules, found, figures.minimum_support / n)
    best = search_groups(sample, task)
    stabilities = measure_stability(best, sample, task, halves=found.halves, confidence=figures.confidence, rng=rng)
    items = []
    for places, stability in zip(best, stabilities, strict=True):
        chosen = tuple(rules[place] for place in places)
        items.append((name_key(chosen), FoundSegment(chosen, stability, is_kept(stability, found.stability))))
    return Findings(choose_by_key(items), n)


def choose_by_key(items: Sequence[tuple[str, FoundSegment]]) -> dict[str, FoundSegment]:
    """Return one group a key, in their order: of two on the same columns and sides the stable one, else the better.

    Parameters
    ----------
    items : sequence of (str, FoundSegment)
        The best first.
    """
    chosen: dict[str, FoundSegment] = {}
    for key, item in items:
        if key not in chosen or (item.kept and not chosen[key].kept):
            chosen[key] = item
    return chosen


def _set_task(rules: list[Rule], found: FoundSettings, least: float) -> Task:
    """Return the task for groups by `rules`; none is below the share `least` of the customers."""
    return Task(
        columns=np.array([found.columns.index(rule.column) for rule in rules]),
        behaviour=np.array([rule.column in FEATURES for rule in rules]),
        low=max(found.share[0], least),
        high=found.share[1],
        size_power=found.size_power,
        earns=found.earns,
        conditions=found.conditions,
        beam=found.beam,
        at_most=found.at_most,
        overlap=found.overlap,
    )


def compute_loss(customers: pd.DataFrame) -> np.ndarray:
    """Return the monthly profit of each customer who declined, 0 for the others, shape (n,)."""
    return np.asarray(customers[TARGET].to_numpy(dtype=float) * customers[PROFIT].to_numpy(dtype=float).clip(min=0))


def is_kept(stability: Stability, share: float) -> bool:
    """Return whether enough halves found the group and the unseen ones confirm that its behaviour matters."""
    return stability.share >= share and stability.lift.low > 1


def build_segments(findings: Findings, speech: Speech, declared: Mapping[str, Segment]) -> dict[str, Segment]:
    """Return the groups that are kept as segments, named and told, with priorities behind every declared one.

    Raises
    ------
    UserError
        If a declared segment has the key of a found one.
    """
    kept = {key: item for key, item in findings.found.items() if item.kept}
    taken = sorted(set(kept) & set(declared))
    if taken:
        raise UserError(
            f"segment.{taken[0]} has the key of a segment that the search found: rename it in conf/segment/."
        )
    last = max((segment.priority for segment in declared.values()), default=0)
    return {
        key: Segment(
            name=name_rules(item.rules, speech),
            text=tell_rules(item.rules, speech),
            purpose=PURPOSE,
            where=tuple(_to_condition(rule) for rule in item.rules),
            priority=last + place,
        )
        for place, (key, item) in enumerate(kept.items(), start=1)
    }


def _to_condition(rule: Rule) -> Condition:
    return Condition.model_validate({"column": rule.column, rule.test: rule.value})
