"""Stage ``publish``: mirror the artifacts into MLflow and its registry; publishing again adds nothing."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer
import yaml

from retention.files import read_artifact, read_json, read_numbers, read_table, render_csv, write_json
from retention.learning.evaluation.evaluation import Group
from retention.learning.model.model_file import list_trusted_types
from retention.learning.search.best import Best
from retention.learning.search.trials_table import TRIALS
from retention.paths import Paths
from retention.settings import Settings
from retention.strict import Text
from retention.tables.columns import CUSTOMERS, FEATURES
from retention.tables.schema import Column
from retention.tracking.describe.card import FILES, render_card
from retention.tracking.describe.measures import to_metrics
from retention.tracking.describe.pipeline_run import Summaries, describe_pipeline
from retention.tracking.describe.provenance import Provenance, read_provenance
from retention.tracking.describe.search_run import describe_search
from retention.tracking.describe.trial import list_trials
from retention.tracking.models.aliases import set_aliases
from retention.tracking.models.columns import describe_columns
from retention.tracking.models.ledger import EXPERIMENT
from retention.tracking.models.package import describe_types, write_package
from retention.tracking.models.registry import put_model
from retention.tracking.models.shop import name_shop
from retention.tracking.store.backend import find_store
from retention.tracking.store.digest import hash_file, hash_files, hash_md5, hash_settings, list_files
from retention.tracking.store.fill import put_run
from retention.tracking.store.records import CUSTOMERS_MD5, SHOP, Content, Dataset, File, Model, Run
from retention.tracking.store.store import open_experiment, open_store, put_view


def run(settings: Settings, paths: Paths) -> None:
    """Publish the search, the run of the pipeline and the model; write the receipt, which holds digests only."""
    tracking = settings.tracking
    digest = hash_files(paths.root, _outputs(paths))
    sha256 = hash_file(paths.model)
    content = Summaries(
        best=read_json(paths.best),
        metrics=read_json(paths.evaluation),
        quality=read_json(paths.quality),
        segments=read_json(paths.segments),
        plan=read_json(paths.plan),
    )
    shop = name_shop(paths.data_dvc, settings.tables.exports)
    provenance = replace(read_provenance(paths.root, os.environ), shop=shop, customers_md5=hash_md5(paths.customers))
    trusted = list_trusted_types(
        read_artifact(paths.best, Best).choice, settings.model, settings.scaler, settings.encoder, settings.features
    )
    uri = find_store(tracking.backend, paths.mlruns, os.environ)
    with (
        open_store(uri, paths.mlruns, tracking.experiment, timeout_seconds=tracking.timeout_seconds) as store,
        tempfile.TemporaryDirectory() as folder,
    ):
        groups = _name_groups(content, settings.tables.columns)
        told = content, FEATURES, provenance, sha256, groups
        cards = {name: render_card(*told, language) for language, name in FILES.items()}
        package = Path(folder) / "model"
        accepted = describe_columns(settings.tables.columns, FEATURES)
        write_package(package, paths.model, read_table(paths.customers, CUSTOMERS), accepted, trusted, cards)
        put_view(store)
        rules = hash_settings(settings.segment, settings.offer, {"found": settings.found})
        pipeline = _describe_pipeline(paths, content, provenance, digest, sha256, rules)
        run_id = put_run(store, replace(pipeline, children=(_describe_search(paths, content.best),)))
        version = put_model(store, tracking.model, _describe_model(content, provenance, sha256, package), run_id)
        ledger = open_experiment(store, uri, paths.mlruns, EXPERIMENT)
        roles = set_aliases(store, ledger, tracking.model, version, provenance.experiment)
    write_json(paths.receipt, {"study": content.best["study"], "model": sha256, "pipeline": digest})
    asked = f"; `retention promote --version {version}` asks the gate about it" if provenance.experiment else ""
    bears = ", ".join(roles)
    typer.echo(f"Published {tracking.model} version {version} ({bears}); `make ui` shows it with its runs{asked}.")


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
    names = {one["key"]: Text(**one["name"]) for one in content.segments["segments"]}
    segments = [(names[one["key"]], Group.model_validate(one)) for one in content.segments["groups"]]
    categories = (Group.model_validate(one) for one in content.metrics["groups"])
    return [*segments, *((_name_category(columns[one.of], one.key), one) for one in categories)]


def _name_category(column: Column, key: str) -> Text:
    """Return how a value of a categorical column is said, with the column."""
    label, value = column.label, (column.values or {}).get(key) or Text(ru=key, en=key)
    return Text(ru=f"{label.ru}: {value.ru}", en=f"{label.en}: {value.en}")


def _describe_search(paths: Paths, best: Mapping[str, Any]) -> Run:
    from retention.tracking.describe.importance import compute_importance, compute_parameter_importance
    from retention.tracking.describe.pictures import draw_history, draw_importance

    trials = read_table(paths.trials, TRIALS)
    rows = list_trials(trials)
    seconds = read_numbers(paths.studies / best["study"] / "durations.json")
    shares = compute_importance(trials), compute_parameter_importance(trials, best["model"])
    files: list[File | Content] = [
        Content("trials.csv", render_csv(trials).encode()),
        Content("pictures/history.png", draw_history(rows)),
        Content("pictures/importance.png", draw_importance(*shares, best["model"])),
        File("best.json", paths.best),
    ]
    by_trial = {int(number): value for number, value in seconds.items() if number.isdecimal()}
    return describe_search(rows, best, files, by_trial)


def _describe_pipeline(
    paths: Paths, content: Summaries, provenance: Provenance, digest: str, sha256: str, rules: str
) -> Run:
    customers = read_table(paths.customers, CUSTOMERS)
    columns = describe_types(customers, list(customers.columns))
    version = provenance.data_md5 or hash_file(paths.customers)[:32]
    folders = (paths.curves, paths.report.parent, paths.explanation_pictures)
    kept = (paths.evaluation, paths.best, paths.segments, paths.fold_models)
    shown = list_files(paths.artifacts, (*folders, *kept))
    more = (
        *(paths.quality, paths.exploration, paths.explanation, paths.reference, paths.segment_rules),
        *(paths.plan, paths.plan_metrics, paths.probabilities),
    )
    files = [File(file.relative_to(paths.artifacts).as_posix(), file) for file in (*shown, *more)]
    return describe_pipeline(
        digest,
        sha256,
        content,
        yaml.safe_load(paths.params.read_text(encoding="utf-8")),
        provenance,
        Dataset("customers", version, "data", columns, len(customers)),
        [*files, File("settings.yaml", paths.params)],
        read_numbers(paths.durations),
        rules,
    )


def _describe_model(content: Summaries, provenance: Provenance, sha256: str, package: Path) -> Model:
    best, roc_auc = content.best, content.metrics["test"]["roc_auc"]
    steps = {name: str(best[name]) for name in ("model", "scaler", "encoder", "features")}
    tags = {
        "retention.study": best["study"],
        "retention.data_md5": provenance.data_md5 or "unknown",
        SHOP: provenance.shop,
        CUSTOMERS_MD5: provenance.customers_md5,
    }
    told = f"{best['model']}, test ROC-AUC {roc_auc['value']:.3f} ({roc_auc['low']:.3f} to {roc_auc['high']:.3f})"
    return Model(sha256, package, steps, tags, to_metrics(content.metrics["test"]), told)
