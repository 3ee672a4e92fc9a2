"""Stage ``publish``: mirror the artifacts into MLflow and its registry; publishing again adds nothing."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import typer

from retention.audience.plan.summary import PlanMetrics
from retention.audience.segments.summary import SegmentsSummary
from retention.files import read_artifact, read_numbers, read_table, render_csv, write_json
from retention.learning.evaluation.evaluation import Evaluation, Group, Metrics
from retention.learning.model.model_file import list_trusted_types
from retention.learning.model.space import build_space
from retention.learning.search.best import TRIALS, Best
from retention.paths import Paths
from retention.settings import Settings
from retention.strict import Text
from retention.tables.columns import CUSTOMERS, FEATURES
from retention.tables.quality import Quality
from retention.tables.roles import list_roles
from retention.tables.schema import Column
from retention.tracking.describe.card import FILES, render_card
from retention.tracking.describe.model import describe_model
from retention.tracking.describe.pipeline_run import Digests, describe_pipeline
from retention.tracking.describe.provenance import Provenance, read_provenance
from retention.tracking.describe.search_run import describe_search
from retention.tracking.describe.summaries import Summaries
from retention.tracking.describe.trial import list_trials
from retention.tracking.models.actor import name_actor
from retention.tracking.models.aliases import set_aliases
from retention.tracking.models.columns import describe_columns
from retention.tracking.models.ledger import EXPERIMENT
from retention.tracking.models.package import describe_types, write_package
from retention.tracking.models.registry import put_model
from retention.tracking.models.shop import name_shop
from retention.tracking.store.backend import find_store
from retention.tracking.store.digest import hash_file, hash_files, hash_md5, hash_settings, list_files
from retention.tracking.store.fill import put_run
from retention.tracking.store.records import Content, Dataset, File, Run
from retention.tracking.store.store import open_experiment, open_store, put_view


def run(settings: Settings, paths: Paths) -> None:
    """Publish the search, the run of the pipeline and the model; write the receipt, which holds digests only."""
    tracking = settings.tracking
    rules = hash_settings(settings.segment, settings.offer, {"found": settings.found})
    digests = Digests(hash_files(paths.root, _outputs(paths)), hash_file(paths.model), rules)
    content, provenance = read_summaries(paths), _find_provenance(settings, paths)
    uri = find_store(tracking.backend, paths.mlruns, os.environ)
    with (
        open_store(uri, paths.mlruns, tracking.experiment, timeout_seconds=tracking.timeout_seconds) as store,
        tempfile.TemporaryDirectory() as folder,
    ):
        told = content, provenance, digests.model, _name_groups(content, settings.tables.columns)
        cards = {name: render_card(*told, language) for language, name in FILES.items()}
        model = describe_model(content, provenance, digests.model, Path(folder) / "model")
        _write_package(settings, paths, content.best, model.package, cards)
        put_view(store)
        run_id = put_run(store, _describe_pipeline(settings, paths, content, provenance, digests, cards))
        version = put_model(store, tracking.model, model, run_id)
        ledger = open_experiment(store, uri, paths.mlruns, EXPERIMENT)
        roles = ", ".join(set_aliases(store, ledger, tracking.model, version, provenance.experiment))
    receipt = {"study": content.best.study, "model": digests.model, "pipeline": digests.artifacts}
    write_json(paths.receipt, receipt)
    asked = f"; `retention promote --version {version}` asks the gate about it" if provenance.experiment else ""
    typer.echo(f"Published {tracking.model} version {version} ({roles}); `make ui` shows it with its runs{asked}.")


def _find_provenance(settings: Settings, paths: Paths) -> Provenance:
    return replace(
        read_provenance(paths.root, os.environ),
        shop=name_shop(paths.data_dvc, settings.tables.exports),
        customers_md5=hash_md5(paths.customers),
        user=name_actor(),
    )


def read_summaries(paths: Paths) -> Summaries:
    """Return what the stages found, as far as runs, models and cards are told from it."""
    return Summaries(
        best=read_artifact(paths.best, Best),
        metrics=read_artifact(paths.metrics, Metrics),
        evaluation=read_artifact(paths.evaluation, Evaluation),
        quality=read_artifact(paths.quality, Quality),
        segments=read_artifact(paths.segments, SegmentsSummary),
        plan=read_artifact(paths.plan_metrics, PlanMetrics),
    )


def _outputs(paths: Paths) -> tuple[Path, ...]:
    """Return what the run of the pipeline is identified by: every artifact that this stage depends on."""
    return (
        paths.quality,
        paths.quarantine,
        paths.customers,
        paths.exploration,
        paths.split,
        paths.trials,
        paths.best,
        paths.model,
        paths.fold_models,
        paths.probabilities,
        paths.metrics,
        paths.evaluation,
        paths.curves,
        paths.attributions,
        paths.explanation,
        paths.explanation_pictures,
        paths.reference,
        paths.segment_rules,
        paths.segments,
        paths.membership,
        paths.plan,
        paths.plan_metrics,
        paths.offers,
        paths.report.parent,
    )


def _name_groups(content: Summaries, columns: Mapping[str, Column]) -> list[tuple[Text, Group]]:
    """Return how good the model is in each segment and category of the test customers, with their names."""
    names = {one.key: one.name for one in content.segments.segments}
    segments = [(names[one.key], one) for one in content.segments.groups]
    return [*segments, *((_name_category(columns[one.of], one.key), one) for one in content.evaluation.groups)]


def _name_category(column: Column, key: str) -> Text:
    """Return how a value of a categorical column is said, with the column."""
    label, value = column.label, (column.values or {}).get(key) or Text(ru=key, en=key)
    return Text(ru=f"{label.ru}: {value.ru}", en=f"{label.en}: {value.en}")


def _write_package(settings: Settings, paths: Paths, best: Best, folder: Path, cards: Mapping[str, str]) -> None:
    trusted = list_trusted_types(best.choice, settings.space)
    accepted = describe_columns(settings.tables.columns, FEATURES)
    write_package(folder, paths.model, read_table(paths.customers, CUSTOMERS), accepted, trusted, cards)


def _describe_pipeline(
    settings: Settings,
    paths: Paths,
    content: Summaries,
    provenance: Provenance,
    digests: Digests,
    cards: Mapping[str, str],
) -> Run:
    customers = read_table(paths.customers, CUSTOMERS)
    version = provenance.data_md5 or hash_file(paths.customers)[:32]
    columns = describe_types(customers, list(customers.columns))
    dataset = Dataset(provenance.tell_shop(), version, "data", columns, len(customers))
    shown = list_files(paths.artifacts, [path for path in _outputs(paths) if path not in _of_customers(paths)])
    return describe_pipeline(
        digests,
        content,
        {
            "n_trials": str(content.best.n_trials),
            "seed": str(settings.seed),
            "test_share": str(settings.split.test_share),
        },
        provenance,
        [
            dataset,
            *(File(file.relative_to(paths.artifacts).as_posix(), file) for file in shown),
            *(Content(name, card.encode()) for name, card in cards.items()),
            File("settings.yaml", paths.params),
        ],
        read_numbers(paths.durations),
        _describe_search(settings, paths, content.best, provenance.user, dataset),
    )


def _of_customers(paths: Paths) -> set[Path]:
    """Return the artifacts whose rows are customers, or that the model's folder holds: they stay out of the run."""
    return {
        paths.quarantine,
        paths.customers,
        paths.split,
        paths.trials,
        paths.model,
        paths.attributions,
        paths.membership,
        paths.offers,
    }


