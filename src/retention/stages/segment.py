"""Stage ``segment``: who belongs together, declared or found, and what such customers are like."""

import pandas as pd
import typer

from retention.audience.alignment import align_rows, join_learnt, join_probabilities
from retention.audience.discovery.found_segments import build_segments, find_segments, summarise_findings
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
from retention.learning.evaluation.evaluation import Group
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
    roles = read_artifact(paths.columns, ColumnRoles)
    customers, fold = join_probabilities(
        read_table(paths.customers, build_customers_schema(roles)), read_table(paths.probabilities, PROBABILITIES)
    )
    learnt, own = join_learnt(
        read_table(paths.learnt, build_learnt_schema(roles)),
        read_table(paths.learnt_probabilities, LEARNT_PROBABILITIES),
    )
    train, test = own > 0, (learnt[PART] == TEST).to_numpy()
    money, confidence, least = settings.plan.money, settings.plan.confidence, settings.plan.minimum_support
    figures = Figures(
        horizon_months=money.horizon_months,
        loss_share=money.loss_share.value,
        confidence=confidence,
        minimum_support=least,
    )
    declared = find_members(resolve_rules(settings.segment, {}, customers).segments, learnt)
    columns = settings.found.choose_columns(roles)
    found = find_segments(learnt[train], declared[train], columns, settings.found, figures, settings.seed)
    speech = Speech({**settings.reason, **word_money(money.unit)}, list_categories(settings.tables.columns))
    segments = {**settings.segment, **build_segments(found, speech, settings.segment)}
    directions = {row.column: row.direction for row in read_artifact(paths.explanation, Explanation).importance}
    usual = compute_usual(learnt, own, directions, least, confidence)
    resolved, names = resolve_rules(segments, settings.offer, customers), {key: s.name for key, s in segments.items()}
    rules = SegmentRules(**dict(resolved), usual=usual, names=names)
    audience = build_audience(customers, rules, settings.offer, money, roles)
    attributed = read_table(paths.attributions, build_attributions_schema(roles.names))
    attributions = align_rows(attributed, customers)[[*roles.names]]
    members = find_members(rules.segments, learnt)
    judged = test & (learnt[STANDS_FOR] > 0).to_numpy()
    tested = _measure_segments(learnt[judged], members[judged], confidence, settings.seed)
    summary = summarise_segments(
        audience,
        segments,
        (attributions, rank_reasons(customers, attributions, fold, usual, settings.reason)),
        figures,
        summarise_findings(found, speech, learnt[train], learnt[test], settings.found, figures),
        Happened(learnt[TARGET].to_numpy(), members, tested),
        {name: wording.actionable for name, wording in settings.reason.items()},
    )
    write_artifact(paths.segment_rules, rules)
    write_artifact(paths.segments, summary)
    write_table(paths.membership, pd.concat([customers[[ID]], audience.members], axis=1), MEMBERSHIP)
    for key in summary.empty:
        typer.echo(f"No customer belongs to segment.{key}: loosen its conditions in conf/shop/, or remove it.")


def _measure_segments(test: pd.DataFrame, members: pd.DataFrame, confidence: float, seed: int) -> list[Group]:
    draws = Bootstrap(test[UNIT].to_numpy(), RESAMPLES, confidence, seed, test[STANDS_FOR].to_numpy())
    return measure_groups(test[TARGET].to_numpy(), test[PROBABILITY].to_numpy(), members, "segment", draws)
