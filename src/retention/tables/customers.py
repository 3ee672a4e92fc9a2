"""Any exports in, one customer table out, with everything that was found on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa

from retention.errors import UserError
from retention.tables.checks import check_part, find_cut, find_mended, find_nameless, find_unused, match_customers
from retention.tables.columns import ID, PROFIT, TARGET, UNIT
from retention.tables.exclusions import find_inactive, find_missing, find_outliers, find_twin_groups, mark_rows
from retention.tables.findings import LISTED, SEEN, Finding, list_quarantine, refuse, summarise
from retention.tables.months.dates import follow_dates
from retention.tables.parts import Part, split_months
from retention.tables.plausibility.order import find_displaced
from retention.tables.plausibility.scale import find_gaps, find_implausible
from retention.tables.quality import CustomerCounts, FileSize, MonthQuality
from retention.tables.reading import LINE, Table, read_exports
from retention.tables.roles import ColumnRoles, list_roles
from retention.tables.settings import TableSettings


@dataclass(frozen=True)
class CustomerTable:
    """What the exports come to."""

    frame: pd.DataFrame  # one row per kept customer, in the order of the main export, canonical columns and types
    quarantine: pd.DataFrame  # one row per cell or row that was left out, as `QUARANTINE` without the month
    quality: MonthQuality  # sizes, counts and findings


def read_customers(folder: Path, settings: TableSettings, backend: str, labelled: bool = True) -> CustomerTable:
    """Read the exports in `folder` and build the customer table; see `read_exports` and `build_customers`."""
    return build_customers(read_exports(folder, settings, backend, labelled), settings, labelled)


def build_customers(
    exports: Mapping[str, Table],
    settings: TableSettings,
    labelled: bool,
    told: Sequence[Part] = (),
    *,
    whole: bool = True,
) -> CustomerTable:
    """Build the customer table.

    The exports are by their keys in the settings, the main one first. `told` are labels that were read by themselves:
    the table has none of them, but what depends on other customers (outliers, twins) may leave some out only with
    labels, and labels may have moved against their rows. Of a portion, not `whole`, what the whole decides (outliers,
    what is implausible) is not looked for, some usable customer need not be there, and units are marks (`mark_rows`).

    Raises
    ------
    UserError
        If the exports do not fit together, hold what the settings call an error, or leave no usable customer.
    """
    settings = _follow(settings, exports)
    tables, findings = _match_tables(exports, settings)
    read = tables[0].frame[ID].n_unique()
    parts, found = _read_parts(tables, settings)
    findings += found
    frame = parts[0].frame
    for part in parts[1:]:
        frame = _join(frame, part)
    frame = _without(frame, findings)
    frame, found = find_missing(frame, parts[0], parts[1:], settings)
    findings += refuse(found)
    frame = _without(frame, found)
    quarantined = read - frame.shape[0]
    frame, found = _exclude(frame, parts, settings, labelled or bool(told), whole)
    findings += found
    if whole:
        findings += find_implausible(frame, parts, settings.columns)
        findings += find_displaced(*_add_labels(frame, parts, told))
    kept = frame.shape[0]
    customers = CustomerCounts(read=read, kept=kept, excluded=read - quarantined - kept, quarantined=quarantined)
    if whole:
        _check_usable(frame, parts, customers, findings)
    quality = MonthQuality(
        files={table.file: FileSize(rows=table.rows, columns=len(table.header)) for table in tables},
        customers=customers,
        findings=tuple(map(summarise, findings)),
    )
    quarantine = list_quarantine(findings, [table.file for table in tables])
    return CustomerTable(_finish(frame, list_roles(settings.columns), labelled), quarantine, quality)


def _follow(settings: TableSettings, tables: Mapping[str, Table]) -> TableSettings:
    """Return the settings with the headers that these files have, where they tell dates."""
    exports = {
        name: export.model_copy(update={"headers": follow_dates(export, tables[name].header)})
        for name, export in settings.exports.items()
        if name in tables
    }
    return settings.model_copy(update={"exports": {**settings.exports, **exports}})


def _match_tables(exports: Mapping[str, Table], settings: TableSettings) -> tuple[list[Table], list[Finding]]:
    """Leave out what belongs to no customer of the main export."""
    handling = settings.handling
    main, findings, matched = next(iter(exports.values())), list[Finding](), list[Table]()
    for table in exports.values():
        headers = settings.exports[table.name].headers
        findings += find_cut(table, handling.cut_short) + find_mended(table, headers) + find_gaps(table, headers)
    for table in exports.values():
        known, found = match_customers(table, main, handling.unknown_customer)
        matched.append(known)
        findings += found
    for table in matched:
        findings += find_nameless(table, settings.exports[table.name].headers[ID], handling.empty_value)
        findings += find_unused(table, settings.exports.values())
    return matched, findings


def _read_parts(tables: Sequence[Table], settings: TableSettings) -> tuple[list[Part], list[Finding]]:
    """Return the parts of all tables with labels read and cells checked, the main one first."""
    parts, findings = list[Part](), list[Finding]()
    for table in tables:
        export = settings.exports[table.name]
        if export.months:
            own, found = split_months(table, export, settings.handling)
            findings += found
        else:
            headers = {name: header for name, header in export.headers.items() if name in table.frame.columns[2:]}
            own = [Part(table.name, table.file, False, headers, table.frame)]
        for part in own:
            checked, found = check_part(part, settings)
            parts.append(checked)
            findings += found
    return parts, findings


def _exclude(
    frame: nw.DataFrame[Any], parts: Sequence[Part], settings: TableSettings, exclude: bool, whole: bool
) -> tuple[nw.DataFrame[Any], list[Finding]]:
    """Leave out the inactive and, of a `whole` with `exclude`, the outlying, and number the twins."""
    handling = settings.handling
    findings = find_inactive(frame, parts, handling)
    findings += find_outliers(frame, parts, handling, exclude) if whole else []
    frame = _without(frame, findings)
    rows = frame.select(list_roles(settings.columns).names).to_pandas()
    units = find_twin_groups(rows) if whole else mark_rows(rows)
    frame = frame.with_columns(nw.new_series(UNIT, units, backend=frame.implementation))
    second = ~frame[UNIT].is_first_distinct()
    if whole and second.any():
        what = handling.twins if exclude else "keep"
        firsts = frame.filter(~second).select(UNIT, nw.col(ID).alias(SEEN))
        twins = frame.filter(second).select(LINE, ID, UNIT).join(firsts, on=UNIT, how="left").drop(UNIT)
        findings.append(Finding("twins", parts[0].place(), what, twins))
        frame = frame.filter(~second) if what == "drop_second" else frame
    return frame, findings


def _join(frame: nw.DataFrame[Any], part: Part) -> nw.DataFrame[Any]:
    """Return `frame` with the columns of `part`, empty where it lacks the customer."""
    if np.array_equal(part.frame[ID].to_numpy(), frame[ID].to_numpy()):
        return frame.with_columns(part.frame[column] for column in part.headers)  # the usual export: nothing to look up
    return frame.join(part.frame.select(ID, *part.headers), on=ID, how="left")


def _add_labels(
    frame: nw.DataFrame[Any], parts: Sequence[Part], told: Sequence[Part]
) -> tuple[nw.DataFrame[Any], Sequence[Part]]:
    """Return customers and parts with labels that were read by themselves: in the part of their file, or one more."""
    if not told:
        return frame, parts
    labels = nw.concat([part.frame.select(ID, nw.col(TARGET).cast(nw.String)) for part in told])
    files = {part.file: part for part in parts if not part.monthly}  # each has the file alone
    for label in told:
        home = files.get(label.file, replace(label, headers={}, frame=label.frame.select(LINE, ID)))
        headers = {**home.headers, **label.headers}
        files[label.file] = replace(home, headers=headers, frame=_join(home.frame, label))
    together = [*files.values(), *(part for part in parts if part.monthly)]
    return _join(frame, replace(told[0], frame=labels.unique(ID, keep="first", maintain_order=True))), together


def _without(frame: nw.DataFrame[Any], findings: Sequence[Finding]) -> nw.DataFrame[Any]:
    """Return `frame` without the customers whom a finding sets aside."""
    aside = [
        finding.rows[ID].to_list()
        for finding in findings
        if finding.handling in ("quarantine", "exclude") and finding.code != "empty_id"
    ]
    if not aside:
        return frame
    return frame.filter(~nw.any_horizontal(*(nw.col(ID).is_in(ids) for ids in aside), ignore_nulls=True))


def _check_usable(
    frame: nw.DataFrame[Any], parts: Sequence[Part], customers: CustomerCounts, findings: Sequence[Finding]
) -> None:
    """Raise if nobody is left, or all have the same label (if `parts` have it), so that nothing can be learnt."""
    worst = max((item for item in findings if item.handling in LISTED), key=lambda item: item.count, default=None)
    why = f"; the most frequent reason is {worst.sentence} ({worst.count} in all)" if worst else ""
    if not customers.kept:
        raise UserError(
            f"None of the {customers.read} customers is usable{why}: mend the export or change tables.handling."
        )
    place = next((part.place(TARGET) for part in parts if TARGET in part.headers), None)
    if place and frame[TARGET].n_unique() == 1:
        lost = customers.read - customers.kept
        left = f", and {lost} are not usable{why}" if 2 * customers.kept < customers.read else ""
        raise UserError(
            f'{place.file}, column "{place.header}": all {customers.kept} usable customers have the same value'
            f"{left}, so there is nothing to learn: export customers of both kinds."
        )


def _finish(frame: nw.DataFrame[Any], roles: ColumnRoles, labelled: bool) -> pd.DataFrame:
    """Return the table with canonical order and types, the same for both backends."""
    label, money = (TARGET,) if labelled else (), (PROFIT,) if roles.money else ()
    names = [ID, *label, *roles.names, *money, UNIT]
    types = {name: pa.string() for name in roles.categorical} | {TARGET: pa.int8(), UNIT: pa.int64()}
    table = frame.to_arrow().select(names)  # which also leaves the index of pandas behind
    ids = pa.int64() if pa.types.is_integer(table.schema.field(ID).type) else pa.string()
    fields = [(name, ids if name == ID else types.get(name, pa.float64())) for name in names]
    finished: pd.DataFrame = table.replace_schema_metadata(None).cast(pa.schema(fields)).to_pandas()
    return finished
