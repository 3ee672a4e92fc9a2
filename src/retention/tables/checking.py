"""Checks a folder of exports and says in a few lines what is in them."""

from collections.abc import Iterator
from pathlib import Path

from retention.tables.customers import CustomerTable, build_customers
from retention.tables.exports import read_exports
from retention.tables.schema import TableSettings


def read_customers(folder: Path, settings: TableSettings, backend: str, labelled: bool = True) -> CustomerTable:
    """Read the exports in `folder` and build the customer table; see `read_exports` and `build_customers`."""
    return build_customers(read_exports(folder, settings, backend, labelled), settings)


def check_exports(folder: Path, settings: TableSettings, backend: str, labelled: bool = True) -> Iterator[str]:
    """Yield a line per file, one for the customers and one per finding.

    Raises
    ------
    UserError
        If the exports cannot be used.
    """
    quality = read_customers(folder, settings, backend, labelled).quality
    for file, size in quality.files.items():
        yield f"{file}: {size.rows:,} rows, {size.columns} columns"
    customers = quality.customers
    yield (
        f"{customers.read:,} customers: {customers.kept:,} usable, {customers.excluded:,} excluded, "
        f"{customers.quarantined:,} unusable"
    )
    for finding in quality.findings:
        place = f"{finding.file}, {finding.column}" if finding.column else finding.file
        yield f"- {place}: {finding.message.en}: {finding.count:,} ({finding.handling})"
