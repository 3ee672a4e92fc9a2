"""Makes one row per customer, with canonical names and repaired labels, and what each column is."""

from retention.errors import UserError
from retention.files import read_artifact, write_artifact, write_table
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.customers import read_customers
from retention.tables.quality import Quality
from retention.tables.roles import build_customers_schema, list_roles


def run(settings: Settings, paths: Paths) -> None:
    """Run the stage."""
    table = read_customers(paths.data, settings.tables, settings.runtime.backend)
    if table.quality.customers != read_artifact(paths.quality, Quality).customers:
        raise UserError(f"{paths.data.name}/ is not what {paths.quality.name} describes: run `dvc repro` again.")
    roles = list_roles(settings.tables.columns)
    write_artifact(paths.columns, roles)
    write_table(paths.customers, table.frame, build_customers_schema(roles))
