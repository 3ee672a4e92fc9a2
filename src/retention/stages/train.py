"""Stage ``train``: refit the winner, calibrate it, give every customer an honest probability."""

from retention.files import read_artifact, read_table, write_artifact, write_bytes, write_table
from retention.learning.calibration.probabilities_table import PROBABILITIES
from retention.learning.folds.split_table import SPLIT
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import CUSTOMERS


def run(settings: Settings, paths: Paths) -> None:
    """Read the winner and the customers, write its models, their calibration and the probabilities."""
    import numpy as np

    from retention.learning.calibration.training import tabulate_probabilities, train_model
    from retention.learning.model.model_file import check_types, list_trusted_types, write_model_bytes
    from retention.learning.model.space import build_choice
    from retention.learning.search.best import Best
    from retention.tables.columns import FEATURES, ID, TARGET, TWINS

    choice = read_artifact(paths.best, Best).choice
    customers, split = read_table(paths.customers, CUSTOMERS), read_table(paths.split, SPLIT)
    is_test = (split["part"] == "test").to_numpy()
    known = customers[~is_test]
    space = (settings.model, settings.scaler, settings.encoder, settings.features)
    trained = train_model(
        build_choice(choice, *space, settings.seed),
        known[list(FEATURES)],
        known[TARGET],
        known[TWINS],
        n_folds=settings.train.folds,
        methods=settings.train.methods,
        seed=settings.seed,
        workers=settings.runtime.workers,
    )
    models = [trained.model, *trained.fold_models]
    fold = np.zeros(len(customers), dtype=int)
    fold[~is_test] = trained.fold
    probabilities = tabulate_probabilities(models, fold, customers[list(FEATURES)])
    table = customers[[ID, TARGET]].assign(part=split["part"]).join(probabilities)
    order = [ID, "part", TARGET, *probabilities.columns]
    trusted = list_trusted_types(choice, *space)
    for path, stored in ((paths.model, trained.model), (paths.fold_models, trained.fold_models)):
        content = write_model_bytes(stored)
        check_types(path.name, content, trusted)  # refuses what could not be loaded later
        write_bytes(path, content)
    write_table(paths.probabilities, table[order], PROBABILITIES)
    write_artifact(paths.calibration, trained.calibration)
