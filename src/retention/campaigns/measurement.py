"""Whether a campaign worked: what became of its customers, its arms compared by assignment, and whether that is sound.

They are compared for each offer and for all together.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from retention.campaigns.arms import compare_arms, find_chance
from retention.campaigns.ledger import (
    ARM,
    AT_STAKE,
    BLOCK,
    CHANCE,
    CONTACTED,
    COST,
    OFFER,
    REACHED,
    REACHED_ON,
    REDEEMED,
    Entry,
)
from retention.campaigns.settings import CampaignSettings
from retention.campaigns.summary import Alarm, Balance, Comparison, Days, Measured, Observation, Promise, Soundness
from retention.estimate import Estimate, add, bound_share, scale, subtract
from retention.tables.columns import ID, PROBABILITY, TARGET, UNIT
from retention.tables.months.periods import move_month

Floats = NDArray[np.float64]
GONE, LOST = "gone", "lost"
Absent = Literal["declined", "missing"]
EDGE = 0.01  # nobody is surer than this
SURE = 20  # customers that the spread of coins counts as, beside what is seen
SEED = 1  # of the randomisation test, whose result more draws would give without it


def measure_campaign(
    entry: Entry, outcomes: pd.DataFrame | None, absent: Absent, settings: CampaignSettings
) -> Measured:
    """Compare the arms of a campaign.

    Parameters
    ----------
    entry : Entry
    outcomes : DataFrame or None
        As in `join_outcomes`; None before the month of reading.
    absent : {"declined", "missing"}
    settings : CampaignSettings
    """
    launched, rows = entry.launched, entry.assigned
    sent = (rows[ARM] == CONTACTED).to_numpy()
    pooled, offers, soundness = None, {}, None
    if outcomes is not None:
        known = join_outcomes(entry, outcomes, absent)
        soundness = check_soundness(entry, known, settings.alarm)
        pooled = _compare(entry, known, settings)
        each = {str(offer): _compare(entry, part, settings) for offer, part in known.groupby(OFFER, sort=True)}
        offers = {offer: found for offer, found in each.items() if found}
    return Measured(
        campaign=launched.campaign,
        month=launched.month,
        reading=launched.reading,
        readable=outcomes is not None,
        contacted=int(sent.sum()),
        held=int((~sent).sum()),
        spent=float(rows.loc[sent, COST].sum()),
        promise=_promise(entry, rows),
        soundness=soundness,
        pooled=pooled,
        offers=offers,
    )


def join_outcomes(entry: Entry, outcomes: pd.DataFrame, absent: Absent) -> pd.DataFrame:
    """Return the planned customers with what became of them.

    They are as `ASSIGNED`, with the label (NaN where it is missing), `GONE`, and `LOST`: the profit that is lost, all
    of it with a customer who is gone. `outcomes` has of each the id, the label (NaN where it is not known) of the
    campaign's month, and `GONE`, true of customers who are no longer in the exports of the result. `absent` is what a
    customer counts as who is gone and has no label.
    """
    rows = entry.assigned.join(outcomes.astype({ID: str}).set_index(ID), on=ID)
    unseen = rows[TARGET].isna() & rows[GONE]
    declined = rows[TARGET].astype(float).mask(unseen, 1.0 if absent == "declined" else np.nan)
    share = np.where(rows[GONE], 1.0, entry.launched.terms.loss_share)
    return rows.assign(**{TARGET: declined, LOST: declined * rows[AT_STAKE] * share})


def check_soundness(entry: Entry, rows: pd.DataFrame, alarm: float) -> Soundness:
    """Check the arms' sizes, who was reached though left alone, and who is gone.

    The rows are as `join_outcomes` gives them; below the probability `alarm` chance is no explanation.
    """
    held = (rows[ARM] != CONTACTED).to_numpy()
    gone = rows[GONE].to_numpy()
    table = [[int((gone & arm).sum()), int((~gone & arm).sum())] for arm in (~held, held)]
    ratio, attrition = _compute_ratio(rows), float(stats.fisher_exact(table).pvalue)
    reached = redeemed = contaminated = reached_on = None
    if entry.contacts is not None:
        told = entry.contacts.set_index(ID)
        flags = told[[REACHED, REDEEMED]].reindex(rows[ID], fill_value=False)
        reached, redeemed = (int(flags.loc[~held, name].sum()) for name in (REACHED, REDEEMED))
        contaminated = int(flags.loc[held, REACHED].sum())
        if REACHED_ON in told:
            reached_on = _tell_days(told[REACHED_ON].reindex(rows.loc[~held, ID]).dropna(), entry.launched.month)
    wrong: dict[Alarm, bool] = {
        "sample_ratio": ratio < alarm,
        "contamination": bool(contaminated),
        "attrition": attrition < alarm,
    }
    return Soundness(
        sample_ratio=ratio,
        gone_contacted=table[0][0],
        gone_held=table[1][0],
        attrition=attrition,
        reached=reached,
        redeemed=redeemed,
        contaminated=contaminated,
        reached_on=reached_on,
        unknown=entry.unknown,
        alarms=tuple(name for name, holds in wrong.items() if holds),
    )


def _tell_days(days: pd.Series, month: str) -> Days | None:
    """Return when the customers were reached whose days these are, of a campaign of `month`; None of nobody."""
    if days.empty:
        return None
    first, median, last = (f"{days.quantile(share, 'lower'):%Y-%m-%d}" for share in (0, 0.5, 1))
    late = int((days.dt.strftime("%Y-%m") > move_month(month, 1)).sum())
    return Days(customers=len(days), first=first, median=median, last=last, late=late)


def _compute_ratio(rows: pd.DataFrame) -> float:
    """Return the two-sided probability of so many units left alone; blocks only make it smaller."""
    units = rows.groupby(UNIT).agg({ARM: "first", CHANCE: "first"})
    held = (units[ARM] != CONTACTED).to_numpy()
    chance = np.where(held, units[CHANCE], 1 - units[CHANCE])
    spread = float(np.sqrt((chance * (1 - chance)).sum()))
    return float(2 * stats.norm.sf(abs(held.sum() - chance.sum()) / spread)) if spread > 0 else 1.0


def _promise(entry: Entry, rows: pd.DataFrame) -> Promise:
    terms = entry.launched.terms
    sent = rows[rows[ARM] == CONTACTED]
    avoided = sent[PROBABILITY] * sent[OFFER].map(terms.effects).astype(float)  # of nobody it is text
    worth = float((avoided * sent[AT_STAKE]).sum()) * terms.loss_share - float(sent[COST].sum())
    return Promise(avoided=float(avoided.sum()), net_profit=worth if terms.money else None)


def _compare(entry: Entry, rows: pd.DataFrame, settings: CampaignSettings) -> Comparison | None:
    """Return the comparison of some planned customers, None if an arm has nobody whose outcome is known."""
    known = rows[rows[TARGET].notna()]
    sent = (known[ARM] == CONTACTED).to_numpy()
    if sent.all() or not sent.any():
        return None
    units = _gather_units(known)
    few = any(_is_small(units[units["sent"] == arm], settings) for arm in (True, False))
    cost, n = float(known.loc[sent, COST].sum()), int(sent.sum())
    told = (_compare_few if few else _compare_by_regression)(units, settings)
    return Comparison(
        contacted=n,
        held=len(known) - n,
        cost=cost,
        promise=_promise(entry, known),
        avoided=told.avoided,
        avoided_customers=scale(told.avoided, n),
        relative=told.relative,
        net_profit=scale(told.saved, n, -cost) if entry.launched.terms.money else None,
        p_value=told.p_value,
        method="newcombe" if few else "regression",
        observation=observe(known),
    )


def _is_small(arm: pd.DataFrame, settings: CampaignSettings) -> bool:
    """Tell whether an arm has few units, or few customers expected to decline or not to; no outcome has a say in it."""
    declines, size = float((arm[PROBABILITY] * arm["size"]).sum()), float(arm["size"].sum())
    return len(arm) < settings.few_customers or min(declines, size - declines) < settings.few_events


def _gather_units(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row a unit: customers who were drawn together are one observation, their mean."""
    told = rows.assign(sent=rows[ARM] == CONTACTED, surprise=rows[TARGET] - rows[PROBABILITY])
    names = ["sent", "surprise", PROBABILITY, TARGET, LOST, AT_STAKE, CHANCE, BLOCK]
    by_unit = told.groupby(UNIT, sort=True)[names]
    return by_unit.mean().astype({"sent": bool, BLOCK: int}).assign(size=by_unit.size().astype(float))


