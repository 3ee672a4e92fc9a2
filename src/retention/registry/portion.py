"""A portion of the customers scored: what is written of them at once, and what the plan over all needs of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retention.audience.offers.audience import Audience, build_audience
from retention.audience.plan.campaign import build_problem
from retention.audience.plan.known import leave_out
from retention.audience.segments.rules import check_rules, name_segment
from retention.errors import UserError, one_line
from retention.files import DECIMALS, render_csv, write_bytes
from retention.learning.calibration.calibrated_model import CalibratedModel, tabulate_probabilities
from retention.registry.entrant import Champion
from retention.settings import Settings
from retention.tables.columns import ID, PROBABILITY, PROFIT, UNIT
from retention.tables.customers import CustomerTable
from retention.tables.findings import sort_quarantine
from retention.tables.quality import CustomerCounts
from retention.tables.reading import list_wanted
from retention.tables.settings import TableSettings

AT_ONCE = 1 << 16  # so many customers are predicted at a time
LISTS = ("probabilities.csv", "segments.csv")  # what is written portion by portion


@dataclass(frozen=True)
class Portion:
    """What stays in memory of n customers."""

    customers: pd.DataFrame  # id, unit, profit if there is any, and probability
    able: NDArray[np.bool_]  # who may get an offer, shape (n,); everyone where there are none
    members: pd.DataFrame  # as in `Audience`, of these only
    eligible: NDArray[np.bool_]  # likewise
    quarantine: pd.DataFrame
    counts: CustomerCounts


def score_portion(
    number: int, table: CustomerTable, champion: Champion, settings: Settings, untouched: pd.DataFrame, into: Path
) -> Portion:
    """Predict a portion's customers, write its part of `LISTS` and its table into `into`, return the rest.

    Customers that the champion cannot score are a `UserError`.
    """
    fold = champion.find_folds(table.frame[ID])
    customers = predict_customers(champion, champion.read_models(fold), fold, table.frame)
    audience = leave_out(find_audience(champion, customers, settings), untouched)
    for name, frame in zip(LISTS, (customers[[ID, PROBABILITY]], list_segments(audience, settings)), strict=True):
        write_bytes(into / f"{name}.{number}", render_csv(frame, header=number == 0).encode())
    customers.to_parquet(_place(into, number), index=False)
    narrow = customers[[name for name in (ID, UNIT, PROFIT, PROBABILITY) if name in customers]].copy()
    able = np.asarray(audience.eligible.any(axis=1)) | (not settings.offer)
    members, eligible = audience.members[able], audience.eligible[able]
    return Portion(narrow, able, members, eligible, table.quarantine, table.quality.customers)


def join_portions(portions: Sequence[Portion], tables: TableSettings) -> Portion:
    """Return all customers as one portion: units numbered by their first rows, the quarantine as the exports are."""
    customers, members, aside = (
        pd.concat([getattr(one, name) for one in portions], ignore_index=True)
        for name in ("customers", "members", "quarantine")
    )
    able, eligible = (np.concatenate([getattr(one, name) for one in portions]) for name in ("able", "eligible"))
    counts = pd.DataFrame([dict(one.counts) for one in portions]).sum()
    return Portion(
        customers.assign(**{UNIT: pd.factorize(customers[UNIT])[0]}),
        able,
        members,
        eligible,
        sort_quarantine(aside, [tables.exports[name].file for name in list_wanted(tables, labelled=False)]),
        CustomerCounts.model_validate(counts.to_dict()),
    )


def _place(into: Path, number: int) -> Path:
    return into / f"customers.{number}.parquet"


def look_up(into: Path, customers: pd.DataFrame, sizes: Sequence[int], who: NDArray[np.bool_]) -> pd.DataFrame:
    """Return `who` of all customers, bool, shape (n,), with their features, from the portions of so many `sizes`.

    `customers` has what is known of all, shape (n, ...).
    """
    ends = np.cumsum([0, *sizes])
    found = [
        pd.read_parquet(_place(into, number))[own]
        for number, own in enumerate(who[start:end] for start, end in pairwise(ends))
        if own.any() or number == 0
    ]
    known = customers[who].reset_index(drop=True)
    joined = pd.concat(found, ignore_index=True)
    return joined.assign(**{str(name): known[name] for name in known})


def predict_customers(
    champion: Champion, models: Sequence[CalibratedModel], fold: NDArray[np.int_], customers: pd.DataFrame
) -> pd.DataFrame:
    """Return the customers with their probabilities by the models of their folds, rounded so that company is no matter.

    A model is too sure of a customer that it learnt from. Matrix products differ in the last bits with the number of
    rows; a threshold must not see that.
    """
    given = [np.empty(0)]
    try:
        features = customers[list(champion.roles.names)]
        for start in range(0, len(customers), AT_ONCE):
            rows = slice(start, start + AT_ONCE)
            given.append(tabulate_probabilities(models, fold[rows], features.iloc[rows])[PROBABILITY].to_numpy())
    except (ValueError, KeyError) as error:  # a category that it never met, a column that these tables lack
        raise UserError(f"Version {champion.version.number} cannot score these customers: {one_line(error)}") from None
    return customers.assign(**{PROBABILITY: np.concatenate(given).round(DECIMALS)})


def find_audience(champion: Champion, customers: pd.DataFrame, settings: Settings) -> Audience:
    """Return segments and eligible offers by the numbers that were resolved when the champion was made."""
    check_rules(champion.rules, settings.offer, settings.plan.segment_caps)
    return build_audience(customers, champion.rules, settings.offer, settings.plan.money, champion.roles)


def list_segments(audience: Audience, settings: Settings) -> pd.DataFrame:
    """Return a row a customer: the segments, the first of them, and the offer worth most if money were no limit."""
    problem = build_problem(audience, settings.plan)
    values = problem.values  # noqa: PD011 -- an array
    worth = np.where(problem.allowed & (values > 0), values, 0.0)
    best = np.column_stack([np.zeros(len(worth)), worth]).argmax(axis=1)  # the first, none, where nothing pays
    names = np.array(["", *audience.offers], dtype=object)
    listed = audience.customers[[ID, PROBABILITY]].assign(
        segment=name_segment(audience.members), best_offer=names[best]
    )
    return pd.concat([listed, audience.members.astype(int)], axis=1)
