"""What became of a month's customers: labels of its export, outcomes that came later, and who is gone by then."""

from collections.abc import Sequence
from pathlib import Path

import narwhals as nw
import pandas as pd

from retention.tables.checks import check_part, find_cut, find_mended, find_nameless, match_customers
from retention.tables.columns import ID, TARGET
from retention.tables.diagnosis import has_header
from retention.tables.findings import Finding
from retention.tables.months.periods import OUTCOMES
from retention.tables.parts import Part
from retention.tables.quality import LabelCounts
from retention.tables.reading import Table, read_export
from retention.tables.settings import MAIN, TableSettings


def read_main(folder: Path, settings: TableSettings, backend: str) -> Table:
    """Read whom a month's main export has, and nothing else of them."""
    export = settings.exports[MAIN]
    return read_export(folder / export.file, MAIN, export, {ID: settings.ids}, backend)


def read_ids(folder: Path, settings: TableSettings, backend: str) -> pd.Series:
    """Return the customers of a month's main export, each once."""
    return pd.Series(read_main(folder, settings, backend).frame[ID].to_list()).drop_duplicates()


def read_known(folder: Path, settings: TableSettings, backend: str, main: Table) -> tuple[list[Part], list[Finding]]:
    """Read what is known of a month's customers: its outcomes, then the labels of its own export, if they have any.

    `folder` and `main`, its main export, are the month's. Beside the labels is what was found in them.

    Raises
    ------
    UserError
        If they hold what the settings call an error.
    """
    export = settings.exports[settings.labelled_export]
    read = list[tuple[Part, list[Finding]]]()
    if (folder / OUTCOMES).exists():
        read.append(read_outcomes(folder / OUTCOMES, settings, backend, main))
    own = folder / export.file
    if own.exists() and has_header(own, export, TARGET):
        read.append(_settle(_read(own, settings, backend), settings))
    told = [part for part, _ in read if part.frame.shape[0]]
    return told, [finding for _, found in read for finding in found]


def join_labels(told: Sequence[Part]) -> pd.Series:
    """Return labels by id, 1 where the customer declined; who has one in several parts has that of the first."""
    labels = [pd.Series(part.frame[TARGET].to_list(), index=part.frame[ID].to_list()).astype("int8") for part in told]
    known = pd.concat(labels) if labels else pd.Series(dtype="int8")
    return known[~known.index.duplicated()]


def read_outcomes(path: Path, settings: TableSettings, backend: str, main: Table) -> tuple[Part, list[Finding]]:
    """Read a file of labels that came later, in the form of the export that has the label; see `read_known`."""
    table = _read(path, settings, backend)
    handling, headers = settings.handling, settings.exports[table.name].headers
    findings = find_cut(table, handling.cut_short) + find_mended(table, headers)
    table, found = match_customers(table, main, handling.unknown_customer)
    findings += found + find_nameless(table, headers[ID], handling.empty_value)
    part, found = _settle(table, settings)
    return part, findings + found


def _read(path: Path, settings: TableSettings, backend: str) -> Table:
    name = settings.labelled_export
    export = settings.exports[name]
    needed = export.model_copy(update={"headers": {column: export.headers[column] for column in (ID, TARGET)}})
    return read_export(path, name, needed, {ID: settings.ids, TARGET: "label"}, backend)


def _settle(table: Table, settings: TableSettings) -> tuple[Part, list[Finding]]:
    """Return one label a customer; an empty cell says nothing."""
    headers = {TARGET: settings.exports[table.name].headers[TARGET]}
    given = table.frame.filter(~nw.col(TARGET).is_null())
    return check_part(Part(table.name, table.file, False, headers, given), settings)


def label_customers(
    ids: pd.Series, known: pd.Series, later: pd.Series | None, absent: str
) -> tuple[pd.Series, LabelCounts]:
    """Label a month's customers.

    `ids` are the usable ones, `known` are labels by id, `later` is whom the main export has when the labels have
    matured, if there is one; `absent`, ``declined`` or ``missing``, is what counts who is not among them. Labels are by
    the index of `ids`, empty where nothing is known.
    """
    label = ids.map(known).astype("float64")
    told = int(label.notna().sum())
    if later is not None and absent == "declined":
        label = label.mask(label.isna() & ~ids.isin(later), 1.0)
    labelled = int(label.notna().sum())
    return label, LabelCounts(known=told, absent=labelled - told, unknown=len(ids) - labelled)
