"""Scores new exports with the champion: probabilities, segments, and the offer list with reasons."""

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from retention.audience.offers.audience import Audience, build_audience
from retention.audience.offers.reasons import ACTIONABLE, REASONS, find_reasons
from retention.audience.plan.campaign import Occasion, build_problem, plan_campaign, tabulate_planned
from retention.audience.plan.contact_list import Told, list_customers
from retention.audience.plan.known import believe, leave_out
from retention.audience.segments.rules import check_rules, name_segment
from retention.campaigns.effects import Effects
from retention.campaigns.ledger import OFFER, PLANNED, UNTOUCHED
from retention.campaigns.summary import Campaigns
from retention.errors import UserError
from retention.files import DECIMALS, read_artifact, read_table, write_artifact, write_csv, write_table
from retention.learning.calibration.calibrated_model import CalibratedModel
from retention.learning.calibration.training import tabulate_probabilities
from retention.learning.explanation.explanation import explain_customers
from retention.paths import Paths
from retention.registry.entrant import Champion, fetch_champion, find_customers
from retention.settings import Settings
from retention.strict import Dialect, Strict
from retention.tables.columns import ID, PROBABILITY
from retention.tables.customers import read_customers
from retention.tables.months.periods import MONTH_FORM
from retention.tables.schema import list_categories
from retention.watch.summary import Watch
from retention.watch.watch import cannot_tell, watch
from retention.watch.wording import say

SPREADSHEETS = ("offers.csv", "holdout.csv", "quarantine.csv")


class Scored(Strict):
    """``scored.json`` beside the lists: the model that they are by."""

    model: str
    """The sha256 of its file."""


def score(exports: Path, out: Path, settings: Settings, paths: Paths) -> list[str]:
    """Score the customers of `exports` and write the lists into `out`.

    Offers do what the campaigns have shown by the last run, whom a campaign rests is left alone, and a folder that is
    named as its month (``data/2026-09``) draws that month's control group. Probability, segments, reasons and the best
    offer of a customer depend on nobody else in the file. Who is contacted does, as long as the plan has a budget: it
    is one budget for all of them.

    Returns
    -------
    list of str
        What was done, a sentence each.

    Raises
    ------
    UserError
        If the exports cannot be used or there is no champion that can; `out` is then as it was.
    """
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file: name a folder with --out.")
    table = read_customers(exports, settings.tables, settings.runtime.backend, labelled=False)
    champion = fetch_champion(settings, paths)
    fold = champion.find_folds(table.frame[ID])
    models = champion.read_models(fold)
    customers = table.frame.assign(**{PROBABILITY: predict_customers(champion, models, fold, table.frame)})
    settings, untouched = recall_campaigns(settings, paths)
    audience = leave_out(find_audience(champion, customers, settings), untouched)
    month = exports.resolve().name
    occasion = Occasion(month if re.fullmatch(MONTH_FORM, month) else "", way=settings.campaigns.way)
    lists, planned = _plan_contacts(champion, models, audience, settings, occasion)
    frames = {
        "probabilities.csv": customers[[ID, PROBABILITY]],
        "segments.csv": list_segments(audience, settings),
        **lists,
        "quarantine.csv": table.quarantine,
    }
    watched = watch_customers(champion, customers, settings, paths)
    _replace_files(out, frames, settings.report.dialect, planned, Scored(model=champion.version.sha256))
    counts = table.quality.customers
    return [
        f"{counts.read:,} customers read: {counts.kept:,} scored by version {champion.version.number}, "
        f"{counts.excluded:,} excluded, {counts.quarantined:,} unusable; quarantine.csv lists "
        f"{len(table.quarantine):,} rows that were set aside.",
        f"{len(frames['offers.csv']):,} to contact, {len(frames['holdout.csv']):,} left alone as a control group."
        if settings.offer
        else "There are no offers: offers.csv lists everyone by what is at stake.",
        f"Wrote {', '.join(frames)} to {out}.",
        f"Watch: {watched.verdict.replace('_', ' ')}. {' '.join(reason.en for reason in watched.reasons)}",
    ]


def watch_customers(champion: Champion, customers: pd.DataFrame, settings: Settings, paths: Paths) -> Watch:
    """Compare the customers scored with those that the champion learnt from, if their rows are on this machine."""
    try:
        learnt = find_customers(champion.version, paths)
    except UserError:
        return cannot_tell(say("no_learnt"), None, customers)
    given = champion.probabilities[PROBABILITY].to_numpy()  # in the order of the rows
    learnt, lost_months = learnt.assign(**{PROBABILITY: given}), settings.plan.money.lost_months
    return watch(learnt, customers, champion.roles, {}, settings.watch, settings.seed, lost_months)


