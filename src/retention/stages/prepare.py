"""Makes the customer-months that are learnt from and the customers who are acted on, and says what each column is."""

from retention.errors import UserError
from retention.files import read_artifact, write_artifact, write_table
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.months.shop import read_shop
from retention.tables.quality import Quality
from retention.tables.roles import build_customers_schema, build_learnt_schema, list_roles


def run(settings: Settings, paths: Paths) -> None:
    """Run the stage."""
    backend = settings.runtime.backend
    shop = read_shop(paths.data, settings.tables, settings.label, settings.as_of, backend, check=False)
    checked = {quality.month: quality.customers for quality in read_artifact(paths.quality, Quality).months}
    if any(table.quality.customers != checked.get(month) for month, table in shop.months.items()):
        raise UserError(f"{paths.data.name}/ is not what {paths.quality.name} describes: run `dvc repro` again.")
    roles, learnt = list_roles(settings.tables.columns), shop.join_learnt(settings.tables)
    write_artifact(paths.columns, roles)
    write_artifact(paths.periods, shop.periods)
    write_table(paths.learnt, learnt, build_learnt_schema(roles))
    write_table(paths.customers, shop.customers, build_customers_schema(roles))
