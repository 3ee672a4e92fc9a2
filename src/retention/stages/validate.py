"""Checks the exports; writes the quality report and the quarantine."""

from retention.files import write_artifact, write_table
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.customers import read_customers
from retention.tables.findings import QUARANTINE


def run(settings: Settings, paths: Paths) -> None:
    """Run the stage."""
    table = read_customers(paths.data, settings.tables, settings.runtime.backend)
    write_artifact(paths.quality, table.quality)
    write_table(paths.quarantine, table.quarantine, QUARANTINE)
