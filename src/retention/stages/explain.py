"""Stage ``explain``: attribute every customer's uncalibrated output to the source columns."""

import numpy as np
import shap
from numpy.typing import NDArray

from retention.files import read_artifact, read_table, write_artifact, write_bytes, write_table
from retention.learning.calibration.summary import LEARNT_PROBABILITIES, PROBABILITIES
from retention.learning.explanation.explanation import choose_reference, explain_customers, tabulate_attributions
from retention.learning.explanation.pictures import draw_pictures, name_columns
from retention.learning.explanation.summary import (
    Explanation,
    build_attributions_schema,
    compute_agreement,
    compute_refit_shares,
    summarise_importance,
    summarise_shapes,
)
from retention.learning.model.model_file import list_trusted_types, read_model
from retention.learning.model.pipeline import find_output_scale
from retention.learning.search.best import Best
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import ID
from retention.tables.months.rows import draw_units
from retention.tables.roles import ColumnRoles, build_customers_schema, build_learnt_schema

PICTURED = 5000  # customers in shap's pictures, of more so many drawn: further dots hide one another


def run(settings: Settings, paths: Paths) -> None:
    """Read the models and the customers; write attributions, what they compare with and what they say together."""
    trusted = list_trusted_types(read_artifact(paths.best, Best).choice, settings.space)
    models = [read_model(paths.model, trusted), *read_model(paths.fold_models, trusted)]
    pipelines, how, seed = [model.pipeline for model in models], settings.explain, settings.seed
    fold = read_table(paths.probabilities, PROBABILITIES)["fold"].to_numpy()
    roles = read_artifact(paths.columns, ColumnRoles)
    customers = read_table(paths.customers, build_customers_schema(roles))
    frame, schema = customers[list(roles.names)], build_attributions_schema(roles.names)
    learnt = read_table(paths.learnt, build_learnt_schema(roles))[list(roles.names)]
    own = read_table(paths.learnt_probabilities, LEARNT_PROBABILITIES)["fold"].to_numpy()
    reference = choose_reference(pipelines, own, learnt, background=how.background, seed=seed)
    explained = explain_customers(pipelines, fold, frame, reference, settings.runtime.workers)
    write_artifact(paths.reference, reference)
    write_table(paths.attributions, tabulate_attributions(explained, customers[ID]), schema)
    values, shares = explained.by_column, compute_refit_shares(explained.by_column, fold)
    pictured = draw_units(np.arange(len(frame)), PICTURED, seed)
    pictured[explained.output.argmax()] = True  # the one whose waterfall is drawn
    explanation = Explanation(
        explained=find_output_scale(pipelines[0], frame),
        method=reference.method,
        sampling_error=explained.sampling_error,
        customers=len(frame),
        refits=len(shares),
        agreement=compute_agreement(shares),
        importance=summarise_importance(values, frame, shares, roles.categorical, how.resamples, seed),
        shapes=summarise_shapes(values, frame, roles.categorical, how.bins),
        pictured=None if pictured.all() else int(pictured.sum()),
    )
    write_artifact(paths.explanation, explanation)
    language = settings.report.language
    named = name_columns(load_explanation(paths, pictured), settings.tables.columns, language)
    for name, picture in draw_pictures(named, language):
        write_bytes(paths.explanation_pictures / f"{name}.png", picture)


def load_explanation(paths: Paths, who: NDArray[np.bool_] | None = None) -> shap.Explanation:
    """Return the attributions of every customer, or of some, as shap's own explanation, which its plots take.

    ``values`` are (n_customers, n_columns), ``base_values`` (n_customers,), ``data`` the cells of the source columns.
    """
    roles = read_artifact(paths.columns, ColumnRoles)
    attributions, names = read_table(paths.attributions, build_attributions_schema(roles.names)), list(roles.names)
    chosen = slice(None) if who is None else who
    return shap.Explanation(
        attributions[names].to_numpy()[chosen],
        attributions["base_value"].to_numpy()[chosen],
        read_table(paths.customers, build_customers_schema(roles))[names][chosen].to_numpy(dtype=object),
        feature_names=names,
        output_names=f"decline, {read_artifact(paths.explanation, Explanation).explained}",
    )
