"""Stage ``segment``: who belongs together, declared or found, and what such customers are like."""

import pandas as pd

from retention.audience.alignment import align_rows
from retention.audience.discovery.found_segments import build_segments, find_segments
from retention.audience.discovery.found_summary import summarise_findings
from retention.audience.discovery.rule_wording import Speech, word_money
from retention.audience.offers.audience import build_audience
from retention.audience.offers.reasons import check_wordings, compute_usual
from retention.audience.segments.membership import find_members
from retention.audience.segments.membership_table import MEMBERSHIP
from retention.audience.segments.profile import Figures
from retention.audience.segments.rules import SegmentRules, check_references, resolve_rules
from retention.audience.segments.summary import summarise_segments
from retention.files import read_table, write_artifact, write_table
from retention.learning.calibration.probabilities_table import PROBABILITIES
from retention.learning.explanation.attributions_table import ATTRIBUTIONS
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import CUSTOMERS, FEATURES, ID, PROBABILITY
from retention.tables.schema import list_categories


def run(settings: Settings, paths: Paths) -> None:
    """Find the segments, describe them, and keep the rules that later customers are judged by."""
    labels = list_categories(settings.tables.columns)
    check_references(settings.segment, settings.offer, labels)
    check_wordings(settings.reason)
    customers = read_table(paths.customers, CUSTOMERS)
    known = align_rows(read_table(paths.probabilities, PROBABILITIES), customers)
    customers = customers.assign(**{PROBABILITY: known[PROBABILITY].to_numpy()})
    train = (known["part"] == "train").to_numpy()
    money = settings.plan.money
    figures = Figures(settings.plan.minimum_support, settings.plan.confidence, money.horizon_months)

    declared = find_members(resolve_rules(settings.segment, {}, customers).segments, customers)
    findings = find_segments(customers[train], declared[train], settings.found, figures, settings.seed)
    speech = Speech({**settings.reason, **word_money(money.unit)}, labels)
    segments = {**settings.segment, **build_segments(findings, speech, settings.segment)}
    resolved = resolve_rules(segments, settings.offer, customers)
    rules = SegmentRules(**dict(resolved), usual=compute_usual(customers, figures.minimum_support))
    audience = build_audience(customers, rules, settings.offer, money)
    summary = summarise_segments(
        audience,
        segments,
        rules.segments,
        align_rows(read_table(paths.attributions, ATTRIBUTIONS), customers)[[*FEATURES]],
        figures,
        summarise_findings(findings, speech, customers[~train], settings.found, figures),
        {name: wording.actionable for name, wording in settings.reason.items()},
    )
    write_artifact(paths.segment_rules, rules)
    write_artifact(paths.segments, summary)
    write_table(paths.membership, pd.concat([customers[[ID]], audience.members], axis=1), MEMBERSHIP)
