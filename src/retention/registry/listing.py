"""What is told in lines: what a run made, the versions of the registry, and the moves of the champion."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from retention.errors import one_line
from retention.paths import Paths
from retention.settings import Settings
from retention.tracking.models.ledger import Move, has_registry, open_registry, read_moves, settle
from retention.tracking.models.registry import Version, list_versions

if TYPE_CHECKING:
    from retention.learning.evaluation.evaluation import Metrics
    from retention.learning.search.best import Best
    from retention.tables.quality import Quality


def list_history(settings: Settings, paths: Paths) -> Iterator[str]:
    """Yield a line for each move of the champion, the oldest first."""
    moves, months = list[Move](), dict[int, str]()
    if has_registry(settings.tracking, paths.mlruns):
        with open_registry(settings.tracking, paths.mlruns) as (store, ledger):
            settle(store, ledger, settings.tracking.model)
            moves = read_moves(ledger, settings.tracking.model)
            months = {one.number: one.months for one in list_versions(store, settings.tracking.model)}
    for move in moves:
        when = datetime.fromtimestamp(move.time / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        former = "none" if move.former is None else move.former
        learnt = f" ({months[move.to]})" if months.get(move.to) else ""
        said = f" [{move.verdict}]" if move.verdict else ""
        told = one_line(f"by {move.who}: {move.reason}{said}")
        yield f"{when}  {move.action:<9} {former} → {move.to}{learnt}  {told}"
    if not moves:
        yield "No champion was moved yet; the first model that reaches the gate's floor is the first champion."


def list_models(settings: Settings, paths: Paths) -> Iterator[str]:
    """Yield a line for each version: aliases, months learnt from, data, model file, measures."""
    versions = list[Version]()
    if has_registry(settings.tracking, paths.mlruns):
        with open_registry(settings.tracking, paths.mlruns) as (store, _):
            versions = list_versions(store, settings.tracking.model)
    for one in versions:
        measures = ", ".join(f"{key} {one.metrics[key]:.4f}" for key in ("roc_auc", "log_loss") if key in one.metrics)
        roles = f" [{', '.join(one.aliases)}]" if one.aliases else ""
        yield (
            f"version {one.number}{roles}: {one.description}; {measures or 'no measures'}; "
            f"{f'months {one.months}; ' if one.months else ''}{one.shop}; "
            f"data {one.data_md5[:12]}; file {one.sha256[:12]}"
        )
    if not versions:
        yield "Nothing has been published yet: run `make run` first."


def summarise_run(
    quality: "Quality", best: "Best", metrics: "Metrics", contacts: int, model: str, aliases: Mapping[str, int]
) -> str:
    """Return the closing summary of a run.

    Parameters
    ----------
    quality : Quality
    best : Best
    metrics : Metrics
        The artifacts of these names.
    contacts : int
        Rows of the offer list.
    model : str
        The name of the registered model.
    aliases : mapping of str to int
        Its aliases and the version that each names.
    """
    counts, low, high = quality.customers, metrics.roc_auc_low, metrics.roc_auc_high
    unused = f"{counts.excluded:,} left out by the rules, {counts.quarantined:,} unusable (artifacts/quarantine.csv)"
    named = ", ".join(f"{alias} is version {version}" for alias, version in sorted(aliases.items()))
    later = ", in later months" if metrics.roc_auc == metrics.out_of_time else ""  # the worse of the two is told
    steps = ", ".join(f"{part} {getattr(best, part)}" for part in ("features", "scaler", "encoder"))
    lines = [
        ("Customers", f"{counts.read:,} read, {counts.kept:,} kept, {unused}"),
        ("Winner", f"{best.model} ({steps})"),
        ("Test ROC-AUC", f"{metrics.roc_auc:.3f} (interval {low:.3f} to {high:.3f}){later}"),
        ("Registered", f"{model}: {named or 'no alias yet'}"),
        ("Report", "artifacts/report/report.html"),
        ("Offer list", f"artifacts/offers.csv, {contacts:,} to contact"),
        ("To commit", "git add params.yaml data.dvc dvc.lock artifacts/*metrics.json"),
        ("Next", "make ui, or: dvc exp run -S search=thorough"),
    ]
    return "\n".join(f"{name + ':':<14}{text}" for name, text in lines)
