"""Versions as they are compared and used: everything comes from the registry, checked."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from retention.audience.segments.rules import SegmentRules
from retention.errors import UserError, one_line
from retention.files import parse_artifact
from retention.intake.versioning import find_cache
from retention.learning.calibration.calibrated_model import CalibratedModel
from retention.learning.calibration.summary import find_folds
from retention.learning.explanation.explanation import Reference
from retention.learning.folds import TRAIN
from retention.learning.model.choice import STEPS, Choice, read_choice
from retention.learning.model.model_file import list_trusted_types, read_model
from retention.learning.settings import ModelSpace, SpaceSettings, StepSpace
from retention.paths import Paths
from retention.settings import Settings
from retention.strict import Strict
from retention.tables.columns import ID, MONTH, STANDS_FOR, UNIT
from retention.tables.roles import ColumnRoles, list_roles
from retention.tracking.models.ledger import open_registry
from retention.tracking.models.registry import (
    CHAMPION,
    Version,
    find_by_alias,
    find_rules_run,
    read_model_bytes,
    read_run_file,
)
from retention.tracking.provenance import name_shop, tell_shop
from retention.tracking.store.digest import hash_file, hash_settings, is_sealed
from retention.tracking.store.store import Store

Entry = TypeVar("Entry", bound=Strict)

FORMER_UNIT = "twin_group"  # in tables made before there were months
LEARNT = "learnt_probabilities.parquet"  # of versions made before there were months: probabilities.parquet


def read_families(selected: SpaceSettings, conf: Path) -> SpaceSettings:
    """Return the families and steps of the settings, and those of ``conf/`` that are not selected there.

    What a stored model may contain is told by these files alone, never by the registry.
    """
    steps = {kind: {**_read(conf / kind, StepSpace), **getattr(selected, kind)} for kind in STEPS}
    return SpaceSettings(model={**_read(conf / "model", ModelSpace), **selected.model}, **steps)


def _read(folder: Path, kind: type[Entry]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for file in sorted(folder.glob("*.yaml")):
        try:
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
            found |= {name: kind.model_validate(entry) for name, entry in content.items()}
        except (yaml.YAMLError, ValueError, AttributeError) as error:  # selected or not
            reason = "it is empty" if isinstance(error, AttributeError) else one_line(error)
            raise UserError(
                f"conf/{folder.name}/{file.name} cannot be read ({reason}), and may name types that a stored model "
                "contains: mend it, or take it out of that folder."
            ) from None
    return found


@dataclass(frozen=True)
class Entrant:
    """A registered model and what it was made by."""

    version: Version
    content: bytes  # its model file, checked
    choice: Choice  # the recipe it was made by
    probabilities: pd.DataFrame  # what it said of its own customer-months, by id, and which of them it learnt from
    roles: ColumnRoles  # what the columns of its customers are

    @property
    def newest(self) -> str:
        """The last month that it has learnt, empty if that is undated."""
        return str(self.probabilities.loc[self.probabilities["part"] == TRAIN, MONTH].max())

    def find_rows(self, part: str, learnt: pd.DataFrame) -> NDArray[np.bool_]:
        """Return which rows of the table that it was made from are of a part, shape (n_rows,)."""
        key = pd.MultiIndex.from_frame(self.probabilities.reset_index()[[MONTH, ID]])
        own = key[(self.probabilities["part"] == part).to_numpy()]
        return pd.MultiIndex.from_frame(learnt[[MONTH, ID]]).isin(own)


def fetch_entrant(store: Store, version: Version, declared: ColumnRoles) -> Entrant:
    """Return a version with what lies beside its model; nothing of its file has run yet.

    The roles of its columns are as `declared` if it was published before there were any. A file that is missing, or is
    not the one that was published, is a `UserError`.
    """
    tags = store.client.get_run(version.run_id).data.tags
    sealed, of_months = is_sealed(tags, "columns.json"), is_sealed(tags, LEARNT)
    probabilities = read_run_file(store, version, LEARNT if of_months else "probabilities.parquet")
    said = read_run_file(store, version, "columns.json") if sealed else b""
    return Entrant(
        version,
        read_model_bytes(store, version),
        read_choice(read_run_file(store, version, "best.json")),
        _date(pd.read_parquet(io.BytesIO(probabilities))).set_index(ID),
        parse_artifact(f"columns.json of version {version.number}", said, ColumnRoles) if sealed else declared,
    )


@dataclass(frozen=True)
class Champion(Entrant):
    """What is needed to use the champion, beside what it has as an entrant."""

    trusted: Sequence[str]  # the types that its file may contain, by the settings
    rules: SegmentRules  # of the run that `find_rules_run` finds for the segments and offers set now
    reference: Reference  # what its attributions compare customers with
    fold_content: bytes  # the models of its folds, in a file that is equal to what was published

    def find_folds(self, customer_id: pd.Series) -> NDArray[np.int_]:
        """Return the fold of each training customer, and 0 for everybody else, shape (n_customers,)."""
        return find_folds(customer_id, self.probabilities.reset_index())

    def read_models(self, fold: NDArray[np.int_]) -> list[CalibratedModel]:
        """Return the final model, then those of the folds if some customers are in one."""
        models = [read_model(self.content, self.trusted)]
        return [*models, *read_model(self.fold_content, self.trusted)] if fold.any() else models


def fetch_champion(settings: Settings, paths: Paths) -> Champion:
    """Return the champion, or a `UserError` if there is none or a file is not as published; nothing of it has run."""
    with open_registry(settings.tracking, paths.mlruns) as (store, _):
        version = find_by_alias(store, settings.tracking.model, CHAMPION)
        if version is None:
            raise UserError(f"{settings.tracking.model} has no champion yet: run `make run` or `retention publish`.")
        if version.shop != (shop := name_shop(paths.data_dvc, settings.tables.exports)):
            raise UserError(
                f"The champion (version {version.number}) was made from {tell_shop(version.shop)}, these are "
                f"{tell_shop(shop)}: publish a model of these tables with `dvc repro`, and promote it."
            )
        entrant = fetch_entrant(store, version, list_roles(settings.tables.columns))
        digest = hash_settings(settings.segment, settings.offer, {"found": settings.found})
        rules = read_run_file(store, version, "segment_rules.json", find_rules_run(store, version, digest))
        reference, fold_models = (
            read_run_file(store, version, name) for name in ("reference.json", "fold_models.skops")
        )
    return Champion(
        **vars(entrant),
        trusted=list_trusted_types(entrant.choice, read_families(settings.space, paths.conf)),
        rules=parse_artifact(f"segment_rules.json of version {version.number}", rules, SegmentRules),
        reference=parse_artifact(f"reference.json of version {version.number}", reference, Reference),
        fold_content=fold_models,
    )


def find_customers(version: Version, paths: Paths) -> pd.DataFrame:
    """Return the customer-months that a version was made from, whatever lies in ``artifacts/`` now.

    Rows of customers stay out of MLflow; the version bears the md5 by which DVC's cache keeps their table. A
    `UserError` says that it is not on this machine.
    """
    md5 = version.customers_md5
    cache = find_cache(paths.root)
    for file in (paths.learnt, cache / md5[:2] / md5[2:] if cache and md5 else None):
        if file and file.exists() and hash_file(file, "md5") == md5:
            table = _date(pd.read_parquet(file).rename(columns={FORMER_UNIT: UNIT}))
            return table if STANDS_FOR in table else table.assign(**{STANDS_FOR: 1})
    raise UserError(
        f"The customers that version {version.number} was made from are not in DVC's cache (md5 {md5 or 'unknown'}): "
        "check out the commit that made it, and run `dvc repro`."
    )


def _date(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with months; one that was made before there were any is undated."""
    return table if MONTH in table else table.assign(**{MONTH: ""})