class _Compared(NamedTuple):
    """What the methods find, each in its own way: by how much contacting lowers the risk, and a customer's loss."""

    avoided: Estimate
    saved: Estimate
    relative: Estimate | None
    p_value: float


def _compare_by_regression(units: pd.DataFrame, settings: CampaignSettings) -> _Compared:
    covariates = units[[PROBABILITY, AT_STAKE]].to_numpy(dtype=float)
    told = covariates[:, covariates.std(axis=0) > 0]
    sent, weight, size = units["sent"].to_numpy(), 1 / units[CHANCE].to_numpy(), units["size"].to_numpy()
    declined, lost = (
        compare_arms(units[name].to_numpy(dtype=float), sent, told, weight, size) for name in (TARGET, LOST)
    )
    avoided, saved = (arms.compute_difference(settings.confidence) for arms in (declined, lost))
    shift = abs(avoided.value) / declined.error if declined.error > 0 else np.inf
    p_value = float(2 * stats.t.sf(shift, declined.freedom))
    return _Compared(avoided, saved, declined.compute_reduction(settings.confidence), p_value)


def _compare_few(units: pd.DataFrame, settings: CampaignSettings) -> _Compared:
    """Compare by Newcombe's interval, in which customers count for more where the arms are alike in risk."""
    seen = units[[TARGET, "surprise"]]
    spread, left = (seen - seen.groupby(units["sent"]).transform("mean")).var(ddof=2)  # within the arms
    worth = max(1.0, spread / left) if left > 0 else 1.0
    shares = []
    for arm in (~units["sent"], units["sent"]):
        weight = (units["size"] / units[CHANCE])[arm]
        effective = float(weight.sum() ** 2 / (weight**2).sum())  # units of one weight (Kish 1965, p. 259)
        share = float(np.average(units[TARGET][arm], weights=weight))
        shares.append(bound_share(share, worth * effective, settings.confidence))
    avoided = subtract(*shares)
    declines = float((units[TARGET] * units["size"]).sum())
    loss = float((units[LOST] * units["size"]).sum()) / declines if declines > 0 else 0.0
    surprise, size, sent = units["surprise"].to_numpy(dtype=float), units["size"].to_numpy(), units["sent"].to_numpy()
    chance = find_chance(surprise, sent, units[BLOCK].to_numpy(), size, settings.permutations, SEED)
    return _Compared(avoided, scale(avoided, loss), None, chance)


