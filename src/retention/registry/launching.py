"""Launches what was planned: freezes it in the ledger of campaigns, and lists what lies there."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from retention.campaigns.effects import Effects
from retention.campaigns.ledger import ARM, CONTACTED, COST, PLANNED, Launched, Terms, launch, read_ledger
from retention.campaigns.summary import Campaigns
from retention.errors import UserError
from retention.files import read_artifact, read_table
from retention.intake.versioning import changing_data
from retention.paths import Paths
from retention.registry.scoring import Scored
from retention.settings import Settings
from retention.tables.months.periods import CAMPAIGNS, Periods, check_month
from retention.tables.roles import list_roles
from retention.tracking.models.ledger import has_registry, open_registry
from retention.tracking.models.registry import CHAMPION, Version, find_by_alias
from retention.tracking.store.digest import hash_file


def launch_plan(
    settings: Settings,
    paths: Paths,
    *,
    month: str = "",
    folder: Path | None = None,
    force: bool = False,
    reason: str = "",
) -> list[str]:
    """Freeze the plan of ``artifacts/``, or of a folder that `score` wrote, as the campaign of its month.

    Parameters
    ----------
    settings, paths
    month : str, optional
        By default the month acted on, or that of the folder's exports.
    folder : Path or None, optional
        The folder that `score` wrote.
    force : bool
        Launch though the plan's model is not the champion.
    reason : str
        Why; it is written into the ledger, and force needs one.

    Returns
    -------
    list of str
        What was done, a sentence each.

    Raises
    ------
    UserError
        If there is no plan or no month, the model is not the champion, or it was launched already; ``data/`` is then as
        before.
    """
    if force and not reason.strip():
        raise UserError('--force needs --reason "…": it is written into the ledger.')
    check_month(month)
    model, of, planned = _read_plan(paths, folder)
    if month and of and month != of:
        raise UserError(f"The plan in {(folder or paths.artifacts).name}/ is of {of}, not {month}: leave --month out.")
    if not (month := month or of):
        raise UserError("The plan has no month: say which it is for, as --month 2026-09.")
    version = _find_champion(settings, paths)
    number = version.number if version and version.sha256 == model else None
    if number is None and not force:
        told = f"version {version.number}, {version.sha256[:12]}" if version else "there is none"
        raise UserError(
            f"The plan is by another model ({model[:12]}) than the champion ({told}): promote it (`retention "
            'promote`), plan by the champion (`retention score`), or launch with --force --reason "…".'
        )
    with changing_data(paths) as data:
        launched = launch(
            data / CAMPAIGNS,
            planned,
            month,
            month,
            _find_terms(settings, paths),
            settings.model_dump(mode="json", include={"offer", "plan", "campaigns"}),
            (model, number, reason.strip() if force else ""),
        )
    return [*_tell_launch(launched, planned, f"{paths.data.name}/{CAMPAIGNS}")]


def _tell_launch(launched: Launched, planned: pd.DataFrame, ledger: str) -> Iterator[str]:
    sent = planned[ARM] == CONTACTED
    yield (
        f"Campaign {launched.campaign} is launched: {int(sent.sum()):,} to contact, {int((~sent).sum()):,} left alone, "
        f"for {planned.loc[sent, COST].sum():,.2f}; it lies in {ledger}/{launched.campaign} and is never changed."
    )
    if sent.any() and not sent.all():
        read = f"Its result can be read with the exports of {launched.reading}."
        yield f"{read} contacts.csv of the CRM may be put beside it."
    else:
        yield "Only one of the arms has anybody, so its result cannot be measured."
    yield "`dvc repro` makes plan, lists and report show what was sent, whatever is planned later."


def _read_plan(paths: Paths, folder: Path | None) -> tuple[str, str, pd.DataFrame]:
    """Return the digest of the model, the month, empty where it has no date, and the planned customers."""
    if folder is None:
        of = read_artifact(paths.periods, Periods).acted_on
        return hash_file(paths.model), of, read_table(paths.planned, PLANNED)
    remedy = "name a folder that `retention score` wrote"
    scored = read_artifact(folder / "scored.json", Scored, remedy)
    return scored.model, scored.month, read_table(folder / "planned.parquet", PLANNED, remedy)


def _find_champion(settings: Settings, paths: Paths) -> Version | None:
    if not has_registry(settings.tracking, paths.mlruns):
        return None
    with open_registry(settings.tracking, paths.mlruns) as (store, _):
        return find_by_alias(store, settings.tracking.model, CHAMPION)


def _find_terms(settings: Settings, paths: Paths) -> Terms:
    money = settings.plan.money
    counted = not list_roles(settings.tables.columns).money
    known = read_artifact(paths.effects, Effects).means if paths.effects.exists() else {}
    return Terms(
        months=settings.label.months,
        horizon_months=money.horizon_months,
        loss_share=1.0 if counted else money.loss_share.value,
        money=not counted,
        effects={name: known.get(name, offer.effect.value) for name, offer in settings.offer.items()},
    )


def list_campaigns(paths: Paths) -> Iterator[str]:
    """Yield a line for each campaign: what was sent, and what is known of it."""
    entries = read_ledger(paths.data / CAMPAIGNS)
    found = read_artifact(paths.campaigns, Campaigns).campaigns if paths.campaigns.exists() else ()
    measured = {one.campaign: one for one in found}
    for entry in entries:
        launched, sent = entry.launched, entry.assigned[ARM] == CONTACTED
        one = measured.get(launched.campaign)
        if one is None or not one.readable:
            known = f"to be read with the exports of {launched.reading}"
        elif one.pooled is None:
            known = "nothing can be told, since an arm has nobody whose outcome is known"
        else:
            avoided = one.pooled.avoided_customers
            known = f"{avoided.value:,.1f} declines avoided ({avoided.low:,.1f} to {avoided.high:,.1f})"
            if (net := one.pooled.net_profit) is not None:
                known += f", net profit {net.value:,.1f} ({net.low:,.1f} to {net.high:,.1f})"
            promised = one.pooled.promise
            known += f"; promised {promised.avoided:,.1f}" + (
                "" if promised.net_profit is None else f" and {promised.net_profit:,.1f}"
            )
        version = f"version {launched.version}" if launched.version else f"another model, by force: {launched.forced}"
        yield f"{launched.campaign} ({version}): {sent.sum():,} contacted, {(~sent).sum():,} left alone; {known}."
    if not entries:
        yield "No campaign has been launched yet: `retention launch` freezes the plan that is sent."
