"""Makes the customer-months that are learnt from and the customers who are acted on, and says what each column is."""

from retention.errors import UserError
from retention.files import read_artifact, write_artifact, write_table
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import MONTH, TARGET
from retention.tables.customers import read_customers
from retention.tables.months.periods import Periods
from retention.tables.quality import Quality
from retention.tables.roles import build_customers_schema, build_learnt_schema, list_roles


def run(settings: Settings, paths: Paths) -> None:
    """Run the stage."""
    table = read_customers(paths.data, settings.tables, settings.runtime.backend)
    if table.quality.customers != read_artifact(paths.quality, Quality).customers:
        raise UserError(f"{paths.data.name}/ is not what {paths.quality.name} describes: run `dvc repro` again.")
    roles = list_roles(settings.tables.columns)
    write_artifact(paths.columns, roles)
    learnt = table.frame.copy()
    learnt.insert(0, MONTH, "")
    write_artifact(paths.periods, Periods(acted_on="", learnt=("",), waiting=()))
    write_table(paths.learnt, learnt, build_learnt_schema(roles))
    write_table(paths.customers, table.frame.drop(columns=TARGET), build_customers_schema(roles))
