"""Stage ``split``: set a stratified test part aside, twins together."""

import numpy as np
import pandas as pd

from retention.files import read_table, write_table
from retention.learning.folds import SPLIT, split_customers
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import CUSTOMERS, ID, TARGET, TWINS


def run(settings: Settings, paths: Paths) -> None:
    """Read the customers, write which part each belongs to."""
    customers = read_table(paths.customers, CUSTOMERS)
    is_test = split_customers(customers[TARGET], customers[TWINS], settings.split.test_share, settings.split.seed)
    part = np.where(is_test, "test", "train")
    write_table(paths.split, pd.DataFrame({ID: customers[ID], "part": part}), SPLIT)
