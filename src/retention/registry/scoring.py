"""Scores new exports with the champion: probabilities, segments, and the offer list with reasons."""

import hashlib
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor
from numpy.typing import NDArray

from retention.audience.offers.audience import Audience
from retention.audience.offers.reasons import ACTIONABLE, REASONS, find_reasons
from retention.audience.plan.campaign import Occasion, plan_campaign, tabulate_planned
from retention.audience.plan.contact_list import Told, list_customers
from retention.audience.plan.known import believe
from retention.campaigns.effects import Effects
from retention.campaigns.ledger import OFFER, PLANNED, UNTOUCHED
from retention.campaigns.summary import Campaigns
from retention.errors import UserError
from retention.files import DECIMALS, hold, read_artifact, read_table, write_artifact, write_csv, write_table
from retention.learning.calibration.calibrated_model import CalibratedModel
from retention.learning.explanation.explanation import explain_customers
from retention.learning.search.cluster import connect, work_on
from retention.paths import Paths
from retention.registry.entrant import Champion, fetch_champion, find_customers
from retention.registry.portion import LISTS, Portion, join_portions, look_up, score_portion
from retention.settings import RuntimeSettings, Settings
from retention.strict import Dialect, Strict
from retention.tables.columns import ID, PROBABILITY
from retention.tables.customers import build_customers, read_customers
from retention.tables.months.periods import MONTH_FORM
from retention.tables.portions import Division, divide_exports
from retention.tables.schema import list_categories
from retention.watch.summary import Watch
from retention.watch.watch import Month, cannot_tell, say, watch

CUSTOMERS = 250_000  # so many are scored at once; memory grows with them, the lists do not change
LookUp = Callable[[NDArray[np.bool_]], pd.DataFrame]
_Told = tuple[Division, Champion, Settings, pd.DataFrame, Path]


class Scored(Strict):
    """``scored.json`` beside the lists: what they are by and of."""

    model: str  # the sha256 of the model's file
    month: str = ""  # whose customers they are; empty where the folder of the exports was not named as one


def score(exports: Path, out: Path, settings: Settings, paths: Paths, at_once: int = CUSTOMERS) -> list[str]:
    """Score the customers of `exports` and write the lists into `out`.

    Offers do what the campaigns have shown by the last run, whom a campaign rests is left alone, and a folder that is
    named as its month (``data/2026-09``) draws that month's control group. Probability, segments, reasons and the best
    offer of a customer depend on nobody else in the file. Who is contacted does, as long as the plan has a budget: it
    is one budget for all of them. More than `at_once` customers are scored in portions, which changes nothing. Returned
    is what was done, a sentence each.

    Raises
    ------
    UserError
        If the exports cannot be used or there is no champion that can; `out` is then as it was.
    """
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file: name a folder with --out.")
    if kept := [one.name for one in (paths.artifacts, paths.data) if out.resolve().is_relative_to(one.resolve())]:
        raise UserError(f"{out} lies in {kept[0]}/, whose files DVC keeps: name another folder with --out, as lists/.")
    with _room_beside(out.resolve(), paths.home / ".retention") as into:
        return _score(exports, out, settings, paths, into, at_once)


@contextmanager
def _room_beside(out: Path, locks: Path) -> Iterator[Path]:
    """Yield an empty folder beside `out`, for one process at a time; what a killed one left there goes."""
    lock = locks / f"score-{hashlib.sha256(bytes(out)).hexdigest()[:12]}.lock"
    room = out.parent / f".{out.name}.unfinished"
    with hold(lock, f"Another `retention score` writes to {out}: wait for it, or name another --out."):
        if room.exists():
            shutil.rmtree(room)
        room.mkdir(parents=True)
        try:
            yield room
        finally:
            shutil.rmtree(room)


def _score(exports: Path, out: Path, settings: Settings, paths: Paths, into: Path, at_once: int) -> list[str]:
    champion = fetch_champion(settings, paths)
    division = divide_exports(exports, settings.tables, settings.runtime.backend, into, at_once)
    settings, untouched = recall_campaigns(settings, paths)
    portions = score_portions(exports, division, champion, settings, untouched, into)
    sizes, whole = [len(portion.able) for portion in portions], join_portions(portions, settings.tables)
    del portions
    find = partial(look_up, into, whole.customers, sizes)
    named = re.fullmatch(MONTH_FORM, exports.resolve().name)
    occasion = Occasion(named[0] if named else "", way=settings.campaigns.way)
    lists, planned = plan_contacts(champion, whole, settings, occasion, find)
    counts, frames = whole.counts, {**lists, "quarantine.csv": whole.quarantine}
    watched = watch_customers(champion, whole.customers, settings, paths, find)
    scored = Scored(model=champion.version.sha256, month=occasion.campaign)
    _replace_files(out, into, len(sizes), frames, settings.report.dialect, planned, scored)
    return [
        f"{counts.read:,} customers read: {counts.kept:,} scored by version {champion.version.number}, "
        f"{counts.excluded:,} excluded, {counts.quarantined:,} unusable; rows set aside in "
        f"quarantine.csv: {len(whole.quarantine):,}.",
        f"{len(lists['offers.csv']):,} to contact, {len(lists['holdout.csv']):,} left alone as a control group."
        if settings.offer
        else "There are no offers: offers.csv lists everyone by what is at stake.",
        f"Wrote {', '.join([*LISTS, *frames])} to {out}.",
        f"Watch: {watched.verdict.replace('_', ' ')}. {' '.join(reason.en for reason in watched.reasons)}",
    ]


