"""The ledger of the champion: every promotion, rollback and forced move as a run of its own, never changed."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from retention.errors import UserError
from retention.tracking.models.registry import CHAMPION, find_aliases
from retention.tracking.store.store import Store

if TYPE_CHECKING:
    from mlflow.entities import Run as Found

EXPERIMENT = "retention-promotions"
Action = Literal["promotion", "forced", "rollback", "succession"]
_PREFIX = "retention."


@dataclass(frozen=True)
class Move:
    """One move of the champion.

    Parameters
    ----------
    model : str
        The registered model.
    action : {"promotion", "forced", "rollback", "succession"}
    former, to : int or None
        The version that was champion (None if there was none) and the one that is.
    verdict, reason, who : str
        What the gate said, why it was done, and by whom.
    time : int
        Milliseconds since 1970.
    """

    model: str
    action: Action
    former: int | None
    to: int
    verdict: str
    reason: str
    who: str
    time: int = 0


def move_champion(store: Store, ledger: Store, move: Move, measures: Mapping[str, float] | None = None) -> None:
    """Call another version the champion, and write it down.

    The intention is written first and confirmed afterwards, so that a kill in between is settled by whoever
    reads the ledger next.

    Parameters
    ----------
    store, ledger : Store
        The open store; the ledger's experiment in it (`open_experiment`).
    move : Move
        What shall happen; `former` must be the champion still.
    measures : mapping of str to float, optional
        What the gate measured.

    Raises
    ------
    UserError
        If somebody else moved the champion meanwhile; nothing has changed then.
    """
    _check_champion(store, move.model, move.former, "before")
    settle(store, ledger, move.model)
    run = ledger.client.create_run(
        ledger.experiment_id,
        start_time=round(1000 * time.time()),
        tags=_to_tags(move),
        run_name=f"{move.action}: {_show(move.former)} → {_show(move.to)}",
    )
    for key, value in (measures or {}).items():
        ledger.client.log_metric(run.info.run_id, key, value)
    store.client.set_registered_model_alias(move.model, CHAMPION, str(move.to))
    _check_champion(store, move.model, move.to, "after")
    ledger.client.set_terminated(run.info.run_id, "FINISHED")


def settle(store: Store, ledger: Store, model: str) -> None:
    """Confirm or give up the moves that a killed process left open; hold the store's lock around it."""
    for run in _search(ledger, model):
        if run.info.status == "RUNNING":
            carried_out = find_aliases(store, model).get(CHAMPION) == _to_move(run).to
            ledger.client.set_terminated(run.info.run_id, "FINISHED" if carried_out else "KILLED")


def read_moves(ledger: Store, model: str) -> list[Move]:
    """Return the moves that were carried out, the oldest first."""
    return [_to_move(run) for run in _search(ledger, model) if run.info.status == "FINISHED"]


def find_former(moves: Sequence[Move], champion: int, foreign: Collection[int] = ()) -> int | None:
    """Return which version a rollback returns to: each takes back the last move that none took back yet.

    Parameters
    ----------
    moves : sequence of Move
        The oldest first.
    champion : int
        The version that is champion now; a move made without the ledger is taken back first.
    foreign : collection of int
        Versions of other shops, which no rollback returns to.
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


def _search(ledger: Store, model: str) -> "list[Found]":
    query = f"tags.`{_PREFIX}model` = '{model}'"
    runs: list[Found] = []
    token = None
    while True:
        page = ledger.client.search_runs(
            [ledger.experiment_id], query, max_results=1000, order_by=["start_time ASC"], page_token=token
        )
        runs += page
        token = page.token
        if not token:
            return runs


def _to_tags(move: Move) -> dict[str, str]:
    told = {
        "model": move.model,
        "action": move.action,
        "from": "" if move.former is None else str(move.former),
        "to": str(move.to),
        "verdict": move.verdict,
        "reason": move.reason,
        "who": move.who,
    }
    tags = {f"{_PREFIX}{key}": value for key, value in told.items()}
    return tags | {"mlflow.source.name": "retention", "mlflow.user": move.who}


def _to_move(run: "Found") -> Move:
    told = {key.removeprefix(_PREFIX): value for key, value in run.data.tags.items() if key.startswith(_PREFIX)}
    return Move(
        model=told["model"],
        action=cast(Action, told["action"]),
        former=int(told["from"]) if told.get("from") else None,
        to=int(told["to"]),
        verdict=told.get("verdict", ""),
        reason=told.get("reason", ""),
        who=told.get("who", ""),
        time=int(run.info.start_time),
    )


def _show(version: int | None) -> str:
    return "no version" if version is None else f"version {version}"
