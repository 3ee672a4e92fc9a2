"""The aliases of the registered model: who is champion, challenger or a candidate."""

import re

from retention.tracking.models.actor import name_actor
from retention.tracking.models.ledger import Move, move_champion
from retention.tracking.models.registry import CHALLENGER, CHAMPION, find_aliases
from retention.tracking.models.shop import SAMPLE
from retention.tracking.store.records import SHOP
from retention.tracking.store.store import Store


def set_aliases(store: Store, ledger: Store, name: str, version: int, experiment: str | None = None) -> list[str]:
    """Give a version that was published the aliases that are its own; return all that it bears.

    The workspace's model is the challenger; that of a DVC experiment is a candidate under the experiment's name and
    moves nobody else. The first model is champion without a move, and the first one of real customers takes the
    place of a champion of simulated ones, which it never has to beat.

    Parameters
    ----------
    store, ledger : Store
        The open store; the ledger's experiment in it.
    name : str
        The registered model.
    version : int
    experiment : str or None
        The DVC experiment that this is.
    """
    alias = f"candidate-{re.sub(r'[^A-Za-z0-9_-]', '-', experiment)}" if experiment else CHALLENGER
    aliases = find_aliases(store, name)
    champion = aliases.get(CHAMPION)
    if aliases.get(alias) != version:
        store.client.set_registered_model_alias(name, alias, str(version))
    if champion is None and not experiment:
        store.client.set_registered_model_alias(name, CHAMPION, str(version))
    elif not experiment and _is_simulated(store, name, champion) and not _is_simulated(store, name, version):
        told = "the first model of real customers"
        move_champion(store, ledger, Move(name, "succession", champion, version, "", told, name_actor()))
    return sorted(alias for alias, bearer in find_aliases(store, name).items() if bearer == version)


def _is_simulated(store: Store, name: str, version: int | None) -> bool:
    found = store.client.get_model_version(name, str(version))
    return str(found.tags.get(SHOP, "")).startswith(SAMPLE)
