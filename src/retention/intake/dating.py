"""The month that exports tell by their own dates, beside the one that they are said to be of."""

from collections.abc import Collection, Iterator
from pathlib import Path

from retention.tables.columns import TARGET
from retention.tables.months.dates import follow_dates, read_month, read_series
from retention.tables.months.periods import move_month
from retention.tables.parts import list_spellings
from retention.tables.reading import Table, read_exports
from retention.tables.settings import MONTH, Export, TableSettings


def tell_other_dates(folder: Path, settings: TableSettings, backend: str, month: str) -> list[str]:
    """Say of which exports in `folder` the latest date, in cells or headers, is of another month."""
    if not any(export.dates for export in settings.exports.values()):
        return []
    read = read_exports(folder, settings, backend, labelled=False).values()
    return [
        f"- {table.file}: its latest date{of and f' of {of}'} is of {told}, not of {month}"
        for table in read
        for of, told in _list_latest(table, settings.exports[table.name])
        if told != month
    ]


def _list_latest(table: Table, export: Export) -> Iterator[tuple[str, str]]:
    """Yield what has dates, empty where these are cells, and the latest month that they tell."""
    month_first, told = export.dates == "month_first", dict[str, Collection[int]]()
    if export.dates and export.months:
        cells = (read_month(text, month_first) for text in list_spellings(table.frame, MONTH))
        told = {"": [number for number in cells if number]}
    elif export.dates:
        own = [text for column, text in follow_dates(export, table.header).items() if column != TARGET]
        told = dict(read_series(own, month_first))
    yield from ((of, move_month("0001-01", max(months) - 13)) for of, months in told.items() if months)
