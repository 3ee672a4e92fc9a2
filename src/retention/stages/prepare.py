"""Makes the customer-months that are learnt from and the customers who are acted on, and says what each column is.

It also hands on what was recorded of the months before the one acted on: a record that is added later changes nothing.
"""

from pathlib import Path

import pandas as pd

from retention.campaigns.labels import count_for
from retention.campaigns.ledger import read_ledger
from retention.errors import UserError
from retention.files import read_artifact, read_table, write_artifact, write_table
from retention.history.figures import CUSTOMERS, EARLIER, FIGURES, SAID, History, MonthFigures, Reused
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import ID, MONTH, PROBABILITY, STANDS_FOR
from retention.tables.months.periods import CAMPAIGNS, HISTORY, list_dated
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
    learnt[STANDS_FOR] = count_for(learnt, read_ledger(paths.data / CAMPAIGNS, shop.periods.acted_on))
    write_artifact(paths.columns, roles)
    write_artifact(paths.periods, shop.periods)
    write_table(paths.learnt, learnt, build_learnt_schema(roles))
    write_table(paths.customers, shop.customers, build_customers_schema(roles))
    history, earlier = read_history(paths.data / HISTORY, shop.periods.acted_on)
    last = history.months[-1].choice if history.months and settings.search.reuse else None
    write_artifact(paths.history, history)
    write_artifact(paths.reused, Reused(choice=last))
    write_table(paths.earlier, earlier, EARLIER)


def read_history(folder: Path, acted_on: str) -> tuple[History, pd.DataFrame]:
    """Return what was recorded of the months before `acted_on`: their figures, and their customers (`EARLIER`)."""
    months = [month for month in list_dated(folder) if month < acted_on]
    lost = f"restore {folder.parent.name}/{folder.name}/ (`dvc checkout data`)"
    figures = (read_artifact(folder / month / FIGURES, MonthFigures, lost) for month in months)
    tables = [read_table(folder / month / CUSTOMERS, SAID, lost).assign(**{MONTH: month}) for month in months]
    nobody = pd.DataFrame({MONTH: pd.Series(dtype="str"), ID: [], PROBABILITY: pd.Series(dtype=float)})
    joined = pd.concat(tables, ignore_index=True) if tables else nobody
    if tables and joined[ID].dtype == object:  # `tables.ids` was changed between the months
        joined = joined.astype({ID: "str"})
    segments = [str(name) for name in joined.columns if name not in EARLIER.columns]
    flags = joined[segments].astype("boolean").fillna(False).astype(bool)  # a segment that there was not has no members
    return History(months=tuple(figures)), joined[[*EARLIER.columns]].join(flags)
