"""Moves the champion: asks the gate, promotes, rolls back, and tells what the ledger holds."""

import io
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retention.audience.plan.campaign_profit import compute_campaign_profit
from retention.errors import UserError
from retention.files import read_parquet
from retention.learning.model.choice import Choice, read_choice
from retention.paths import Paths
from retention.registry.gate import Check, Contender, Verdict, judge
from retention.settings import Settings
from retention.tables.columns import FEATURES, ID, PROBABILITY, TARGET, TWINS
from retention.tracking.models.ledger import EXPERIMENT, Action, Move, find_former, move_champion, read_moves, settle
from retention.tracking.models.registry import CHALLENGER, CHAMPION
from retention.tracking.models.versions import Version, find_by_alias, list_versions, read_model_bytes, read_run_file
from retention.tracking.store.backend import find_store
from retention.tracking.store.digest import hash_file
from retention.tracking.store.store import Store, open_experiment, open_store

if TYPE_CHECKING:
    from retention.learning.calibration.calibrated_model import CalibratedModel


@dataclass(frozen=True)
class Incumbent:
    """The champion as the store gives it.

    Parameters
    ----------
    version : Version
    content : bytes
        Its model file, checked.
    choice : Choice
        The recipe it was made by.
    probabilities : DataFrame
        What it said of its own customers, and which of them it learnt from.
    same_data : bool
        Whether it was made from the data that the challenger was made from.
    """

    version: Version
    content: bytes
    choice: Choice
    probabilities: pd.DataFrame
    same_data: bool


@contextmanager
def opened(settings: Settings, paths: Paths) -> Iterator[tuple[Store, Store]]:
    """Open the store and the ledger in it, for this process alone."""
    tracking = settings.tracking
    uri = find_store(tracking.backend, paths.mlruns, os.environ)
    with open_store(uri, paths.mlruns, tracking.experiment, timeout_seconds=tracking.timeout_seconds) as store:
        yield store, open_experiment(store, uri, paths.mlruns, EXPERIMENT)


def promote(settings: Settings, paths: Paths, *, force: bool = False, reason: str = "") -> list[str]:
    """Ask the gate about the challenger, and make it champion if the gate says so or by force.

    The store is not held while the models are compared; the move is refused if the champion changed meanwhile.

    Returns
    -------
    list of str
        What was found and done, a sentence each.

    Raises
    ------
    UserError
        If there is no challenger, ``artifacts/`` hold another model, or force comes without a reason.
    """
    if force and not reason.strip():
        raise UserError('--force needs --reason "…": it is written into the ledger.')
    with opened(settings, paths) as (store, _):
        challenger = find_by_alias(store, settings.tracking.model, CHALLENGER)
        champion = find_by_alias(store, settings.tracking.model, CHAMPION)
        _check_artifacts(challenger, paths)
        if challenger is None or (champion and champion.number == challenger.number):
            return [f"Version {champion.number if champion else '?'} is champion and challenger: nothing to promote."]
        incumbent = _fetch(store, champion, challenger)
    verdict = compare_on_test(settings, paths, incumbent)
    told = [f"{check.status:<14} {check.sentence}" for check in verdict.checks]
    if not verdict.promotes and not force:
        return [*told, f"Version {champion.number if champion else '?'} stays champion ({verdict.decision})."]
    action: Action = "promotion" if verdict.promotes else "forced"
    former = champion.number if champion else None
    move = Move(
        settings.tracking.model, action, former, challenger.number, _tell(verdict), reason or "the gate", name_actor()
    )
    with opened(settings, paths) as (store, ledger):
        read_model_bytes(store, challenger)  # a file that was tampered with must not become champion
        move_champion(store, ledger, move, _measure(verdict))
    return [*told, f"Version {challenger.number} is champion now ({action})."]


