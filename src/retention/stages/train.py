"""Stage ``train``: refit the winner, calibrate it, give every customer-month an honest probability."""

import pandas as pd

from retention.files import read_artifact, read_table, write_artifact, write_bytes, write_table
from retention.learning.calibration.calibrated_model import tabulate_probabilities, train_model
from retention.learning.calibration.summary import LEARNT_PROBABILITIES
from retention.learning.folds import PART, SPLIT, TRAIN
from retention.learning.model.model_file import check_types, list_trusted_types, write_model_bytes
from retention.learning.model.space import build_choice
from retention.learning.search.best import Best
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import TARGET, UNIT
from retention.tables.months.rows import TAUGHT, take_taught
from retention.tables.roles import ColumnRoles, build_learnt_schema


def run(settings: Settings, paths: Paths) -> None:
    """Read the winner and what is learnt from, write its models, their calibration and the probabilities."""
    choice, roles = read_artifact(paths.best, Best).choice, read_artifact(paths.columns, ColumnRoles)
    learnt, split = read_table(paths.learnt, build_learnt_schema(roles)), read_table(paths.split, SPLIT)
    names = list(roles.names)
    is_train = (split[PART] == TRAIN).to_numpy()
    known = take_taught(learnt[is_train], read_table(paths.taught, TAUGHT)[is_train])
    pipeline = build_choice(choice, settings.space, roles, settings.seed)
    labels = known[TARGET], known[UNIT]
    trained = train_model(pipeline, known[names], *labels, settings.train, settings.seed, settings.runtime.workers)
    own = pd.Series(trained.fold, known[UNIT]).groupby(level=0).first()  # of a row that taught nothing: its unit's
    fold = learnt[UNIT].where(is_train).map(own).fillna(0).to_numpy(dtype=int)
    probabilities = tabulate_probabilities([trained.model, *trained.fold_models], fold, learnt[names])
    table = split.assign(**{TARGET: learnt[TARGET]}).join(probabilities)
    trusted = list_trusted_types(choice, settings.space)
    for path, stored in ((paths.model, trained.model), (paths.fold_models, trained.fold_models)):
        content = write_model_bytes(stored)
        check_types(path.name, content, trusted)  # refuses what could not be loaded later
        write_bytes(path, content)
    write_table(paths.learnt_probabilities, table, LEARNT_PROBABILITIES)
    write_artifact(paths.calibration, trained.calibration)