def predict_customers(
    champion: Champion, models: Sequence[CalibratedModel], fold: np.ndarray, customers: pd.DataFrame
) -> np.ndarray:
    """Return each customer's probability by the model of its fold, rounded so that company does not matter, shape (n,).

    A model is too sure of a customer that it learnt from. Matrix products differ in the last bits with the number of
    rows; a threshold must not see that.
    """
    try:
        given = tabulate_probabilities(models, fold, customers[list(champion.roles.names)])
    except (ValueError, KeyError) as error:  # a category that it never met, a column that these tables lack
        reason = " ".join(str(error).split())
        raise UserError(f"Version {champion.version.number} cannot score these customers: {reason}") from None
    return given[PROBABILITY].round(DECIMALS).to_numpy()


def find_audience(champion: Champion, customers: pd.DataFrame, settings: Settings) -> Audience:
    """Return segments and eligible offers by the numbers that were resolved when the champion was made."""
    check_rules(champion.rules, settings.offer, settings.plan.segment_caps)
    return build_audience(customers, champion.rules, settings.offer, settings.plan.money, champion.roles)


def recall_campaigns(settings: Settings, paths: Paths) -> tuple[Settings, pd.DataFrame]:
    """Return the settings with what was measured in the place of what was assumed, and whom to leave alone."""
    if not paths.untouched.exists():  # nothing has been run here
        return settings, pd.DataFrame(columns=[ID, OFFER], dtype="str")
    offers = believe(settings.offer, read_artifact(paths.effects, Effects))
    plan = settings.plan.within(read_artifact(paths.campaigns, Campaigns).left_this_year)
    return settings.model_copy(update={"offer": offers, "plan": plan}), read_table(paths.untouched, UNTOUCHED)


def list_segments(audience: Audience, settings: Settings) -> pd.DataFrame:
    """Return a row a customer: the segments, the first of them, and the offer worth most if money were no limit."""
    problem = build_problem(audience, settings.plan)
    values = problem.values  # noqa: PD011 -- an array
    worth = np.where(problem.allowed & (values > 0), values, -np.inf)
    best = worth.argmax(axis=1) if worth.shape[1] else np.zeros(len(worth), dtype=int)
    pays = np.isfinite(worth).any(axis=1)
    names = np.array([*audience.offers, ""], dtype=object)
    listed = audience.customers[[ID, PROBABILITY]].assign(
        segment=name_segment(audience.members), best_offer=names[np.where(pays, best, len(names) - 1)]
    )
    return pd.concat([listed, audience.members.astype(int)], axis=1)


def _plan_contacts(
    champion: Champion,
    models: Sequence[CalibratedModel],
    audience: Audience,
    settings: Settings,
    occasion: Occasion,
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return the offer list with reasons and the control group, and what a launch freezes."""
    campaign = plan_campaign(audience, settings.plan, settings.seed, occasion)
    words = Told(settings.report.language, list_categories(settings.tables.columns), champion.rules, occasion.campaign)
    contacts = list_customers(audience, campaign, campaign.listed, words)
    reasons = explain_contacts(champion, models, audience.customers[campaign.listed], settings)
    held = list_customers(audience, campaign, campaign.held, words)
    return {"offers.csv": contacts.join(reasons), "holdout.csv": held}, tabulate_planned(audience, campaign)


def explain_contacts(
    champion: Champion, models: Sequence[CalibratedModel], customers: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """Return each customer's reasons: compared with the customers that the champion was made from, not one another."""
    if customers.empty:
        return pd.DataFrame(columns=[*REASONS, *ACTIONABLE], dtype="str")
    workers, language = settings.runtime.workers, settings.report.language
    pipelines, fold = [model.pipeline for model in models], champion.find_folds(customers[ID])
    explained = explain_customers(pipelines, fold, customers[list(champion.roles.names)], champion.reference, workers)
    attributions = explained.by_column.round(DECIMALS)  # as `explain` writes them, so that the order is the same
    labels = list_categories(settings.tables.columns)
    usual = champion.rules.usual
    return find_reasons(customers, attributions, fold, usual, settings.reason, labels, language)


def _replace_files(
    out: Path, frames: Mapping[str, pd.DataFrame], dialect: Dialect, planned: pd.DataFrame, scored: Scored
) -> None:
    """Write all files beside `out` first, then put each in its place, so that an error leaves the former ones."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
        for name, frame in frames.items():
            write_csv(Path(folder) / name, frame, dialect if name in SPREADSHEETS else None)
        write_table(Path(folder) / "planned.parquet", planned, PLANNED)
        write_artifact(Path(folder) / "scored.json", scored)
        out.mkdir(exist_ok=True)
        for path in sorted(Path(folder).iterdir()):
            path.replace(out / path.name)