def score_portions(
    exports: Path,
    division: Division | None,
    champion: Champion,
    settings: Settings,
    untouched: pd.DataFrame,
    into: Path,
) -> list[Portion]:
    """Score the division's portions, or the whole at once, which also says what is wrong with a portion."""
    told = champion, settings, untouched, into
    if division:
        found = _score_each(range(division.count), (division, *told), settings.runtime)
        portions = [portion for portion in found if portion]
        if len(portions) == division.count and any(len(portion.customers) for portion in portions):
            return portions
    whole = read_customers(exports, settings.tables, settings.runtime.backend, labelled=False)
    return [score_portion(0, whole, *told)]


def _score_each(numbers: Iterable[int], told: _Told, runtime: RuntimeSettings) -> list[Portion | None]:
    """Read and score portions in processes of this machine or on a cluster; None for one that cannot be used."""
    if runtime.scheduler:
        with connect(runtime.scheduler) as client:
            into = told[-1].resolve()
            if blind := [worker for worker, sees in client.run(into.is_dir).items() if not sees]:
                raise UserError(
                    f"The worker {blind[0]} does not see {into.parent}: name with --out a folder that all machines "
                    "share under the same path."
                )
            return work_on(client, _read_and_score, numbers, client.scatter(told, broadcast=True))
    try:
        return list(Parallel(n_jobs=runtime.workers)(delayed(_read_and_score)(number, told) for number in numbers))
    finally:
        if runtime.workers > 1:
            get_reusable_executor().shutdown()  # idle processes keep memory that the plan needs


def _read_and_score(number: int, told: _Told) -> Portion | None:
    division, champion, settings, untouched, into = told
    try:
        table = build_customers(division.read(number), settings.tables, labelled=False, whole=False)
        return score_portion(number, table, champion, settings, untouched, into)
    except UserError:
        return None


def watch_customers(
    champion: Champion, customers: pd.DataFrame, settings: Settings, paths: Paths, find: LookUp
) -> Watch:
    """Compare the customers scored with those that the champion learnt from, if their rows are on this machine."""
    try:
        learnt = find_customers(champion.version, paths)
    except UserError:
        return cannot_tell(say("no_learnt"), None, customers)
    given = champion.probabilities[PROBABILITY].to_numpy()  # in the order of the rows
    learnt, month = learnt.assign(**{PROBABILITY: given}), Month(customers, settings.plan.money.lost_months, find)
    return watch(learnt, month, champion.roles, {}, settings.watch, settings.seed)


def recall_campaigns(settings: Settings, paths: Paths) -> tuple[Settings, pd.DataFrame]:
    """Return the settings with what was measured in the place of what was assumed, and whom to leave alone."""
    if not paths.untouched.exists():  # nothing has been run here
        return settings, pd.DataFrame(columns=[ID, OFFER], dtype="str")
    offers = believe(settings.offer, read_artifact(paths.effects, Effects))
    plan = settings.plan.within(read_artifact(paths.campaigns, Campaigns).left_this_year)
    return settings.model_copy(update={"offer": offers, "plan": plan}), read_table(paths.untouched, UNTOUCHED)


def plan_contacts(
    champion: Champion, whole: Portion, settings: Settings, occasion: Occasion, find: LookUp
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return the offer list with reasons and the control group, and what a launch freezes.

    Who may get nothing plays no part in the plan.
    """
    able, who = whole.able.copy(), whole.customers.loc[whole.able].reset_index(drop=True)
    money = settings.plan.money
    audience = Audience(who, whole.members, settings.offer, whole.eligible, money, champion.roles)
    campaign = plan_campaign(audience, settings.plan, settings.seed, occasion, compare=False)
    listed = campaign.listed | campaign.held
    able[able] = listed
    known = find(able)
    told, alone = (known[arm[listed]] for arm in (campaign.listed, campaign.held))
    words = Told(settings.report.language, list_categories(settings.tables.columns), champion.rules, occasion.campaign)
    reasons = explain_contacts(champion, champion.read_models(champion.find_folds(told[ID])), told, settings)
    contacts = list_customers(audience, campaign, campaign.listed, told, words, reasons)
    held = list_customers(audience, campaign, campaign.held, alone, words)
    return {"offers.csv": contacts, "holdout.csv": held}, tabulate_planned(audience, campaign)


def explain_contacts(
    champion: Champion, models: Sequence[CalibratedModel], customers: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """Return each customer's reasons: compared with the customers that the champion was made from, not one another."""
    if customers.empty:
        return pd.DataFrame(columns=[*REASONS, *ACTIONABLE], dtype="str")
    fold, features = champion.find_folds(customers[ID]), customers[list(champion.roles.names)]
    given = [model.pipeline for model in models], fold, features, champion.reference
    explained = explain_customers(*given, settings.runtime.workers)
    attributions = explained.by_column.round(DECIMALS)  # as `explain` writes them, so that the order is the same
    labels, language = list_categories(settings.tables.columns), settings.report.language
    return find_reasons(customers, attributions, fold, champion.rules.usual, settings.reason, labels, language)


def _replace_files(
    out: Path,
    into: Path,
    portions: int,
    frames: Mapping[str, pd.DataFrame],
    dialect: Dialect,
    planned: pd.DataFrame,
    scored: Scored,
) -> None:
    """Write all files within `into`, beside `out`, first, then put each in its place."""
    made = into / "made"
    made.mkdir()
    for name in LISTS:
        with (made / name).open("wb") as whole:
            for number in range(portions):
                with (part := into / f"{name}.{number}").open("rb") as written:
                    shutil.copyfileobj(written, whole)
                part.unlink()
    for name, frame in frames.items():
        write_csv(made / name, frame, dialect)
    write_table(made / "planned.parquet", planned, PLANNED)
    write_artifact(made / "scored.json", scored)
    out.mkdir(exist_ok=True)
    for path in sorted(made.iterdir()):
        path.replace(out / path.name)
