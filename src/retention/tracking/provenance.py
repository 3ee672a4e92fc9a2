"""Where a run comes from: whose customers, which version of the data, the commit, the experiment, the person."""

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from retention.intake.versioning import SAMPLE, read_pointer
from retention.tables.settings import Export
from retention.tracking.store.records import CUSTOMERS_MD5, DATA_MD5, SHOP, USER


def name_shop(data_dvc: Path, exports: Mapping[str, Export]) -> str:
    """Return ``sample-…`` or ``shop-…`` with a digest of the exports' files, headers and months.

    Labels, spellings and what is done with defects are no part of it: a shop that mends them stays the same. DVC's
    pointer to the exports of the sample shop names the remote ``sample``.
    """
    form = {name: (one.file, one.headers, sorted(one.months)) for name, one in exports.items()}
    digest = hashlib.sha256(json.dumps(form, sort_keys=True).encode()).hexdigest()
    return f"{SAMPLE if read_pointer(data_dvc).remote == SAMPLE else 'shop'}-{digest[:12]}"


def tell_shop(shop: str) -> str:
    """Return what a shop is called in a sentence."""
    if not shop:
        return "tables that it does not name"
    return f"the {'sample shop' if shop.startswith(SAMPLE) else 'tables'} ({shop})"


@dataclass(frozen=True)
class Provenance:
    """Where a run comes from; None is unknown."""

    data_md5: str | None  # DVC's digest of the exports
    commit: str | None  # of git
    dirty: bool | None  # whether anything differs from the commit
    experiment: str | None  # the name of the DVC experiment
    shop: str = ""  # whose customers these are (`name_shop`)
    customers_md5: str = ""  # what DVC knows their table by
    user: str = "unknown"  # who ran it

    def tell_shop(self) -> str:
        """Return whose customers these are, in a word."""
        return self.shop.partition("-")[0] or "shop"

    def tell_data(self) -> str:
        """Return whose customers these are, and which version of their tables."""
        return f"{self.tell_shop()} {(self.data_md5 or '')[:7]}".strip()

    def tags(self) -> dict[str, str]:
        """Return what is known as tags."""
        known = {
            DATA_MD5: self.data_md5,
            "mlflow.source.git.commit": self.commit,
            "retention.git_dirty": None if self.dirty is None else str(self.dirty).lower(),
            "DVC_EXP_NAME": self.experiment,
            SHOP: self.shop,
            CUSTOMERS_MD5: self.customers_md5,
            USER: self.user,
        }
        return {key: value for key, value in known.items() if value}


def read_provenance(root: Path, environ: Mapping[str, str], shop: str = "", customers_md5: str = "") -> Provenance:
    """Read what DVC and git say about the project's folder; without either it is simply unknown."""
    commit = ask_git(root, "rev-parse", "--verify", "HEAD")
    changes = ask_git(root, "status", "--porcelain") if commit else None
    return Provenance(
        data_md5=read_pointer(root / "data.dvc").md5 or _find_locked(root / "dvc.lock"),
        commit=commit,
        dirty=None if changes is None else bool(changes),
        experiment=environ.get("DVC_EXP_NAME") or None,
        shop=shop,
        customers_md5=customers_md5,
        user=name_actor(),
    )


def _find_locked(lock: Path) -> str | None:
    """Return the md5 of ``data`` that DVC's lock file names; without a pointer DVC follows the folder itself."""
    locked = yaml.safe_load(lock.read_text(encoding="utf-8")) if lock.exists() else None
    entries = ((locked or {}).get("stages", {}).get("validate", {})).get("deps", [])
    return next((str(entry["md5"]) for entry in entries if entry.get("path") == "data" and "md5" in entry), None)


def ask_git(root: Path, *words: str) -> str | None:
    """Return what git answers; None where there is no git, no repository or no commit."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            ["git", *words], cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def name_actor() -> str:
    """Return who acts: ``RETENTION_ACTOR``, or git's user name."""
    return os.environ.get("RETENTION_ACTOR", "").strip() or ask_git(Path(), "config", "user.name") or "unknown"
