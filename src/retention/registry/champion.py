"""The champion as it may be used: its file checked, its types allowed by the settings, its rules as they were."""

import io
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retention.audience.segments.rules import SegmentRules
from retention.errors import UserError
from retention.files import parse_artifact
from retention.learning.calibration.calibrated_model import CalibratedModel
from retention.learning.explanation.explanation import Reference
from retention.learning.model.choice import read_choice
from retention.learning.model.model_file import list_trusted_types, read_model
from retention.paths import Paths
from retention.registry.families import read_families
from retention.registry.opening import opened
from retention.settings import Settings
from retention.tables.columns import ID
from retention.tracking.models.registry import CHAMPION
from retention.tracking.models.shop import name_shop, tell_shop
from retention.tracking.models.versions import Version, find_by_alias, find_rules_run, read_model_bytes, read_run_file
from retention.tracking.store.digest import hash_settings


@dataclass(frozen=True)
class Champion:
    """What is needed to use the champion.

    Parameters
    ----------
    version : Version
    content : bytes
        Its model file; equal to what was registered.
    trusted : tuple of str
        The types that it may contain, by the settings.
    rules : SegmentRules
        Of its run that was made with the segments and offers set now.
    reference : Reference
        What its attributions compare customers with.
    fold_content : bytes
        The models of its folds, in a file that is equal to what was published.
    folds : Series of int
        By id, the fold that holds a customer out; 0 for its test customers.
    """

    version: Version
    content: bytes
    trusted: tuple[str, ...]
    rules: SegmentRules
    reference: Reference
    fold_content: bytes
    folds: pd.Series

    def find_folds(self, customer_id: pd.Series) -> NDArray[np.int_]:
        """Return the fold of each training customer, and 0 for everybody else, shape (n_customers,)."""
        return customer_id.map(self.folds).fillna(0).to_numpy(dtype=int)

    def read_models(self, fold: NDArray[np.int_]) -> list[CalibratedModel]:
        """Return the final model, then those of the folds if some customers are in one."""
        models = [read_model(self.content, self.trusted)]
        return [*models, *read_model(self.fold_content, self.trusted)] if fold.any() else models


def fetch_champion(settings: Settings, paths: Paths) -> Champion:
    """Return the champion; nothing of its file has run yet.

    Raises
    ------
    UserError
        If there is none, or one of its files is not the one that was published.
    """
    with opened(settings, paths) as (store, _):
        version = find_by_alias(store, settings.tracking.model, CHAMPION)
        if version is None:
            raise UserError(f"{settings.tracking.model} has no champion yet: run `make run` or `retention publish`.")
        if version.shop != (shop := name_shop(paths.data_dvc, settings.tables.exports)):
            raise UserError(
                f"The champion (version {version.number}) was made from {tell_shop(version.shop)}, these are "
                f"{tell_shop(shop)}: publish a model of these tables with `dvc repro`, and promote it."
            )
        content = read_model_bytes(store, version)
        digest = hash_settings(settings.segment, settings.offer, {"found": settings.found})
        run_id = find_rules_run(store, version, digest)
        rules = read_run_file(store, version, "segment_rules.json", run_id)
        names = ("reference.json", "best.json", "fold_models.skops", "probabilities.parquet")
        reference, best, fold_models, probabilities = (read_run_file(store, version, name) for name in names)
    known = read_families(settings.space, paths.conf)
    trusted = list_trusted_types(read_choice(best), known)
    return Champion(
        version,
        content,
        tuple(trusted),
        parse_artifact(f"segment_rules.json of version {version.number}", rules, SegmentRules),
        parse_artifact(f"reference.json of version {version.number}", reference, Reference),
        fold_models,
        pd.read_parquet(io.BytesIO(probabilities)).set_index(ID)["fold"],
    )
