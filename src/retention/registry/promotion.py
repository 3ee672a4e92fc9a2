"""Moves the champion: asks the gate, promotes, and rolls back."""

from retention.errors import UserError
from retention.paths import Paths
from retention.registry.comparison import compare, digest_months, refuse_comparison
from retention.registry.entrant import Entrant, fetch_entrant, find_customers, read_families
from retention.registry.gate import Check
from retention.settings import Settings
from retention.tables.roles import list_roles
from retention.tracking.models.ledger import (
    Action,
    Move,
    find_former,
    move_champion,
    open_registry,
    read_moves,
    settle,
    take_turn,
)
from retention.tracking.models.registry import (
    CHALLENGER,
    CHAMPION,
    Version,
    find_by_alias,
    list_versions,
    read_model_bytes,
)
from retention.tracking.provenance import name_actor, tell_shop
from retention.tracking.store.store import Store


def promote(
    settings: Settings,
    paths: Paths,
    *,
    number: int | None = None,
    force: bool = False,
    reason: str = "",
    dry: bool = False,
) -> list[str]:
    """Ask the gate about a version, and make it champion if the gate says so or by force.

    What is needed comes from the registry. The store is not held while the models are compared; the move is refused
    if the champion changed meanwhile.

    Parameters
    ----------
    settings : Settings
    paths : Paths
    number : int or None
        The version; by default the challenger.
    force : bool
        Promote whatever the gate says.
    reason : str
        For the ledger; force needs one.
    dry : bool
        Only ask: nothing is moved.

    Returns
    -------
    list of str
        What was found and done, a sentence each.

    Raises
    ------
    UserError
        If there is no such version, it could not be used as champion, or force comes without a reason.
    """
    if force and not reason.strip():
        raise UserError('--force needs --reason "…": it is written into the ledger.')
    name, families = settings.tracking.model, read_families(settings.space, paths.conf)
    with open_registry(settings.tracking, paths.mlruns) as (store, ledger):
        version, champion = _find(store, name, number), find_by_alias(store, name, CHAMPION)
        if champion and champion.number == version.number:
            return [f"Version {version.number} is champion already: nothing to promote."]
        challenger = fetch_entrant(store, version, list_roles(settings.tables.columns))
        incumbent, learnt = _fetch_champion(store, champion, challenger), find_customers(version, paths)
        turn = 1
        if isinstance(incumbent, Entrant):
            turn = take_turn(ledger, name, digest_months(learnt), incumbent.version.number, version.number)
    verdict = compare(settings, families, challenger, learnt, incumbent, turn)
    told = [f"{check.status:<14} {check.sentence}" for check in verdict.checks]
    if turn > 1:
        told.append(f"This is comparison {turn} on the same customers' months: its intervals are the wider for it.")
    former = champion.number if champion else None
    if dry and verdict.promotes:
        return [*told, f"The gate would make version {version.number} champion: `retention promote` does it."]
    if not verdict.promotes and not force:
        stays = f"Version {former} stays champion" if former else "There is no champion still"
        return [*told, f"{stays} ({verdict.decision})."]
    action: Action = "promotion" if verdict.promotes else "forced"
    said = f"{verdict.decision}: {', '.join(f'{check.code} {check.status}' for check in verdict.checks)}"
    move = Move(name, action, former, version.number, said, reason or "the gate", name_actor())
    measures = {check.code: check.value for check in verdict.checks if check.value is not None}
    with open_registry(settings.tracking, paths.mlruns) as (store, ledger):
        read_model_bytes(store, version)  # a file that was tampered with must not become champion
        move_champion(store, ledger, move, measures)
    return [*told, f"Version {version.number} is champion now ({action})."]


def roll_back(settings: Settings, paths: Paths, reason: str = "") -> str:
    """Return to the former champion of this shop by the ledger; say which.

    Raises
    ------
    UserError
        If there is none, or its file is not what was registered.
    """
    name = settings.tracking.model
    with open_registry(settings.tracking, paths.mlruns) as (store, ledger):
        settle(store, ledger, name)
        versions = {one.number: one for one in list_versions(store, name)}
        champion = find_by_alias(store, name, CHAMPION)
        foreign = {one.number for one in versions.values() if champion and one.shop != champion.shop}
        former = find_former(read_moves(ledger, name), champion.number, foreign) if champion else None
        if champion is None or former is None:
            raise UserError("The ledger knows no former champion of this shop: there is nothing to roll back to.")
        if former not in versions:
            raise UserError(f"Version {former}, the former champion, was deleted from the registry: promote another.")
        read_model_bytes(store, versions[former])
        told = reason or "rollback"
        move_champion(store, ledger, Move(name, "rollback", champion.number, former, "", told, name_actor()))
    return f"Version {former} is champion again, in the place of version {champion.number}."


def _find(store: Store, name: str, number: int | None) -> Version:
    wanted = CHALLENGER if number is None else number
    found = next((one for one in list_versions(store, name) if wanted in (one.number, *one.aliases)), None)
    if found:
        return found
    told = "There is no challenger: `retention publish` makes the model in artifacts/ one"
    if number is not None:
        told = f"There is no version {number} of {name}: `retention models` lists them"
    raise UserError(f"{told}, and `retention promote --version N` takes any version.")


def _fetch_champion(store: Store, champion: Version | None, challenger: Entrant) -> Entrant | Check:
    """Return the champion, or the check that says why there is none to compare with."""
    if champion is None:
        return Check("comparable", "not_applicable", "There is no champion yet.")
    if champion.shop != (ours := challenger.version.shop):
        shops = f"it was made from {tell_shop(champion.shop)}, the challenger from {tell_shop(ours)}."
        return refuse_comparison(champion, shops)
    try:
        return fetch_entrant(store, champion, challenger.roles)
    except UserError as error:
        return refuse_comparison(champion, str(error))
