"""A version as the gate meets it: everything comes from the registry, checked, so any version may be named."""

import io
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from retention.errors import UserError
from retention.learning.model.choice import Choice, read_choice
from retention.paths import Paths
from retention.tracking.models.versions import Version, read_model_bytes, read_run_file
from retention.tracking.store.digest import hash_md5
from retention.tracking.store.store import Store


@dataclass(frozen=True)
class Entrant:
    """A registered model and what it was made by.

    Parameters
    ----------
    version : Version
    content : bytes
        Its model file, checked.
    choice : Choice
        The recipe it was made by.
    probabilities : DataFrame
        What it said of its own customers, and which of them it learnt from.
    """

    version: Version
    content: bytes
    choice: Choice
    probabilities: pd.DataFrame


def fetch_entrant(store: Store, version: Version) -> Entrant:
    """Return a version with what lies beside its model.

    Raises
    ------
    UserError
        If a file is missing or is not the one that was published.
    """
    return Entrant(
        version,
        read_model_bytes(store, version),
        read_choice(read_run_file(store, version, "best.json")),
        pd.read_parquet(io.BytesIO(read_run_file(store, version, "probabilities.parquet"))),
    )


def find_customers(version: Version, paths: Paths) -> pd.DataFrame:
    """Return the customer table that a version was made from, whatever lies in ``artifacts/`` now.

    Rows of customers stay out of MLflow; the version bears the md5 by which DVC's cache keeps their table.

    Raises
    ------
    UserError
        If the table is not on this machine.
    """
    file = paths.customers
    if not _is(file, version.customers_md5):
        file = _find_cached(paths.root, version.customers_md5) or file
    if _is(file, version.customers_md5):
        return pd.read_parquet(file)
    raise UserError(
        f"The customers that version {version.number} was made from are not in DVC's cache (md5 "
        f"{version.customers_md5 or 'unknown'}): check out the commit that made it, and run `dvc repro`."
    )


def _find_cached(root: Path, md5: str) -> Path | None:
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        with Repo(str(root)) as repo:
            return Path(repo.cache.local.oid_to_path(md5)) if md5 else None
    except DvcException:  # no DVC project
        return None


def _is(file: Path, md5: str) -> bool:
    return file.exists() and hash_md5(file) == md5
