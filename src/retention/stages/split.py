"""Stage ``split``: set a stratified test part aside, twins together."""

import numpy as np
import pandas as pd

from retention.files import read_artifact, read_table, write_table
from retention.learning.folds import SPLIT, split_customers
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import ID, TARGET, TWINS
from retention.tables.roles import ColumnRoles, build_customers_schema


def run(settings: Settings, paths: Paths) -> None:
    """Read the customers, write which part each belongs to."""
    schema = build_customers_schema(read_artifact(paths.columns, ColumnRoles))
    customers = read_table(paths.customers, schema)
    is_test = split_customers(customers[TARGET], customers[TWINS], settings.split.test_share, settings.split.seed)
    part = np.where(is_test, "test", "train")
    write_table(paths.split, pd.DataFrame({ID: customers[ID], "part": part}), SPLIT)
