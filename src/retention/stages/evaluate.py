"""Stage ``evaluate``: how good the model is on customers that it has not learnt from, beside the studies' recipes."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray

from retention.errors import one_line
from retention.files import read_artifact, read_table, write_artifact, write_bytes, write_table
from retention.learning.calibration.calibrated_model import train_model
from retention.learning.calibration.summary import LEARNT_PROBABILITIES
from retention.learning.evaluation import curves
from retention.learning.evaluation.baselines import RECIPES, build_baselines, predict_baselines
from retention.learning.evaluation.bootstrap import Bootstrap
from retention.learning.evaluation.evaluate import Part, Prediction, check_classes, evaluate, predict_out_of_time
from retention.learning.evaluation.evaluation import CURVES, Metrics
from retention.learning.folds import PART, TEST, TRAIN
from retention.learning.model.space import build_choice
from retention.learning.search.best import Best
from retention.learning.settings import EvaluateSettings
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import MONTH, PROBABILITY, STANDS_FOR, TARGET, UNIT
from retention.tables.months.rows import TAUGHT, draw_units, take_taught
from retention.tables.roles import ColumnRoles, build_learnt_schema

RECIPES_DRAWN = 5  # the stream of random numbers


def run(settings: Settings, paths: Paths) -> None:
    """Read probabilities and customer-months; write what was measured, and the curves.

    Those whom a campaign contacted judge nothing, since nobody knows what they would have done; those left alone for
    comparison stand for them.
    """
    roles, how = read_artifact(paths.columns, ColumnRoles), settings.evaluate
    learnt = read_table(paths.learnt, build_learnt_schema(roles))
    probabilities = read_table(paths.learnt_probabilities, LEARNT_PROBABILITIES)
    learnt = learnt.assign(**{PART: probabilities[PART], PROBABILITY: probabilities[PROBABILITY]})
    taught, judged = read_table(paths.taught, TAUGHT), learnt[learnt[STANDS_FOR] > 0]
    known, unseen = (judged[judged[PART] == part] for part in (TRAIN, TEST))
    check_classes({"training": known[TARGET], "test": unseen[TARGET]})
    choice, names = read_artifact(paths.best, Best).choice, list(roles.names)
    pipeline = build_choice(choice, settings.space, roles, settings.seed)

    def predict(past: pd.DataFrame, later: pd.DataFrame) -> NDArray[np.float64] | None:
        past = take_taught(past, taught.loc[past.index])
        given = past[names], past[TARGET], past[UNIT], settings.train, settings.seed, settings.runtime.workers
        try:
            return np.asarray(train_model(pipeline, *given).model.predict_proba(later[names])[:, 1])
        except ValueError as error:  # of a column that was empty until then, or of more neighbours than customers
            months = f"{past[MONTH].min()} to {past[MONTH].max()}"
            said = f"the winner cannot be fitted on {months} alone ({one_line(error)})."
            typer.echo(f"{later[MONTH].iloc[0]} is not predicted out of time: {said}", err=True)
            return None

    later = predict_out_of_time(predict, learnt, settings.label.months, how.out_of_time, settings.train.folds)
    test, train, after = (
        _take_part(rows, how, settings.seed)
        for rows in (unseen, known, judged.assign(**{PROBABILITY: later}).dropna(subset=PROBABILITY))
    )
    own = learnt[PART] == TRAIN
    given = take_taught(learnt[own], taught[own])
    drawn = draw_units(given[UNIT], how.recipe_rows, settings.seed, RECIPES_DRAWN)
    fitted_on, given = None if drawn.all() else int(drawn.sum()), given[drawn]
    predictions = predict_baselines(build_baselines(roles), given[names], given[TARGET], unseen[names])
    told = after if len(np.unique(after.target)) == 2 else None  # of one class only, nothing can be said
    found = evaluate(test, train, told, RECIPES, predictions, unseen[list(roles.categorical)], how.bins)
    found = found.model_copy(update={"recipes_fitted_on": fitted_on})
    write_artifact(paths.evaluation, found)
    write_artifact(paths.metrics, Metrics.of(found, choice.model))
    _write_curves(settings, paths, test, predictions)


def _take_part(rows: pd.DataFrame, how: EvaluateSettings, seed: int) -> Part:
    bootstrap = Bootstrap(rows[UNIT].to_numpy(), how.resamples, how.confidence, seed, rows[STANDS_FOR].to_numpy())
    return Part(rows[TARGET].to_numpy(int), rows[PROBABILITY].to_numpy(), bootstrap)


def _write_curves(settings: Settings, paths: Paths, test: Part, predictions: Mapping[str, Prediction]) -> None:
    (weight,) = test.bootstrap.whole.astype(int)
    given = np.repeat(test.target, weight), np.repeat(test.probability, weight)
    roc, pr, lift = curves.compute_roc(*given), curves.compute_pr(*given), curves.compute_lift(*given)
    how, others = settings.evaluate, [np.repeat(one.value, weight) for one in predictions.values()]
    judged = test.target, test.probability, test.bootstrap.groups
    calibration = curves.compute_calibration(*judged, how.bins, how.confidence)
    drawn = {
        "roc": (roc, curves.draw_roc(roc, [curves.compute_roc(given[0], other) for other in others])),
        "pr": (pr, curves.draw_pr(pr, float(given[0].mean()))),
        "calibration": (calibration, curves.draw_calibration(calibration)),
        "lift": (lift, curves.draw_lift(lift)),
    }
    for name, (table, picture) in drawn.items():
        write_table(paths.curves / f"{name}.csv", table, CURVES[name])
        write_bytes(paths.curves / f"{name}.png", picture)
