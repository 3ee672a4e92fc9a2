"""The sample shop over months: the same customers again and again, whose labels come months later.

Campaigns that are answered say who was reached, who used the offer, who declined all the same, what it cost.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from shutil import rmtree

import numpy as np
import pandas as pd

from retention.campaigns.ledger import ARM, ASSIGNED, CONTACTED, COST, OFFER, REACHED, REDEEMED
from retention.errors import UserError
from retention.files import read_table, write_csv, write_parquet
from retention.simulate.customers import Ints
from retention.simulate.drift import UNCHANGED, Drift
from retention.simulate.effects import list_truth
from retention.simulate.exports import SMALLEST, add_defects, write_exports, write_outcomes
from retention.simulate.lives import UNSEEN, begin, live_on
from retention.tables.columns import ID, MONTH, TARGET
from retention.tables.months.periods import MONTH_FORM, OUTCOMES, move_month

FIRST_MONTH, MONTHLY_CUSTOMERS = "2026-03", 500  # of the sample shop
DELAY = 3  # months until a label is known
USES = 0.15  # the chance that an offer is used by one whom it does not keep from declining


def choose_months(told: str) -> list[str]:
    """Return the names of the months that ``N`` or ``N@YYYY-MM`` tells: N of them from that of the sample shop on."""
    count, _, first = told.partition("@")
    if not (count.isdecimal() and int(count)):
        raise UserError(f"{told} is no number of months: write one as 12, or as 12@{FIRST_MONTH}.")
    return name_months(first or FIRST_MONTH, int(count))


def name_months(first: str, count: int) -> list[str]:
    """Return the names of `count` months from `first` on."""
    if not re.fullmatch(MONTH_FORM, first):
        raise UserError(f"{first} is no month: write year and month, as 2026-03.")
    return [move_month(first, by) for by in range(count)]


def write_months(
    out: Path,
    months: Sequence[str],
    *,
    customers: int,
    seed: int,
    drift: Drift = UNCHANGED,
    truth: Path | None = None,
    assigned: pd.DataFrame | None = None,
) -> None:
    """Write the exports of each month and the labels as they become known; the same arguments give the same bytes.

    ``out/<month>/`` holds the four exports without the label, and ``outcomes.csv`` if the label was known by the last
    month; what is known later is ``out/outcomes/<month>.csv``. A customer who has left by then is in neither: all who
    leave have declined. A month's files do not depend on how many months follow, but for where the outcomes lie.

    There are at least `SMALLEST` customers a month. `truth` is a folder outside `out` for ``<month>.parquet`` as of
    `write_shop`, where an effect is negative if it harms and 0 if nobody is reached.

    `assigned` are the campaigns to answer: rows as `ASSIGNED` (see `answer_campaign`), of any of the months. They
    change the label of customers in them, their later profit and whether they leave, and nobody else; what the shop's
    own system would tell of a month's campaign is written to ``out/contacts/<month>.csv``.

    Raises
    ------
    UserError
        If there are too few customers, `truth` lies in `out`, or a campaign is not of these months and customers.
    """
    if customers < SMALLEST:
        raise UserError(f"A sample shop needs at least {SMALLEST} customers, not {customers}: ask for more.")
    if truth is not None and truth.resolve().is_relative_to(out.resolve()):
        raise UserError(f"The truth may not lie among the exports ({truth}): name a folder outside {out}.")
    campaigns = {} if assigned is None else {str(month): rows for month, rows in assigned.groupby(MONTH)}
    if unknown := sorted(set(campaigns) - set(months)):
        raise UserError(f"There is a campaign of {unknown[0]}, which is not of {months[0]} to {months[-1]}.")
    lives, waiting = begin(customers), dict[str, tuple[Ints, Ints]]()
    for step in range(-UNSEEN, len(months) + DELAY):
        lives = live_on(lives, step, drift, _generator(seed, step))
        if 0 <= step < len(months):
            month = months[step]
            if truth is not None:
                write_parquet(truth / f"{month}.parquet", list_truth(lives.shown).sort_values("id"))
            if month in campaigns:
                lives = replace(lives, shown=_answer(out / "contacts" / f"{month}.csv", campaigns[month], lives.shown))
            rng = _generator(seed, step, 1)
            clean = lives.shown.drop(columns="declined").sort_values("id", ignore_index=True)
            write_exports(out / month, add_defects(clean, rng.random(customers)), rng)
            waiting[month] = lives.shown["id"].to_numpy(), lives.shown["declined"].to_numpy()
        if step >= DELAY:
            month = months[step - DELAY]
            path = out / month / OUTCOMES if step < len(months) else out / "outcomes" / f"{month}.csv"
            ids, declined = waiting.pop(month)
            order = np.argsort(ids)
            known = order[np.isin(ids[order], lives.shown["id"])]
            write_outcomes(path, ids[known], declined[known])


def write_sample(out: Path) -> None:
    """Write the sample shop: seven months, of which four have labels, two wait for them and the last is acted on."""
    write_months(out, name_months(FIRST_MONTH, 7), customers=MONTHLY_CUSTOMERS, seed=42)
    rmtree(out / "outcomes")  # nobody can know yet what is in it


def read_assigned(files: Sequence[Path]) -> pd.DataFrame | None:
    """Read the ``assigned.csv`` of launched campaigns, none is None; another file is a `UserError`."""
    remedy = "name data/campaigns/<id>/assigned.csv of a launched campaign, not"
    read = [read_table(file, ASSIGNED, f"{remedy} {file}") for file in files]
    return pd.concat(read) if read else None


def _generator(seed: int, step: int, *purpose: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64([seed, UNSEEN + step, *purpose]))


def answer_campaign(assigned: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Return what the shop's own system would see of a campaign.

    `assigned` has a row a customer of the campaign as `ASSIGNED`: `ID`, `OFFER` (of those held too), `ARM` and `COST`;
    `truth` is of its month, as `write_months` writes it. Added are `REACHED`, `REDEEMED` and `TARGET`, 0 or 1 each: a
    customer declines if and only if ``campaign_draw < true_probability - effect_<offer>``, with an effect of 0 for
    those held. Effects are those of sending: 0 where nobody is reached. `COST` becomes what arose, so 0 for whoever was
    held or not reached.

    A customer or an offer that is not in `truth` is a `UserError`.
    """
    known = truth.set_index(truth["id"].astype(str)).reindex(assigned[ID].astype(str))
    effects = known.filter(like="effect_")
    column = effects.columns.get_indexer(pd.Index("effect_" + assigned[OFFER].astype(str)))
    for name, unknown in ((ID, known["id"].isna().to_numpy()), (OFFER, column < 0)):
        if unknown.any():
            raise UserError(
                f"The campaign's {name} {assigned[name][unknown].iloc[0]} is not in the truth of its month."
            )
    sent = (assigned[ARM] == CONTACTED).to_numpy()
    effect = np.where(sent, effects.to_numpy()[np.arange(len(column)), column], 0.0)
    probability, draw = known["true_probability"].to_numpy(), known["campaign_draw"].to_numpy()
    declined = draw < probability - effect
    reached = sent & effects.to_numpy().any(axis=1)
    luck = draw * 1e4 % 1  # the last digits of the draw, on which nothing else depends
    redeemed = reached & ((~declined & (draw < probability)) | (luck < USES))
    flags = {REACHED: reached, REDEEMED: redeemed, TARGET: declined}
    cost = assigned[COST].where(reached, 0.0)
    return assigned.assign(**{name: flag.astype(np.int64) for name, flag in flags.items()}, **{COST: cost})


def _answer(path: Path, assigned: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """Write who was reached by a campaign, and return the month with the labels that follow from it."""
    answered = answer_campaign(assigned, shown)
    write_csv(path, answered.loc[answered[ARM] == CONTACTED, [ID, REACHED, REDEEMED, COST]])
    changed = answered.set_index(answered[ID].astype(np.int64))[TARGET]
    return shown.assign(declined=shown["id"].map(changed).fillna(shown["declined"]).astype(np.int64))
