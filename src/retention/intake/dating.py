"""The month that exports tell by their own dates, beside the one that they are said to be of."""

from functools import partial
from pathlib import Path

from retention.tables.months.dates import follow_dates, read_month, split_header
from retention.tables.months.periods import move_month
from retention.tables.parts import list_spellings
from retention.tables.reading import Table, read_exports
from retention.tables.settings import MONTH, Export, TableSettings


def tell_other_dates(folder: Path, settings: TableSettings, backend: str, month: str) -> list[str]:
    """Say of which exports in `folder` the latest date, in cells or headers, is of another month."""
    if not any(export.dates for export in settings.exports.values()):
        return []
    read = read_exports(folder, settings, backend, labelled=False).values()
    latest = {table.file: _find_latest(table, settings.exports[table.name]) for table in read}
    return [
        f"- {file}: its latest date is of {told}, not of {month}"
        for file, told in latest.items()
        if told not in ("", month)
    ]


def _find_latest(table: Table, export: Export) -> str:
    """Return the latest month that the dates of an export tell; empty if it tells none."""
    if not export.dates:
        return ""
    read = partial(read_month, month_first=export.dates == "month_first")
    if export.months:
        months = [read(text) or 0 for text in list_spellings(table.frame, MONTH)]
    else:
        dated = (split_header(header, read) for header in follow_dates(export, table.header).values())
        months = [one[1] for one in dated if one]
    return move_month("0001-01", max(months) - 13) if any(months) else ""
