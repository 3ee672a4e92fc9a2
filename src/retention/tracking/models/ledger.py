"""The champion's ledger: every move of the alias as a run of its own, never changed; and who bears which alias."""

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from retention.errors import UserError
from retention.intake.versioning import SAMPLE
from retention.tracking.models.registry import CHALLENGER, CHAMPION, find_aliases
from retention.tracking.provenance import name_actor
from retention.tracking.settings import TrackingSettings
from retention.tracking.store.backend import find_store
from retention.tracking.store.records import SHOP, USER
from retention.tracking.store.store import Store, open_experiment, open_store, search_runs

if TYPE_CHECKING:
    from mlflow.entities import Run as Found


EXPERIMENT = "retention-promotions"
Action = Literal["promotion", "forced", "rollback", "succession"]
_PREFIX = "retention."
MODEL, _FROM = f"{_PREFIX}model", f"{_PREFIX}from"
_COMPARED, _PAIR = f"{_PREFIX}compared", f"{_PREFIX}pair"


def has_registry(tracking: TrackingSettings, mlruns: Path) -> bool:
    """Return whether anything can have been published: a server is named, or the local database is there."""
    in_the_way = mlruns.exists() and not mlruns.is_dir()  # opening says so
    return tracking.backend == "server" or in_the_way or (mlruns / "mlflow.db").exists()


@contextmanager
def open_registry(tracking: TrackingSettings, mlruns: Path, *, create: bool = False) -> Iterator[tuple[Store, Store]]:
    """Open the store that the settings name, and the ledger in it, for this process alone (`open_store`).

    Raises
    ------
    UserError
        If the local store is missing and shall not be created: who only reads leaves nothing behind.
    """
    if not (create or has_registry(tracking, mlruns)):
        raise UserError("Nothing has been published yet: run `make run` first.")
    uri = find_store(tracking.backend, mlruns, os.environ)
    with open_store(uri, mlruns, tracking.experiment, timeout_seconds=tracking.timeout_seconds) as store:
        yield store, open_experiment(store, EXPERIMENT, "Each move of the champion, a run each.")


@dataclass(frozen=True)
class Move:
    """One move of the champion."""

    model: str  # the registered model
    action: Action
    former: int | None  # the version that was champion, None if there was none
    to: int  # the one that is
    verdict: str  # what the gate said
    reason: str
    who: str
    time: int = 0  # milliseconds since 1970


def move_champion(store: Store, ledger: Store, move: Move, measures: Mapping[str, float] | None = None) -> None:
    """Call another version the champion, and write it down.

    The intention is written first and confirmed afterwards, so that a kill in between is settled by whoever
    reads the ledger next.

    `ledger` is the ledger's experiment in the store (`open_experiment`); `former` of the move must be the champion
    still; `measures` are the gate's.

    Raises
    ------
    UserError
        If somebody else moved the champion meanwhile: nothing has changed then, or `settle` closes what is left open.
    """
    _check_champion(store, move.model, move.former, "before")
    settle(store, ledger, move.model)
    name = f"{move.action}: {_show(move.former)} → {_show(move.to)}"
    run = ledger.client.create_run(ledger.experiment_id, tags=_to_tags(move), run_name=name)
    for key, value in (measures or {}).items():
        ledger.client.log_metric(run.info.run_id, key, value)
    store.client.set_registered_model_alias(move.model, CHAMPION, str(move.to))
    _check_champion(store, move.model, move.to, "after")
    ledger.client.set_terminated(run.info.run_id, "FINISHED")


def take_turn(ledger: Store, model: str, months: str, former: int, to: int) -> int:
    """Write down that a version is compared with the champion, before anyone knows how it ends; return its turn.

    The n-th comparison on the same customers' months (`months` is their digest) has turn n, asked again too.
    """
    pair, known = f"{former} → {to}", {_COMPARED: model, f"{_PREFIX}months_digest": months}
    pairs = [run.data.tags[_PAIR] for run in search_runs(ledger, known)]
    if pair not in pairs:
        tags = {**known, _PAIR: pair, "mlflow.source.name": "retention"}
        run = ledger.client.create_run(ledger.experiment_id, tags=tags, run_name=f"comparison: {pair}")
        ledger.client.set_terminated(run.info.run_id, "FINISHED")
        pairs.append(pair)
    return pairs.index(pair) + 1


