"""Found segments: readable rules whose customers lose the shop more than their number would give.

The search sees the training customers and what became of them; the customers of the test part then say, once, what the
rule is worth. A rule is kept if random halves of the training customers lead to the same group (`stability`) and if,
in the halves that the search did not see, its behaviour still goes with a higher loss.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from retention.audience.discovery.rule_vocabulary import list_conditions
from retention.audience.discovery.rule_wording import PURPOSE, name_key, name_rules, tell_rules, word_money
from retention.audience.discovery.settings import FoundSettings
from retention.audience.discovery.stability import Stability, measure_stability
from retention.audience.discovery.subgroups import Task, search_rules
from retention.audience.offers.reason import Wording
from retention.audience.segments.membership import Rule, apply_rule
from retention.audience.segments.segment import Condition, Segment
from retention.audience.settings import PlanSettings
from retention.errors import UserError
from retention.strict import Text
from retention.tables.columns import FEATURES, PROFIT, TARGET, TWINS


@dataclass(frozen=True)
class FoundSegment:
    """A rule that the search found.

    Parameters
    ----------
    segment : Segment
        With fixed bounds, so that a customer belongs whoever else is in the file.
    stability : Stability
    kept : bool
        Whether it is stable enough to be shown.
    """

    segment: Segment
    stability: Stability
    kept: bool


@dataclass(frozen=True)
class Findings:
    """What the search found.

    Parameters
    ----------
    found : dict of str to FoundSegment
        Every rule that was looked at closely, the best first.
    searched : int
        Customers whom the search saw.
    """

    found: dict[str, FoundSegment]
    searched: int

    @property
    def segments(self) -> dict[str, Segment]:
        """Return the stable ones."""
        return {key: item.segment for key, item in self.found.items() if item.kept}


def find_segments(
    customers: pd.DataFrame,
    train: np.ndarray,
    declared: pd.DataFrame,
    found: FoundSettings,
    plan: PlanSettings,
    wordings: Mapping[str, Wording],
    categories: Mapping[str, Mapping[str, Text]],
    seed: int,
) -> Findings:
    """Search the training customers for segments, and repeat the search on halves of them.

    Parameters
    ----------
    customers : DataFrame of n rows
        Canonical columns with ``declined``, ``twin_group`` and ``decline_probability``.
    train : ndarray of bool, shape (n,)
    declared : DataFrame of n rows
        Members of the segments in the settings; a rule that is nearly one of them is none.
    found : FoundSettings
    plan : PlanSettings
    wordings, categories : mapping
        How columns and categories are said.
    seed : int
    """
    rng = np.random.default_rng([seed, 3])
    seen = np.flatnonzero(train)
    if len(seen) > found.rows:
        seen = np.sort(rng.permutation(seen)[: found.rows])
    if not found.at_most or len(seen) < 2 * plan.minimum_support:
        return Findings({}, len(seen))
    sample, known = customers.iloc[seen], declared.to_numpy(dtype=float)[seen]
    rules = list_conditions(sample, found.columns, found.quantiles)
    if not rules:
        return Findings({}, len(seen))
    held = np.column_stack([apply_rule(rule, sample) for rule in rules]).astype(float)
    loss = compute_loss(sample)
    task = _set_task(rules, found, plan.minimum_support / len(seen))
    best = search_rules(held, loss, known, task)
    stabilities = measure_stability(
        best,
        held,
        loss,
        known,
        sample[TWINS].to_numpy(),
        task,
        halves=found.halves,
        confidence=plan.confidence,
        rng=rng,
    )
    said = {**wordings, **word_money(plan.money.unit)}
    items = []
    for places, stability in zip(best, stabilities, strict=True):
        chosen = tuple(rules[place] for place in places)
        segment = build_segment(chosen, said, categories)
        item = FoundSegment(segment, stability, is_kept(stability, found.stability))
        items.append((name_key(chosen), item))
    return Findings(choose_by_key(items), len(seen))


def choose_by_key(items: Sequence[tuple[str, FoundSegment]]) -> dict[str, FoundSegment]:
    """Return one rule a key, in their order: of two on the same columns and sides the stable one, else the better.

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
    """Return the task for rules of conditions from `rules`; no group is below the share `least` of the customers."""
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


def build_segment(
    rules: tuple[Rule, ...],
    wordings: Mapping[str, Wording],
    categories: Mapping[str, Mapping[str, Text]],
) -> Segment:
    """Return the rules as a segment like those of the settings, named and told in both languages."""
    where = tuple(Condition.model_validate({"column": rule.column, rule.test: rule.value}) for rule in rules)
    return Segment(
        name=name_rules(rules, wordings, categories),
        text=tell_rules(rules, wordings, categories),
        purpose=PURPOSE,
        where=where,
        priority=0,  # see `rank_last`
    )


def rank_last(found: Mapping[str, Segment], declared: Mapping[str, Segment]) -> dict[str, Segment]:
    """Return the found segments in their order with priorities behind every declared one.

    Raises
    ------
    UserError
        If a declared segment has the key of a found one.
    """
    taken = sorted(set(found) & set(declared))
    if taken:
        raise UserError(
            f"segment.{taken[0]} has the key of a segment that the search found: rename it in conf/segment/."
        )
    last = max((segment.priority for segment in declared.values()), default=0)
    return {
        key: segment.model_copy(update={"priority": last + place})
        for place, (key, segment) in enumerate(found.items(), start=1)
    }
