"""Stage ``plan``: what to offer whom within the budget, and whom to leave alone."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from retention.audience.alignment import align_rows
from retention.audience.offers.audience import Audience, build_audience
from retention.audience.offers.reasons import find_reasons
from retention.audience.plan.baselines import find_threshold
from retention.audience.plan.campaign import Occasion, plan_campaign, tabulate_planned
from retention.audience.plan.contact_list import HOLDOUT, OFFERS, Told, list_customers
from retention.audience.plan.known import believe, leave_out
from retention.audience.plan.settings import PlanSettings
from retention.audience.plan.summary import PlanMetrics, summarise_campaign
from retention.audience.plan.what_if import WHAT_IF, tabulate_what_if
from retention.audience.segments.rules import SegmentRules, check_rules
from retention.campaigns.effects import Effects
from retention.campaigns.ledger import ASSIGNED, PLANNED, UNTOUCHED
from retention.campaigns.summary import Campaigns
from retention.files import read_artifact, read_table, write_artifact, write_table
from retention.learning.calibration.summary import LEARNT_PROBABILITIES, PROBABILITIES
from retention.learning.explanation.summary import build_attributions_schema
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import PROBABILITY, STANDS_FOR
from retention.tables.months.periods import Periods, move_month
from retention.tables.roles import ColumnRoles, build_customers_schema, build_learnt_schema
from retention.tables.schema import list_categories


@dataclass(frozen=True)
class Case:
    """What is to be planned."""

    audience: Audience
    fold: np.ndarray  # by the model of which fold each customer's probability is; 0 for that of all, shape (n,)
    plan: PlanSettings
    occasion: Occasion
    launched: pd.DataFrame | None  # what was sent already


def read_case(settings: Settings, paths: Paths) -> Case:
    """Read whom to plan for, with what is known of the offers and whom campaigns rest."""
    roles = read_artifact(paths.columns, ColumnRoles)
    rules = read_artifact(paths.segment_rules, SegmentRules)
    check_rules(rules, settings.offer, settings.plan.segment_caps)
    customers = read_table(paths.customers, build_customers_schema(roles))
    said = align_rows(read_table(paths.probabilities, PROBABILITIES), customers)
    customers = customers.assign(**{PROBABILITY: said[PROBABILITY]})
    periods = read_artifact(paths.periods, Periods)
    offers = believe(settings.offer, read_artifact(paths.effects, Effects))
    audience = build_audience(customers, rules, offers, settings.plan.money, roles)
    audience = leave_out(audience, read_table(paths.untouched, UNTOUCHED))
    reading = move_month(periods.acted_on, settings.label.months) if periods.acted_on else ""
    occasion = Occasion(periods.acted_on, reading, settings.campaigns.way)
    plan = settings.plan.within(read_artifact(paths.campaigns, Campaigns).left_this_year)
    launched = read_table(paths.launched, ASSIGNED)
    return Case(audience, said["fold"].to_numpy(), plan, occasion, None if launched.empty else launched)


def run(settings: Settings, paths: Paths) -> None:
    """Plan the campaign, compare it with others, and write the lists."""
    case = read_case(settings, paths)
    audience, plan, roles, customers = case.audience, case.plan, case.audience.roles, case.audience.customers
    campaign = plan_campaign(audience, plan, settings.seed, case.occasion, case.launched)
    learnt = read_table(paths.learnt, build_learnt_schema(roles))
    given = align_rows(read_table(paths.learnt_probabilities, LEARNT_PROBABILITIES), learnt)
    learnt = learnt.assign(**{PROBABILITY: given[PROBABILITY]})
    rules = read_artifact(paths.segment_rules, SegmentRules)
    known = build_audience(learnt, rules, audience.offers, plan.money, roles)
    taught = ((given["fold"] > 0) & (learnt[STANDS_FOR] > 0)).to_numpy()
    threshold = find_threshold(known, taught, plan, settings.seed)
    suggested = threshold.suggested.value if threshold else None

    who, labels = campaign.listed, list_categories(settings.tables.columns)
    attributed = read_table(paths.attributions, build_attributions_schema(roles.names))
    attributions = align_rows(attributed, customers)[[*roles.names]]
    language, dialect = settings.report.language, settings.report.dialect
    told = (rules.usual, settings.reason, labels, language)
    reasons = find_reasons(customers[who], attributions[who], case.fold[who], *told)
    words = Told(language, labels, rules, case.occasion.campaign)
    offers = list_customers(audience, campaign, who, customers[who], words, reasons)
    held = list_customers(audience, campaign, campaign.held, customers[campaign.held], words)

    summary = summarise_campaign(audience, campaign, threshold, plan)
    write_artifact(paths.plan, summary)
    metrics = PlanMetrics(net_profit=summary.expected_net_profit, contacts=summary.contacts, spent=summary.spent)
    write_artifact(paths.plan_metrics, metrics)
    write_table(paths.what_if, tabulate_what_if(audience, campaign, plan, suggested), WHAT_IF)
    write_table(paths.planned, tabulate_planned(audience, campaign), PLANNED)
    write_table(paths.offers, offers, OFFERS, dialect)
    write_table(paths.holdout, held, HOLDOUT, dialect)
