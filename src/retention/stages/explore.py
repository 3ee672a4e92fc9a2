"""Stage ``explore``: describe distributions, outliers, associations and leaks."""

from retention.exploration.exploration import explore
from retention.files import read_artifact, read_table, write_artifact
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.roles import ColumnRoles, build_learnt_schema


def run(settings: Settings, paths: Paths) -> None:
    """Write ``exploration.json``."""
    roles = read_artifact(paths.columns, ColumnRoles)
    customers = read_table(paths.learnt, build_learnt_schema(roles))
    write_artifact(paths.exploration, explore(customers, roles, settings.explore, settings.seed))