def observe(rows: pd.DataFrame) -> Observation:
    """Return the relative effect on some planned customers, labels known, both arms there.

    Each arm's share of decliners is measured by how far its customers are from the frozen probabilities. The draw makes
    it right whatever the probabilities are worth. Its error is that of coins, p(1 − p), for the contacted those of
    their own share, times how much more or less both arms together are off: an arm of three customers has no spread of
    its own to speak of.
    """
    sent, risk = (rows[ARM] == CONTACTED).to_numpy(), rows[PROBABILITY].to_numpy(dtype=float)
    weight, declined = 1 / rows[CHANCE].to_numpy(dtype=float), rows[TARGET].to_numpy(dtype=float)
    left = float(weight[sent] @ declined[sent]) / float(weight[sent] @ risk[sent])
    chance = np.clip(np.where(sent, risk * left, risk), EDGE, 1 - EDGE)
    coin, unit = chance * (1 - chance), np.unique(rows[UNIT], return_inverse=True)[1]
    base, off, means, variance = float(risk.mean()), declined - risk, [], 0.0
    for arm in (~sent, sent):
        share = weight[arm] / weight[arm].sum()
        together = np.bincount(unit[arm], weights=share * np.sqrt(coin[arm]))
        means.append(float(share @ off[arm]))
        variance += float(together @ together)
    squares = float(((declined - chance) ** 2).sum())
    dispersion = (squares / float(coin.mean()) + SURE) / (len(coin) + SURE)
    return Observation(value=(means[0] - means[1]) / base, error=float(np.sqrt(variance * dispersion)) / base)


def balance_campaigns(measured: Sequence[Measured]) -> Balance | None:
    """Return what the campaigns that can be read come to; their errors are taken as independent."""
    found = [one.pooled for one in measured if one.pooled]
    if not found:
        return None
    worth = [one.net_profit for one in found if one.net_profit]
    promised = [one.promise.net_profit for one in found if one.promise.net_profit is not None]
    return Balance(
        campaigns=len(found),
        contacted=sum(one.contacted for one in found),
        spent=sum(one.cost for one in found),
        promise=Promise(
            avoided=sum(one.promise.avoided for one in found),
            net_profit=sum(promised) if len(promised) == len(found) else None,
        ),
        avoided_customers=add([one.avoided_customers for one in found]),
        net_profit=add(worth) if len(worth) == len(found) else None,
    )