def settle(store: Store, ledger: Store, model: str) -> None:
    """Confirm or give up the moves that a killed process left open; hold the store's lock around it."""
    for run in search_runs(ledger, {MODEL: model}):
        if run.info.status == "RUNNING":
            carried_out = find_aliases(store, model).get(CHAMPION) == _to_move(run).to
            ledger.client.set_terminated(run.info.run_id, "FINISHED" if carried_out else "KILLED")


def read_moves(ledger: Store, model: str) -> list[Move]:
    """Return the moves that were carried out, the oldest first."""
    return [_to_move(run) for run in search_runs(ledger, {MODEL: model}) if run.info.status == "FINISHED"]


def find_former(moves: Sequence[Move], champion: int, foreign: Collection[int] = ()) -> int | None:
    """Return which version a rollback returns to: each takes back the last move that none took back yet.

    The moves are the oldest first. A champion that was made without the ledger is taken back first; `foreign` are
    versions of other shops, which no rollback returns to.
    """
    line: list[int] = []
    for move in moves:
        if move.former is not None and (not line or line[-1] != move.former):
            line.append(move.former)
        if move.action == "rollback":
            line.pop()
        if not line or line[-1] != move.to:
            line.append(move.to)
    line = [version for version in line if version not in foreign]
    if line and line[-1] != champion:
        return line[-1]
    return line[-2] if len(line) > 1 else None


def _check_champion(store: Store, model: str, expected: int | None, when: str) -> None:
    found = find_aliases(store, model).get(CHAMPION)
    if found != expected:
        raise UserError(
            f"Somebody else moved the champion of {model} {when} this move ({_show(expected)} was expected, "
            f"{_show(found)} is there): look at `retention history` and try again."
        )


def _to_tags(move: Move) -> dict[str, str]:
    tags = {f"{_PREFIX}{key}": str(getattr(move, key)) for key in ("action", "to", "verdict", "reason", "who")}
    former = "" if move.former is None else str(move.former)
    return tags | {MODEL: move.model, _FROM: former, "mlflow.source.name": "retention", USER: move.who}


def _to_move(run: "Found") -> Move:
    tags = run.data.tags
    verdict, reason, who = (tags.get(f"{_PREFIX}{key}", "") for key in ("verdict", "reason", "who"))
    former = int(tags[_FROM]) if tags.get(_FROM) else None
    action = cast(Action, tags[f"{_PREFIX}action"])
    return Move(tags[MODEL], action, former, int(tags[f"{_PREFIX}to"]), verdict, reason, who, int(run.info.start_time))


def _show(version: int | None) -> str:
    return "no version" if version is None else f"version {version}"


def set_aliases(
    store: Store, ledger: Store, name: str, version: int, experiment: str | None = None, *, usable: bool = True
) -> list[str]:
    """Give a version that was published the aliases that are its own; return all that it bears.

    The workspace's model is the challenger; that of a DVC experiment is a candidate under the experiment's name and
    moves nobody else. The first usable model is champion without a move, and the first one of real customers takes the
    place of a champion of simulated ones, which it never has to beat. `usable` says whether it is good enough to be
    champion where there is none to compare with.
    """
    alias = f"candidate-{re.sub(r'[^A-Za-z0-9_-]', '-', experiment)}" if experiment else CHALLENGER
    aliases = find_aliases(store, name)
    champion = aliases.get(CHAMPION)
    if aliases.get(alias) != version:
        store.client.set_registered_model_alias(name, alias, str(version))
    if experiment or not usable:
        pass
    elif champion is None:
        store.client.set_registered_model_alias(name, CHAMPION, str(version))
    elif _is_simulated(store, name, champion) and not _is_simulated(store, name, version):
        told = "the first model of real customers"
        move_champion(store, ledger, Move(name, "succession", champion, version, "", told, name_actor()))
    return sorted(alias for alias, bearer in find_aliases(store, name).items() if bearer == version)


def _is_simulated(store: Store, name: str, version: int | None) -> bool:
    found = store.client.get_model_version(name, str(version))
    return str(found.tags.get(SHOP, "")).startswith(SAMPLE)