def _describe_search(settings: Settings, paths: Paths, best: Best, user: str, dataset: Dataset) -> Run:
    from retention.tracking.describe.importance import compute_importance, compute_parameter_importance
    from retention.tracking.describe.pictures import draw_history, draw_importance

    table = read_table(paths.trials, TRIALS)
    seconds = read_numbers(paths.studies / best.study / "durations.json")
    trials = list_trials(table, {int(number): value for number, value in seconds.items() if number.isdecimal()})
    space = build_space(
        settings.space.choose_searched(settings.search), list_roles(settings.tables.columns), settings.seed
    )
    distributions = space.families[best.model].distributions
    shares = compute_importance(trials), compute_parameter_importance(trials, best.model, distributions)
    attachments: list[Dataset | File | Content] = [
        dataset,
        Content("trials.csv", render_csv(table).encode()),
        Content("pictures/history.png", draw_history(trials)),
        Content("pictures/importance.png", draw_importance(*shares, best.model)),
        File("best.json", paths.best),
    ]
    protocol = settings.search.model_dump(exclude={"n_trials", "selection", "features", "start"})
    told = {key: str(value) for key, value in {"seed": settings.seed, **protocol}.items()}
    options = {kind: ", ".join(names) for kind, names in {"model": space.families, **space.steps}.items()}
    return describe_search(trials, best, told | options, user, attachments)
