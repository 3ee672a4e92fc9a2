"""Segments, offers, the plan and the lists."""

import numpy as np
import pandas as pd

from retention.audience.discovery.found_segments import find_segments, rank_last
from retention.audience.discovery.found_summary import summarise_findings
from retention.audience.offers.audience import build_audience, check_references, join_probabilities, resolve_all
from retention.audience.offers.contact_list import add_reasons, build_contacts
from retention.audience.offers.reasons import check_wordings, compute_usual, find_reasons
from retention.audience.plan.campaign import plan_campaign
from retention.audience.plan.campaign_summary import choose_threshold, find_threshold, summarise_campaign
from retention.audience.plan.problem import pick
from retention.audience.plan.what_if import tabulate_what_if
from retention.audience.segments.membership import find_members
from retention.audience.segments.segments_summary import summarise_segments
from retention.errors import UserError
from retention.files import read_parquet, write_csv, write_json, write_parquet
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import CATEGORICAL, FEATURES, ID


def run(settings: Settings, paths: Paths) -> None:
    """Describe the segments, plan the campaign and write the lists."""
    labels = {name: settings.tables.columns[name].values for name in CATEGORICAL}  # noqa: PD011 -- a setting
    check_references(settings.segment, settings.offer, settings.plan, labels)
    check_wordings(settings.reason)
    probabilities, attributions = read_parquet(paths.probabilities), read_parquet(paths.attributions)
    customers = join_probabilities(read_parquet(paths.customers), probabilities)
    attributions = _in_order(attributions, customers)[[*FEATURES]]
    train = (_in_order(probabilities, customers)["part"] == "train").to_numpy()

    declared = find_members(resolve_all(settings.segment, settings.offer, customers).segments, customers)
    findings = find_segments(
        customers, train, declared, settings.found, settings.plan, settings.reason, labels, settings.seed
    )
    segments = {**settings.segment, **rank_last(findings.segments, settings.segment)}
    audience = build_audience(customers, segments, settings.offer, settings.plan)
    campaign = plan_campaign(audience, settings.plan, settings.seed)
    curve = find_threshold(audience, campaign, train, settings.plan, settings.seed)
    usual = compute_usual(customers, settings.plan.minimum_support)
    threshold = choose_threshold(curve, settings.plan)

    offer = np.array([*settings.offer, ""], dtype=object)[campaign.solution.chosen]  # NOBODY is the last place
    value = pick(campaign.problem.values, campaign.solution.chosen)
    contacted, held = (
        build_contacts(customers[who], campaign.segment[who], offer[who], value[who])
        for who in (campaign.contacted, campaign.held)
    )
    who = campaign.contacted
    reasons = find_reasons(customers[who], attributions[who], usual, settings.reason, labels, settings.report.language)

    found = summarise_findings(findings, customers, train, settings.found, settings.plan)
    stable = {rule["key"]: rule for rule in found["rules"] if rule["kept"]}
    summary = summarise_segments(audience, segments, attributions, usual, threshold, settings.plan, stable)
    actionable = {name: wording.actionable for name, wording in settings.reason.items()}
    write_json(paths.segments, {**summary, "found": found, "actionable": actionable})
    write_parquet(paths.membership, pd.concat([customers[[ID]], audience.members], axis=1))
    write_json(paths.plan, summarise_campaign(audience, campaign, curve, settings.plan))
    suggested = None if curve is None else curve.best
    write_parquet(paths.what_if, tabulate_what_if(audience, campaign, settings.plan, suggested))
    write_csv(paths.offers, add_reasons(contacted, reasons), bom=True)
    write_csv(paths.holdout, held, bom=True)


def _in_order(frame: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` with its rows in the order of the customers."""
    if set(frame[ID]) != set(customers[ID]):
        raise UserError("the files in artifacts/ hold different customers: run `dvc repro`.")
    return customers[[ID]].merge(frame, on=ID, how="left", validate="one_to_one")