def roll_back(settings: Settings, paths: Paths, reason: str = "") -> str:
    """Return to the former champion by the ledger; say which.

    Raises
    ------
    UserError
        If there is none, or its file is not what was registered.
    """
    name = settings.tracking.model
    with opened(settings, paths) as (store, ledger):
        settle(store, ledger, name)
        champion = find_by_alias(store, name, CHAMPION)
        former = find_former(read_moves(ledger, name), champion.number) if champion else None
        if champion is None or former is None:
            raise UserError("The ledger knows no former champion: there is nothing to roll back to.")
        target = next((one for one in list_versions(store, name) if one.number == former), None)
        if target is None:
            raise UserError(f"Version {former}, the former champion, was deleted from the registry: promote another.")
        read_model_bytes(store, target)
        told = reason or "rollback"
        move_champion(store, ledger, Move(name, "rollback", champion.number, former, "", told, name_actor()))
    return f"Version {former} is champion again, in the place of version {champion.number}."


def list_history(settings: Settings, paths: Paths) -> Iterator[str]:
    """Yield a line for each move of the champion, the oldest first."""
    with opened(settings, paths) as (store, ledger):
        settle(store, ledger, settings.tracking.model)
        moves = read_moves(ledger, settings.tracking.model)
    for move in moves:
        when = datetime.fromtimestamp(move.time / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        former = "none" if move.former is None else str(move.former)
        yield f"{when}  {move.action:<9} {former} → {move.to}  by {move.who}: {move.reason}" + (
            f" [{move.verdict}]" if move.verdict else ""
        )
    if not moves:
        yield "No champion was moved yet; the first model that is published is the first champion."


def list_models(settings: Settings, paths: Paths) -> Iterator[str]:
    """Yield a line for each version: aliases, data, model file, measures."""
    with opened(settings, paths) as (store, _):
        versions = list_versions(store, settings.tracking.model)
    for one in versions:
        measures = ", ".join(f"{key} {one.metrics[key]:.4f}" for key in ("roc_auc", "log_loss") if key in one.metrics)
        roles = f" [{', '.join(one.aliases)}]" if one.aliases else ""
        yield (
            f"version {one.number}{roles}: {one.description}; {measures or 'no measures'}; data {one.data_md5[:12]}; "
            f"file {one.sha256[:12]}"
        )
    if not versions:
        yield "Nothing has been published yet: run `make run` first."


def name_actor() -> str:
    """Return who acts: ``RETENTION_ACTOR``, or git's user name."""
    if actor := os.environ.get("RETENTION_ACTOR", "").strip():
        return actor
    try:
        done = subprocess.run(["git", "config", "user.name"], capture_output=True, text=True, check=False)
    except OSError:  # no git here
        return "unknown"
    return done.stdout.strip() or "unknown"


def compare_on_test(settings: Settings, paths: Paths, incumbent: "Incumbent | Check") -> Verdict:
    """Measure the model in ``artifacts/`` against the champion on its test customers."""
    customers, probabilities = read_parquet(paths.customers), read_parquet(paths.probabilities)
    is_test = customers[ID].isin(probabilities.loc[probabilities["part"] == "test", ID]).to_numpy()
    test = customers[is_test]
    ours = test[[ID]].merge(probabilities, on=ID, how="left", validate="one_to_one")[PROBABILITY].to_numpy(dtype=float)
    theirs, standing = (
        (None, incumbent)
        if isinstance(incumbent, Check)
        else predict_incumbent(settings, customers, is_test, incumbent)
    )

    def contend(probability: np.ndarray) -> Contender:
        share = len(test) / len(customers)
        profit = compute_campaign_profit(test, probability, settings.segment, settings.offer, settings.plan, share)
        return Contender(probability, profit)

    return judge(
        test[TARGET].to_numpy(dtype=int),
        contend(ours),
        None if theirs is None else contend(theirs),
        standing,
        floor=settings.gate.roc_auc_floor,
        margin=settings.gate.margin.model_dump(),
        resamples=settings.gate.resamples,
        confidence=settings.gate.confidence,
        seed=settings.seed,
    )


def predict_incumbent(
    settings: Settings, customers: pd.DataFrame, is_test: np.ndarray, incumbent: Incumbent
) -> tuple[np.ndarray | None, Check]:
    """Return the champion's probabilities for the test customers, and a check that says where they are from.

    Stored ones if it was made from the same data and had set these customers aside; else those of its file; and
    if it learnt from any of these customers or their twins, those of its recipe, fitted without them.
    """
    number, known, test = incumbent.version.number, incumbent.probabilities, customers.loc[is_test, ID]
    aside = known[known["part"] == "test"].set_index(ID)[PROBABILITY]
    if incumbent.same_data and test.isin(aside.index).all():
        told = f"Version {number} set these {len(test)} customers aside: the probabilities stored with it are compared."
        return aside.loc[test].to_numpy(dtype=float), Check("comparable", "passed", told)
    learnt = customers[ID].isin(known.loc[known["part"] == "train", ID])
    seen = is_test & customers[TWINS].isin(customers.loc[learnt, TWINS]).to_numpy()
    try:
        if seen.any():
            told = (
                f"Version {number} learnt from {seen.sum()} of these {len(test)} customers (or their twins): its "
                "recipe was fitted again without them."
            )
            model = _refit(settings, customers[~is_test], incumbent)
        else:
            told = f"Version {number} learnt from none of these {len(test)} customers: its file scored them."
            model = _load(settings, incumbent)
        probability = model.predict_proba(customers.loc[is_test, list(FEATURES)])[:, 1]
    except (UserError, ValueError, KeyError) as error:  # what scikit-learn says of columns and categories it lacks
        return None, _not_comparable(number, " ".join(str(error).split()))
    return np.asarray(probability, dtype=float), Check("comparable", "passed", told)


def _load(settings: Settings, incumbent: Incumbent) -> "CalibratedModel":
    from retention.learning.model.model_file import list_trusted_types, read_model

    space = (settings.model, settings.scaler, settings.encoder, settings.features)
    model: CalibratedModel = read_model(incumbent.content, list_trusted_types(incumbent.choice, *space))
    return model


def _refit(settings: Settings, known: pd.DataFrame, incumbent: Incumbent) -> "CalibratedModel":
    from retention.learning.calibration.training import train_model
    from retention.learning.model.space import build_choice

    space = (settings.model, settings.scaler, settings.encoder, settings.features)
    return train_model(
        build_choice(incumbent.choice, *space, settings.seed),
        known[list(FEATURES)],
        known[TARGET],
        known[TWINS],
        n_folds=settings.train.folds,
        methods=settings.train.methods,
        seed=settings.seed,
        workers=settings.runtime.workers,
    ).model


def _fetch(store: Store, champion: Version | None, challenger: Version) -> Incumbent | Check:
    """Return the champion, or the check that says why there is none to compare with."""
    if champion is None:
        return Check("comparable", "not_applicable", "There is no champion yet.")
    try:
        return Incumbent(
            champion,
            read_model_bytes(store, champion),
            read_choice(read_run_file(store, champion, "best.json")),
            pd.read_parquet(io.BytesIO(read_run_file(store, champion, "probabilities.parquet"))),
            champion.data_md5 == challenger.data_md5 != "unknown",
        )
    except UserError as error:
        return _not_comparable(champion.number, str(error))


def _not_comparable(number: int, reason: str) -> Check:
    return Check("comparable", "undecided", f"Version {number} cannot be compared on these customers: {reason}")


def _check_artifacts(challenger: Version | None, paths: Paths) -> None:
    if challenger is None:
        raise UserError("There is no challenger: publish a model with `dvc repro` first.")
    if not paths.model.exists() or hash_file(paths.model) != challenger.sha256:
        raise UserError(
            f"artifacts/ do not hold the challenger (version {challenger.number}): run `dvc repro`, which publishes "
            "what is there."
        )


def _tell(verdict: Verdict) -> str:
    return f"{verdict.decision}: " + ", ".join(f"{check.code} {check.status}" for check in verdict.checks)


def _measure(verdict: Verdict) -> dict[str, float]:
    return {check.code: check.value for check in verdict.checks if check.value is not None}
