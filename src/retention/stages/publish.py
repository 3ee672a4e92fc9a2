"""Stage ``publish``: mirror the artifacts into MLflow and its registry; publishing again adds nothing."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import typer

from retention.audience.plan.summary import PlanMetrics
from retention.audience.segments.summary import SegmentsSummary
from retention.campaigns.summary import Campaigns
from retention.files import read_artifact, read_numbers, read_table, write_bytes, write_csv, write_json
from retention.history.figures import History, Since
from retention.learning.evaluation.evaluation import Evaluation, Group
from retention.learning.model.model_file import list_trusted_types
from retention.learning.model.space import build_space
from retention.learning.search.best import TRIALS, Best
from retention.learning.search.trial import list_trials
from retention.paths import Paths
from retention.settings import Settings
from retention.strict import Text
from retention.tables.months.periods import Periods
from retention.tables.quality import Quality
from retention.tables.roles import ColumnRoles, build_learnt_schema
from retention.tables.schema import Column
from retention.tracking.describe.campaign_run import EXPERIMENT, describe_campaign
from retention.tracking.describe.pipeline_run import CARDS, Summaries, describe_model, describe_pipeline, render_card
from retention.tracking.describe.search_run import describe_search
from retention.tracking.models.columns import describe_columns
from retention.tracking.models.ledger import open_registry, set_aliases
from retention.tracking.models.package import describe_types, write_package
from retention.tracking.models.registry import put_model
from retention.tracking.provenance import Provenance, name_shop, read_provenance
from retention.tracking.store.digest import hash_file, hash_files, hash_settings, list_files
from retention.tracking.store.fill import put_run
from retention.tracking.store.records import Dataset, File, Run
from retention.tracking.store.store import Store, open_experiment, put_view


def run(settings: Settings, paths: Paths) -> None:
    """Publish the search, the run of the pipeline and the model; write the receipt, which holds digests only."""
    name, content = settings.tracking.model, read_summaries(settings, paths)
    shop = name_shop(paths.data_dvc, settings.tables.exports)
    provenance = read_provenance(paths.root, os.environ, shop, hash_file(paths.learnt, "md5"))
    groups = _name_groups(content, settings.tables.columns)
    cards = {file: render_card(content, provenance, groups, language) for language, file in CARDS.items()}
    learnt = read_table(paths.learnt, build_learnt_schema(content.roles))
    trusted = list_trusted_types(content.best.choice, settings.space)
    accepted = describe_columns(settings.tables.columns, content.roles.names)
    with (
        open_registry(settings.tracking, paths.mlruns, create=True) as (store, ledger),
        tempfile.TemporaryDirectory() as made,
    ):
        model = describe_model(content, provenance, Path(made) / "model")
        write_package(model.package, paths.model, learnt, accepted, trusted, cards)
        put_view(store)
        run_id = put_run(store, _describe_pipeline(settings, paths, content, provenance, learnt, Path(made)))
        version = put_model(store, name, model, run_id)
        usable = content.evaluation.leading.roc_auc.low >= (floor := settings.gate.roc_auc_floor)
        _put_campaigns(paths, store, shop)
        roles = ", ".join(set_aliases(store, ledger, name, version, provenance.experiment, usable=usable))
    write_json(paths.receipt, {"study": content.best.study, "model": content.sha256, "pipeline": content.digest})
    asked = f"; `retention promote --version {version}` asks the gate about it" if provenance.experiment else ""
    low = "" if usable else f" Its ROC-AUC may be below gate.roc_auc_floor = {floor:g}: it is no champion by itself."
    typer.echo(f"Published {name} version {version} ({roles}); `make ui` shows it with its runs{asked}.{low}")


def _put_campaigns(paths: Paths, store: Store, shop: str) -> None:
    """Make each campaign a run of an experiment of their own, which there is from the first campaign on."""
    if known := read_artifact(paths.campaigns, Campaigns).campaigns:
        place = open_experiment(store, EXPERIMENT, "What was sent and promised, and what happened.")
        for one in known:
            put_run(place, describe_campaign(one, shop))


def read_summaries(settings: Settings, paths: Paths) -> Summaries:
    """Return what the stages found, as far as runs, models and cards are told from it."""
    return Summaries(
        best=read_artifact(paths.best, Best),
        evaluation=read_artifact(paths.evaluation, Evaluation),
        quality=read_artifact(paths.quality, Quality),
        segments=read_artifact(paths.segments, SegmentsSummary),
        plan=read_artifact(paths.plan_metrics, PlanMetrics),
        roles=read_artifact(paths.columns, ColumnRoles),
        history=read_artifact(paths.history, History),
        since=read_artifact(paths.since, Since),
        periods=read_artifact(paths.periods, Periods),
        digest=hash_files(paths.root, list_outputs(paths)),
        sha256=hash_file(paths.model),
        rules=hash_settings(settings.segment, settings.offer, {"found": settings.found}),
    )


def list_outputs(paths: Paths) -> tuple[Path, ...]:
    """Return what the run of the pipeline is identified by: each artifact that this stage reads but the campaigns."""
    data = paths.quality, paths.columns, paths.periods, paths.history, paths.exploration, paths.since
    model = paths.best, paths.fold_models, paths.learnt_probabilities, paths.probabilities, paths.reference
    judged = paths.metrics, paths.evaluation, paths.curves, paths.explanation, paths.explanation_pictures
    plan = paths.segment_rules, paths.segments, paths.plan, paths.plan_metrics, paths.report.parent
    return *data, *model, *judged, *plan, *_list_hidden(paths)


def list_shown(paths: Paths) -> list[Path]:
    """Return the artifacts whose files the run of the pipeline holds."""
    return list_files(paths.artifacts, [path for path in list_outputs(paths) if path not in _list_hidden(paths)])


def _list_hidden(paths: Paths) -> tuple[Path, ...]:
    """Return what stays out of the run: tables of customers, what the search's run holds, the model file."""
    data = paths.quarantine, paths.learnt, paths.customers, paths.split, paths.trials, paths.model
    return *data, paths.attributions, paths.membership, paths.offers


