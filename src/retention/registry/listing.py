"""What the registry holds, a line each: versions and the moves of the champion."""

from collections.abc import Iterator
from datetime import UTC, datetime

from retention.paths import Paths
from retention.settings import Settings
from retention.tracking.models.ledger import has_registry, open_registry, read_moves, settle
from retention.tracking.models.registry import list_versions

_NO_MOVE = "No champion was moved yet; the first model that is published is the first champion."
_NO_MODEL = "Nothing has been published yet: run `make run` first."


def list_history(settings: Settings, paths: Paths) -> Iterator[str]:
    """Yield a line for each move of the champion, the oldest first."""
    if not has_registry(settings.tracking, paths.mlruns):
        yield _NO_MOVE
        return
    with open_registry(settings.tracking, paths.mlruns) as (store, ledger):
        settle(store, ledger, settings.tracking.model)
        moves = read_moves(ledger, settings.tracking.model)
        months = {one.number: one.months for one in list_versions(store, settings.tracking.model)}
    for move in moves:
        when = datetime.fromtimestamp(move.time / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        former = "none" if move.former is None else str(move.former)
        learnt = f" ({months[move.to]})" if months.get(move.to) else ""
        yield f"{when}  {move.action:<9} {former} → {move.to}{learnt}  by {move.who}: {move.reason}" + (
            f" [{move.verdict}]" if move.verdict else ""
        )
    if not moves:
        yield _NO_MOVE


def list_models(settings: Settings, paths: Paths) -> Iterator[str]:
    """Yield a line for each version: aliases, months learnt from, data, model file, measures."""
    if not has_registry(settings.tracking, paths.mlruns):
        yield _NO_MODEL
        return
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
        yield _NO_MODEL
