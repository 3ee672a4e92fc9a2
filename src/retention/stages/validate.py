"""Checks the exports of each month, also against the months before; writes the quality report and the quarantine."""

from retention.files import write_artifact, write_table
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.findings import QUARANTINE
from retention.tables.months.shop import read_shop


def run(settings: Settings, paths: Paths) -> None:
    """Run the stage."""
    backend = settings.runtime.backend
    shop = read_shop(paths.data, settings.tables, settings.label, settings.as_of, backend, check=True)
    write_artifact(paths.quality, shop.quality)
    write_table(paths.quarantine, shop.quarantine, QUARANTINE)