def _name_groups(content: Summaries, columns: Mapping[str, Column]) -> list[tuple[Text, Group]]:
    """Return how good the model is in each segment and category of the test customers, with their names."""
    names = {one.key: one.name for one in content.segments.segments}
    named = [(names[one.key], one) for one in content.segments.groups]
    for one in content.evaluation.groups:
        label, known = columns[one.of].label, columns[one.of].values  # noqa: PD011 -- no data frame
        value = known.get(one.key) or Text(ru=one.key, en=one.key)
        named.append((Text(ru=f"{label.ru}: {value.ru}", en=f"{label.en}: {value.en}"), one))
    return named


def _describe_pipeline(
    settings: Settings, paths: Paths, content: Summaries, provenance: Provenance, learnt: pd.DataFrame, made: Path
) -> Run:
    version = provenance.data_md5 or hash_file(paths.learnt)[:32]
    named = " ".join(filter(None, (provenance.tell_shop(), content.since.now.month)))
    dataset = Dataset(named, version, "data", describe_types(learnt), len(learnt))
    told = {"n_trials": content.best.n_trials, "seed": settings.seed, "test_share": settings.split.test_share}
    settings_file = shutil.copyfile(paths.params, made / "settings.yaml")
    cards = [made / "model" / name for name in CARDS.values()]
    files = [
        *(File.within(paths.artifacts, one) for one in list_shown(paths)),
        *(File("", one) for one in (*cards, settings_file)),
    ]
    search = _describe_search(settings, paths, content, provenance.user, dataset, made / "search")
    params = {key: str(value) for key, value in told.items()}
    return describe_pipeline(content, provenance, params, files, dataset, read_numbers(paths.durations), search)


def _describe_search(
    settings: Settings, paths: Paths, content: Summaries, user: str, dataset: Dataset, made: Path
) -> Run:
    from retention.tracking.describe.pictures import draw_pictures

    table, best = read_table(paths.trials, TRIALS), content.best
    seconds = read_numbers(paths.studies / best.study / "durations.json")
    trials = list_trials(table, {int(number): value for number, value in seconds.items() if number.isdecimal()})
    space = build_space(settings.space.choose_searched(settings.search), content.roles, settings.seed)
    write_csv(made / "trials.csv", table)
    for name, picture in draw_pictures(trials, best.model, space.families[best.model].distributions):
        write_bytes(made / "pictures" / f"{name}.png", picture)
    files = [*(File.within(made, one) for one in list_files(made, [made])), File("", paths.best)]
    protocol = settings.search.model_dump(exclude={"n_trials", "selection", "features", "start", "reuse"})
    told = {key: str(value) for key, value in {"seed": settings.seed, **protocol}.items()}
    options = {kind: ", ".join(names) for kind, names in {"model": space.families, **space.steps}.items()}
    return describe_search(trials, best, told | options, user, files, dataset)
