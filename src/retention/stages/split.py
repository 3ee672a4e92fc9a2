"""Stage ``split``: whom the model may learn from, and who only measures it."""

from retention.files import read_artifact, read_table, write_table
from retention.learning.folds import PART, SPLIT, split_customers
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import ID, MONTH, TARGET
from retention.tables.roles import ColumnRoles, build_learnt_schema


def run(settings: Settings, paths: Paths) -> None:
    """Read the customer-months, write which part each belongs to."""
    roles = read_artifact(paths.columns, ColumnRoles)
    learnt = read_table(paths.learnt, build_learnt_schema(roles))
    part = split_customers(
        learnt[ID], learnt[list(roles.names)], learnt[TARGET], settings.split.test_share, settings.split.seed
    )
    write_table(paths.split, learnt[[MONTH, ID]].assign(**{PART: part}), SPLIT)
