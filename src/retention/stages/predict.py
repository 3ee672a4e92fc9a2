"""Stage ``predict``: the probability of every customer acted on, by a model that has not learnt from the customer."""

from retention.files import read_artifact, read_table, write_table
from retention.learning.calibration.calibrated_model import tabulate_probabilities
from retention.learning.calibration.summary import LEARNT_PROBABILITIES, PROBABILITIES, find_folds
from retention.learning.model.model_file import list_trusted_types, read_model
from retention.learning.search.best import Best
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import ID
from retention.tables.roles import ColumnRoles, build_customers_schema


def run(settings: Settings, paths: Paths) -> None:
    """Read the models and the customers, write the probabilities."""
    trusted = list_trusted_types(read_artifact(paths.best, Best).choice, settings.space)
    roles = read_artifact(paths.columns, ColumnRoles)
    customers = read_table(paths.customers, build_customers_schema(roles))
    fold = find_folds(customers[ID], read_table(paths.learnt_probabilities, LEARNT_PROBABILITIES))
    models = [read_model(paths.model, trusted), *read_model(paths.fold_models, trusted)]
    given = tabulate_probabilities(models, fold, customers[list(roles.names)])
    write_table(paths.probabilities, customers[[ID]].join(given), PROBABILITIES)
