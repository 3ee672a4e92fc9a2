"""The champion as it may be used: its file checked, its types allowed by the settings, its rules as they were."""

from dataclasses import dataclass

from retention.audience.segments.rules import SegmentRules
from retention.errors import UserError
from retention.learning.explanation.reference import Reference
from retention.learning.model.choice import read_choice
from retention.learning.model.model_file import list_trusted_types
from retention.paths import Paths
from retention.registry.families import read_families
from retention.registry.opening import opened
from retention.settings import Settings
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
    """

    version: Version
    content: bytes
    trusted: tuple[str, ...]
    rules: SegmentRules
    reference: Reference


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
            raise UserError(f"{settings.tracking.model} has no champion yet: run `make run`, which publishes a model.")
        if version.shop != (shop := name_shop(paths.data_dvc, settings.tables.exports)):
            raise UserError(
                f"The champion (version {version.number}) was made from {tell_shop(version.shop)}, these are "
                f"{tell_shop(shop)}: publish a model of these tables with `dvc repro`, and promote it."
            )
        content = read_model_bytes(store, version)
        digest = hash_settings(settings.segment, settings.offer, {"found": settings.found})
        run_id = find_rules_run(store, version, digest)
        rules = read_run_file(store, version, "segment_rules.json", run_id)
        reference, best = (read_run_file(store, version, f"{name}.json") for name in ("reference", "best"))
    known = read_families(settings, paths.conf)
    trusted = list_trusted_types(read_choice(best), known.model, known.scaler, known.encoder, known.features)
    return Champion(
        version,
        content,
        tuple(trusted),
        SegmentRules.model_validate_json(rules),
        Reference.model_validate_json(reference),
    )
