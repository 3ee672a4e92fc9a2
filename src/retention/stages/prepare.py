"""Makes one row per customer, with canonical names and repaired labels."""

from retention.errors import UserError
from retention.files import read_json, write_parquet
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.checking import read_customers


def run(settings: Settings, paths: Paths) -> None:
    """Run the stage."""
    table = read_customers(paths.data, settings.tables, settings.runtime.backend)
    if table.quality["customers"] != read_json(paths.quality)["customers"]:
        raise UserError(f"{paths.data.name}/ is not what {paths.quality.name} describes: run `dvc repro` again.")
    write_parquet(paths.customers, table.frame)
