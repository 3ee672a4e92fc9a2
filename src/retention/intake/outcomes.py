"""Adds labels of a month that came after its exports."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from retention.errors import UserError, name_nearest
from retention.files import write_bytes
from retention.intake.versioning import changing_data
from retention.paths import Paths
from retention.tables.columns import ID, TARGET
from retention.tables.findings import summarise
from retention.tables.months.labels import label_customers, read_ids, read_known, read_main, read_outcomes
from retention.tables.months.periods import OUTCOMES, list_dated, move_month
from retention.tables.schema import Spelled
from retention.tables.settings import LabelSettings, TableSettings


def add_outcomes(
    file: Path, month: str, settings: TableSettings, label: LabelSettings, backend: str, paths: Paths
) -> list[str]:
    """Check labels, add them to those of the month that came before, and let DVC version them.

    The file is in the form of the export that has the label: its id and label headers, its separator and encoding.
    Returned is what was found, and how many customers have a label now.

    Raises
    ------
    UserError
        If there is no such month, or the labels hold what the settings call an error; all is then as before.
    """
    months = list_dated(paths.data)
    if month not in months:
        raise UserError(f"{paths.data.name}/ has no exports of {month}{name_nearest(month, months)}: add them first.")
    main, kept = read_main(paths.data / month, settings, backend), paths.data / month / OUTCOMES
    labels, found = read_outcomes(file, settings, backend, main)
    if kept.exists():
        former, _ = read_outcomes(kept, settings, backend, main)
        labels = pd.concat([labels, former[~former.index.isin(labels.index)]])
    with changing_data(paths) as data:
        write_bytes(data / month / OUTCOMES, _render(labels, settings))
        known, _ = read_known(data / month, settings, backend, main)
    matures = move_month(month, label.months)
    later = read_ids(paths.data / matures, settings, backend) if matures in months else None
    _, counts = label_customers(read_ids(paths.data / month, settings, backend), known, later, label.absent)
    gone = f"{counts.absent:,} are gone by {matures} and count as declined, " if label.absent == "declined" else ""
    if later is None:
        gone = f"who is gone is known with {matures}, "
    return [
        *(f"- {item.file}: {item.message.en}: {item.count:,} ({item.handling})" for item in map(summarise, found)),
        f"{month}: {counts.known + counts.absent + counts.unknown:,} customers; {counts.known:,} have a label "
        f"({int(known.sum()):,} declined), {gone}{counts.unknown:,} have none.",
    ]


def _render(labels: pd.Series, settings: TableSettings) -> bytes:
    """Return labels as the export that has them would hold them."""
    export = settings.exports[settings.labelled_export]
    spelled: Mapping[str, Spelled] = settings.columns[TARGET].values  # noqa: PD011 -- no data frame
    text = io.StringIO()
    writer = csv.writer(text, delimiter=export.separator, lineterminator="\n")
    writer.writerow([export.headers[ID], export.headers[TARGET]])
    writer.writerows([customer, spelled[str(key)].spellings[0]] for customer, key in labels.items())
    return text.getvalue().encode(export.encoding)
