"""Stage ``measure``: what the campaigns before the month acted on have shown, and what was launched for it already."""

import pandas as pd

from retention.campaigns.effects import compute_economics, gather_evidence, learn_effects
from retention.campaigns.labels import teach
from retention.campaigns.ledger import ASSIGNED, UNTOUCHED, Entry, find_untouched, list_launched, read_ledger, sum_spent
from retention.campaigns.measurement import GONE, balance_campaigns, measure_campaign
from retention.campaigns.summary import Campaigns
from retention.files import read_artifact, read_table, write_artifact, write_table
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import ID, MONTH, TARGET
from retention.tables.months.labels import read_ids
from retention.tables.months.periods import CAMPAIGNS, Periods
from retention.tables.months.rows import TAUGHT
from retention.tables.roles import ColumnRoles, build_learnt_schema


def run(settings: Settings, paths: Paths) -> None:
    """Measure the campaigns whose result is known, learn what the offers do, and what treated labels teach by that."""
    periods, how = read_artifact(paths.periods, Periods), settings.campaigns
    entries = read_ledger(paths.data / CAMPAIGNS, periods.acted_on)
    learnt = read_table(paths.learnt, build_learnt_schema(read_artifact(paths.columns, ColumnRoles)))
    measured = [
        measure_campaign(entry, _find_outcomes(entry, periods, learnt, settings, paths), settings.label.absent, how)
        for entry in entries
    ]
    year = periods.acted_on[:4]
    left = None if how.year_budget is None else max(0.0, how.year_budget - sum_spent(entries, year))
    found = Campaigns(campaigns=tuple(measured), balance=balance_campaigns(measured), left_this_year=left)
    assumed = {name: offer.effect.value for name, offer in settings.offer.items()}
    economics = compute_economics(entries)
    effects = learn_effects(assumed, gather_evidence(measured), economics, how.confidence, how.extend)
    cooldown = {name: offer.cooldown_days for name, offer in settings.offer.items()}
    untouched = find_untouched(entries, periods.acted_on, how.way == "quarterly", cooldown)
    write_artifact(paths.campaigns, found)
    write_artifact(paths.effects, effects)
    write_table(paths.taught, teach(learnt, entries, effects.means, settings.label.treated), TAUGHT)
    write_table(paths.untouched, untouched, UNTOUCHED)
    write_table(paths.launched, list_launched(paths.data / CAMPAIGNS, periods.acted_on), ASSIGNED)


def _find_outcomes(
    entry: Entry, periods: Periods, learnt: pd.DataFrame, settings: Settings, paths: Paths
) -> pd.DataFrame | None:
    """Return what became of the customers of a campaign; None if it is not known yet.

    It is known from the month of reading on, and only of a month that is learnt from.

    Gone is who is not in the main export of that month, whatever is known of the label; without that export nobody is.
    """
    launched = entry.launched
    if launched.month not in periods.learnt or launched.reading > periods.acted_on:
        return None
    known = learnt.loc[learnt[MONTH] == launched.month, [ID, TARGET]].astype({ID: str})
    found, folder = entry.assigned[[ID]].merge(known, on=ID, how="left"), paths.data / launched.reading
    if not folder.is_dir():
        return found.assign(**{GONE: False})
    there = read_ids(folder, settings.tables, settings.runtime.backend).astype(str)
    return found.assign(**{GONE: ~found[ID].isin(there)})
