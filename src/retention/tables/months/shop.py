"""All months of a shop: each one's exports as a table, with the labels that have matured, and what is learnt from."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retention.errors import NothingLearntError, UserError
from retention.tables.columns import ID, MONTH, TARGET, UNIT
from retention.tables.customers import CustomerTable, build_customers, read_customers
from retention.tables.exclusions import find_twin_groups
from retention.tables.findings import Finding, list_quarantine, summarise
from retention.tables.months.labels import join_labels, label_customers, read_ids, read_known
from retention.tables.months.periods import OUTCOMES, Periods, choose_acted_on, list_months, move_month
from retention.tables.months.rows import link_rows
from retention.tables.plausibility.leaps import Sketch, draw_sketch, find_leaps
from retention.tables.quality import Quality
from retention.tables.reading import read_exports
from retention.tables.roles import list_roles
from retention.tables.settings import MAIN, LabelSettings, TableSettings


@dataclass(frozen=True)
class Shop:
    """The months up to the one acted on."""

    periods: Periods
    months: Mapping[str, CustomerTable]  # in order: with labels where they are learnt from, else as for scoring

    @property
    def quality(self) -> Quality:
        """What was found in each month."""
        *earlier, last = (table.quality for table in self.months.values())
        return Quality(**dict(last), earlier=tuple(earlier))

    @property
    def quarantine(self) -> pd.DataFrame:
        """What was left out of each month."""
        return _date({month: table.quarantine for month, table in self.months.items()})

    @property
    def customers(self) -> pd.DataFrame:
        """The customers acted on, without labels."""
        return self.months[self.periods.acted_on].frame.drop(columns=TARGET, errors="ignore")

    def join_learnt(self, settings: TableSettings) -> pd.DataFrame:
        """Return the customer-months that are learnt from.

        If no labels have matured, that is a `NothingLearntError`; if nobody is left, all have the same label, or a
        feature has no value at all, a `UserError`.
        """
        if not self.periods.learnt:
            months = ", ".join((*self.periods.waiting, self.periods.acted_on))
            raise NothingLearntError(
                f"No month's labels have matured and are known yet ({months}), so there is nothing to learn from: the "
                "exports have been checked; add older months, or labels by `retention outcomes`."
            )
        learnt = _date({month: self.months[month].frame for month in self.periods.learnt})
        if learnt.empty:
            raise UserError(
                f"None of the customers whose labels of {', '.join(self.periods.learnt)} are known is usable, so there "
                "is nothing to learn: quarantine.csv says why; mend the exports, or add labels by `retention outcomes`."
            )
        names = list_roles(settings.columns).names
        learnt[UNIT] = number_units(learnt, names)
        if bare := [name for name in names if learnt[name].isna().all()]:
            raise UserError(
                f"No customer that is learnt from has a value of {bare[0]}: export it, or take it out of the shop's "
                "settings (tables.columns, and what names it)."
            )
        if (learnt[TARGET] == learnt[TARGET].iloc[0]).all():
            raise UserError(
                f"All {len(learnt)} usable customers of {', '.join(self.periods.learnt)} have the same label, so there "
                "is nothing to learn: add months or outcomes with customers of both kinds."
            )
        return learnt


def read_shop(
    data: Path, settings: TableSettings, label: LabelSettings, as_of: str | None, backend: str, check: bool
) -> Shop:
    """Read the months of a shop up to the one that is acted on.

    A month's labels count once `label.months` have passed by the time of the month acted on; the clock of the machine
    has no say. What is found in a month, its bounds of outliers and its twins depend on that month alone.

    `data` has the exports, or a folder of them a month; `as_of` is the month acted on, None the last one. With `check`
    every month is built and compared with those before, else only those learnt from and acted on.

    Raises
    ------
    UserError
        If the exports of a month cannot be used: the sentence begins with the month.
    """
    months = list_months(data, [export.file for export in settings.exports.values()])
    acted_on = choose_acted_on(months, as_of, data)
    if months == ("",):
        table = read_customers(data, settings, backend)
        return Shop(Periods(acted_on="", learnt=("",), waiting=()), {"": table})
    tables, sketches = dict[str, CustomerTable](), list[Sketch]()
    past = [month for month in months if month <= acted_on]
    for month in past:
        matures = move_month(month, label.months)
        if not check and matures > acted_on and month != acted_on:
            continue
        with _naming(month):
            table, known = read_month(data / month, settings, backend, matures <= acted_on)
        if check:
            sketches.append(draw_sketch(table))
            table = _add_findings(table, find_leaps(sketches, settings))
        later = None
        if matures in months and len(known):
            with _naming(matures):
                later = read_ids(data / matures, settings, backend)
        tables[month] = _label(table, known, later, label.absent) if len(known) else table
    learnt = tuple(month for month, table in tables.items() if table.quality.labels)
    waiting = tuple(month for month in past if month not in learnt and month != acted_on)
    periods = Periods(acted_on=acted_on, learnt=learnt, waiting=waiting)
    return Shop(periods, {month: table for month, table in tables.items() if check or month not in waiting})


def read_month(folder: Path, settings: TableSettings, backend: str, matured: bool) -> tuple[CustomerTable, pd.Series]:
    """Return the customers of a month's folder without labels, and the labels that are known if they have matured."""
    exports = read_exports(folder, settings, backend, labelled=False)
    told, found = read_known(folder, settings, backend, exports[MAIN]) if matured else ([], [])
    table = build_customers(exports, settings, False, told)
    files = [export.file for export in settings.exports.values()] + [OUTCOMES]
    aside = pd.concat([table.quarantine, list_quarantine(found, files)], ignore_index=True)
    quality = table.quality.model_copy(update={"month": folder.name})
    return _add_findings(replace(table, quarantine=aside, quality=quality), found), join_labels(told)


def _add_findings(table: CustomerTable, found: Sequence[Finding]) -> CustomerTable:
    findings = (*table.quality.findings, *map(summarise, found))
    return replace(table, quality=table.quality.model_copy(update={"findings": findings}))


def _label(table: CustomerTable, known: pd.Series, later: pd.Series | None, absent: str) -> CustomerTable:
    """Return a month with its labels and only the customers who have one."""
    label, counts = label_customers(table.frame[ID], known, later, absent)
    frame = table.frame[label.notna()].reset_index(drop=True)
    frame.insert(1, TARGET, label.dropna().astype("int8").to_numpy())
    return replace(table, frame=frame, quality=table.quality.model_copy(update={"labels": counts}))


@contextmanager
def _naming(month: str) -> Iterator[None]:
    """Say of which month a mistake is."""
    try:
        yield
    except UserError as error:
        raise UserError(f"{month}: {error}") from None


def _date(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return tables one below the other, with their months as the first column."""
    return pd.concat(tables, names=[MONTH, None]).reset_index(MONTH).reset_index(drop=True)


def number_units(learnt: pd.DataFrame, features: Sequence[str]) -> NDArray[np.int64]:
    """Return the number of each row's unit, shape (n,), 0, 1, … in order of first appearance.

    Rows are of one unit if they are of one customer, or equal in every feature, or joined by others that are.
    """
    return link_rows(pd.factorize(learnt[ID])[0], find_twin_groups(learnt[[*features]]))
