"""The stage ``search``: finished batches are kept on disk, so that a killed search goes on where it was."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from itertools import count
from pathlib import Path

import pandas as pd
import typer
from pydantic import JsonValue
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from retention.errors import UserError
from retention.files import hold, read_artifact, read_table, write_artifact, write_bytes, write_json, write_table
from retention.history.figures import Reused
from retention.learning.folds import PART, SPLIT, TRAIN
from retention.learning.model.choice import STEPS, Choice
from retention.learning.model.space import build_space
from retention.learning.search.best import TRIALS, Scale, TooSlow
from retention.learning.search.record import compute_study_digest, decode_batch, encode_batch
from retention.learning.search.search import keep_usable, open_study
from retention.learning.search.selection import choose_winner
from retention.learning.search.trial import Batch, find_best, tabulate_trials
from retention.learning.settings import SearchSettings, SpaceSettings
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import TARGET, UNIT
from retention.tables.months.rows import TAUGHT, draw_units, take_taught
from retention.tables.roles import ColumnRoles, build_learnt_schema

SAMPLED = 4  # the stream of random numbers
PATIENCE = 600  # seconds to wait for another process that works on the same study


def run(settings: Settings, paths: Paths) -> None:
    """Search on the training part, or score what an earlier month chose; write every trial and the winner."""
    roles, reused = read_artifact(paths.columns, ColumnRoles), read_artifact(paths.reused, Reused).choice
    whole, names, seed = _read_training_part(paths, roles), list(roles.names), settings.seed
    train = whole[draw_units(whole[UNIT], settings.search.sample, seed, SAMPLED)].reset_index(drop=True)
    declared, scale = _leave_out_slow(settings.space.choose_searched(settings.search), len(whole), len(train))
    protocol = settings.search.fit_to_size(len(train))
    if reused:
        declared, protocol = _choose_one(reused, settings.space), protocol.model_copy(update={"n_trials": 1})
        scale = scale and scale.model_copy(update={"left_out": ()})
    elif protocol.reuse:
        typer.echo("search.reuse: no earlier month is recorded under data/history/, so there is a search.", err=True)
    if scale:
        typer.echo(str(scale), err=True)
    space = build_space(declared, roles, seed)
    n_folds = protocol.folds * protocol.repeats
    digest = compute_study_digest(train, _declare(declared, protocol, seed, reused), _list_versions(declared))
    folder, workers = paths.studies / digest, settings.runtime.scheduler or settings.runtime.workers
    with (
        _lock(paths.root / ".retention" / "search.lock", "this folder"),
        _lock(folder / "lock", "this study"),
        open_study(train[names], train[TARGET], train[UNIT], space, protocol, seed, workers) as study,
    ):
        batches = keep_usable(_read_batches(folder), protocol)
        with _show_progress(settings.runtime.progress, protocol.n_trials) as show:
            show(batches)
            for batch in study.search(batches, reused):
                write_bytes(folder / _name(batch.number), encode_batch(batch))
                batches.append(batch)
                show(batches)
            trials = [trial for batch in batches for trial in batch.trials]
            candidates = study.select(trials)
        best = choose_winner(candidates, protocol.selection, digest, trials, protocol.folds)
        best = best.model_copy(update={"scale": scale})
        write_json(folder / "durations.json", {trial.number: trial.seconds for trial in trials})
        write_table(paths.trials, tabulate_trials(trials, n_folds), TRIALS)
        write_artifact(paths.best, best)
    for failures in best.failures:
        typer.echo(f"{failures}.", err=True)


def _read_training_part(paths: Paths, roles: ColumnRoles) -> pd.DataFrame:
    """Return what the search may see of the training part; all other rows are dropped at once."""
    learnt, split = read_table(paths.learnt, build_learnt_schema(roles)), read_table(paths.split, SPLIT)
    is_train = (split[PART] == TRAIN).to_numpy()
    train = learnt.loc[is_train, [*roles.names, TARGET, UNIT]]
    return take_taught(train, read_table(paths.taught, TAUGHT)[is_train]).reset_index(drop=True)


def _leave_out_slow(declared: SpaceSettings, training: int, searched: int) -> tuple[SpaceSettings, Scale | None]:
    """Return what is searched where the winner is fitted to so many `training` rows, and what was spared, if any."""
    quick = declared.fit_to_size(training)
    slow = tuple(
        TooSlow(model=name, at_most=family.at_most)
        for name, family in declared.model.items()
        if name not in quick.model and family.at_most
    )
    if not quick.model:
        raise UserError(
            f"No family of models is searched on {training:,} training rows, since each has a lower at_most in "
            "conf/model/: select another in conf/config.yaml, for example logistic."
        )
    spared = Scale(training=training, searched=searched, left_out=slow)
    return quick, spared if slow or searched < training else None


def _choose_one(reused: Choice, declared: SpaceSettings) -> SpaceSettings:
    """Return the space of the winner of an earlier month alone, whatever is searched today."""
    try:
        declared.find(reused)
    except UserError:
        raise UserError(
            f"search.reuse: the last month's winner ({reused.model}, {reused.scaler}, {reused.encoder}, "
            f"{reused.features}) is no longer among what conf/ selects: set search.reuse=false."
        ) from None
    steps = {kind: {(name := getattr(reused, kind)): getattr(declared, kind)[name]} for kind in STEPS}
    return SpaceSettings(model={reused.model: declared.model[reused.model]}, **steps)


def _declare(space: SpaceSettings, protocol: SearchSettings, seed: int, reused: Choice | None) -> dict[str, JsonValue]:
    """Return the settings that trials depend on; order counts, since Optuna draws a choice by its place."""
    of_model = {"object", "search", "scalers", "encoders", "features", "start"}
    return {
        "seed": seed,
        "protocol": protocol.model_dump(exclude={"n_trials", "selection", "features", "start", "reuse", "sample"}),
        "model": {name: family.model_dump(include=of_model) for name, family in space.model.items()},
        **{kind: {name: step.object for name, step in getattr(space, kind).items()} for kind in STEPS},
        **({"reused": vars(reused) | {"params": dict(reused.params)}} if reused else {}),
    }


def _list_versions(space: SpaceSettings) -> list[str]:
    """Return the versions of the packages that families bring beside those of every search."""
    packages = {str(family.object["_target_"]).split(".")[0] for family in space.model.values()}
    return sorted(f"{package} {version(package)}" for package in packages - {"sklearn", "retention"})


def _name(number: int) -> str:
    return f"batch-{number:04d}.json"


def _read_batches(folder: Path) -> Iterator[Batch]:
    """Yield what is on disk of batch 1, 2, … as far as the first that is missing or damaged."""
    for number in count(1):
        path = folder / _name(number)
        batch = decode_batch(path.read_bytes()) if path.exists() else None
        if batch is None:
            return
        yield batch


@contextmanager
def _lock(path: Path, what: str) -> Iterator[None]:
    """Hold a lock; the search of a killed ``dvc`` may still be running, so wait for it, and say so."""
    busy = (
        f"Another search has been working on {what} for more than {PATIENCE // 60} minutes: wait for it, or end it, "
        "and run again; its finished batches are kept."
    )
    with ExitStack() as held:
        try:
            held.enter_context(hold(path, busy))
        except UserError:
            Console(stderr=True).print(f"Another search works on {what}: waiting for it to finish.")
            held.enter_context(hold(path, busy, PATIENCE))
        yield


@contextmanager
def _show_progress(wanted: bool, total: int) -> Iterator[Callable[[list[Batch]], None]]:
    """Yield a function that shows how many trials are done and the best so far, on standard error."""
    columns = "search", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), "{task.description}"
    with Progress(*columns, console=Console(stderr=True), disable=not wanted) as progress:
        bar = progress.add_task("", total=total)

        def show(batches: list[Batch]) -> None:
            trials = [trial for batch in batches for trial in batch.trials]
            best = find_best(trials)
            text = f"best {best.mean:.4f} (trial {best.number}, {best.choice.model})" if best else ""
            progress.update(bar, completed=len(trials), description=text)

        yield show
