"""Stage ``segment``: who belongs together, declared or found, and what such customers are like."""

import numpy as np
import pandas as pd
import typer

from retention.audience.alignment import align_rows
from retention.audience.declared import Segment
from retention.audience.discovery.found_segments import FoundSummary, build_segments, find_segments, summarise_findings
from retention.audience.discovery.rule_wording import Speech, word_money
from retention.audience.offers.audience import build_audience
from retention.audience.offers.reasons import compute_usual, rank_reasons
from retention.audience.segments.profile import Figures
from retention.audience.segments.rules import MEMBERSHIP, SegmentRules, find_members, resolve_rules
from retention.audience.segments.summary import Happened, summarise_segments
from retention.files import read_artifact, read_table, write_artifact, write_table
from retention.learning.calibration.summary import LEARNT_PROBABILITIES, PROBABILITIES
from retention.learning.evaluation.bootstrap import Bootstrap
from retention.learning.evaluation.evaluate import measure_groups
from retention.learning.explanation.summary import Explanation, build_attributions_schema
from retention.learning.folds import PART, TEST
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import ID, PROBABILITY, STANDS_FOR, TARGET, UNIT
from retention.tables.roles import ColumnRoles, build_customers_schema, build_learnt_schema
from retention.tables.schema import list_categories

RESAMPLES = 300  # of the test customers, for the intervals of a segment's ROC-AUC


def run(settings: Settings, paths: Paths) -> None:
    """Find the segments, describe them, and keep the rules that later customers are judged by."""
    roles, money = read_artifact(paths.columns, ColumnRoles), settings.plan.money
    confidence, least = settings.plan.confidence, settings.plan.minimum_support
    customers = read_table(paths.customers, build_customers_schema(roles))
    said = align_rows(read_table(paths.probabilities, PROBABILITIES), customers)
    learnt = read_table(paths.learnt, build_learnt_schema(roles))
    given = align_rows(read_table(paths.learnt_probabilities, LEARNT_PROBABILITIES), learnt)
    customers = customers.assign(**{PROBABILITY: said[PROBABILITY]})
    learnt = learnt.assign(**{name: given[name] for name in (PART, PROBABILITY)})
    # What became of whom a campaign contacted tells nothing of customers who are left to themselves.
    fold, own = said["fold"].to_numpy(), np.where(learnt[STANDS_FOR] > 0, given["fold"], 0)
    figures = Figures(
        horizon_months=money.horizon_months,
        loss_share=money.loss_share.value,
        confidence=confidence,
        minimum_support=least,
    )
    segments, found = _find_segments(settings, roles, customers, learnt, own, figures)
    directions = {row.column: row.direction for row in read_artifact(paths.explanation, Explanation).importance}
    usual = compute_usual(learnt, own, directions, least, confidence)
    resolved, names = resolve_rules(segments, settings.offer, customers), {key: s.name for key, s in segments.items()}
    rules = SegmentRules(**dict(resolved), usual=usual, names=names)
    audience = build_audience(customers, rules, settings.offer, money, roles)
    attributed = read_table(paths.attributions, build_attributions_schema(roles.names))
    attributions = align_rows(attributed, customers)[[*roles.names]]
    pushes = attributions, rank_reasons(customers, attributions, fold, usual, settings.reason)
    happened = _look_back(settings, learnt, rules)
    actionable = {name: wording.actionable for name, wording in settings.reason.items()}
    summary = summarise_segments(audience, segments, pushes, figures, found, happened, actionable)
    write_artifact(paths.segment_rules, rules)
    write_artifact(paths.segments, summary)
    write_table(paths.membership, pd.concat([customers[[ID]], audience.members], axis=1), MEMBERSHIP)
    for key in summary.empty:
        typer.echo(f"No customer belongs to segment.{key}: loosen its conditions in conf/shop/, or remove it.")


def _find_segments(
    settings: Settings,
    roles: ColumnRoles,
    customers: pd.DataFrame,
    learnt: pd.DataFrame,
    own: np.ndarray,
    figures: Figures,
) -> tuple[dict[str, Segment], FoundSummary]:
    """Return the declared segments with those that are found among the rows of a fold, and how the search went."""
    seen, unseen, how = learnt[own > 0], learnt[(learnt[PART] == TEST) & (learnt[STANDS_FOR] > 0)], settings.found
    declared = find_members(resolve_rules(settings.segment, {}, customers).segments, seen)
    found = find_segments(seen, declared, how.choose_columns(roles), how, figures, settings.seed)
    wordings = {**settings.reason, **word_money(settings.plan.money.unit)}
    speech = Speech(wordings, list_categories(settings.tables.columns))
    told = summarise_findings(found, speech, seen, unseen, how, figures)
    return {**settings.segment, **build_segments(found, speech, settings.segment)}, told


def _look_back(settings: Settings, learnt: pd.DataFrame, rules: SegmentRules) -> Happened:
    """Return what became of those whom no campaign contacted, and how good the model is for the test ones of them."""
    counted = learnt[learnt[STANDS_FOR] > 0]
    members, judged = find_members(rules.segments, counted), counted[PART] == TEST
    test, confidence = counted[judged], settings.plan.confidence
    draws = Bootstrap(test[UNIT].to_numpy(), RESAMPLES, confidence, settings.seed, test[STANDS_FOR].to_numpy())
    said = test[TARGET].to_numpy(), test[PROBABILITY].to_numpy()
    groups = measure_groups(*said, members[judged], "segment", draws)
    return Happened(counted[TARGET].to_numpy(), counted[UNIT].to_numpy(), members, groups)
