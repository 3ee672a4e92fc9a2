"""The champion as it may be used: its file checked, its types allowed by the settings, its rules as they were."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retention.errors import UserError
from retention.learning.model_file import list_trusted_types
from retention.paths import Paths
from retention.promotion import opened
from retention.settings import Settings
from retention.tracking.registry import CHAMPION
from retention.tracking.versions import Version, find_by_alias, read_model_bytes, read_run_file


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
    segments : mapping
        The content of its run's ``segments.json``.
    """

    version: Version
    content: bytes
    trusted: tuple[str, ...]
    segments: Mapping[str, Any]


def fetch_champion(settings: Settings, paths: Paths) -> Champion:
    """Return the champion; nothing of its file has run yet.

    Raises
    ------
    UserError
        If there is none, or its file is not the one that was registered.
    """
    with opened(settings, paths) as (store, _):
        version = find_by_alias(store, settings.tracking.model, CHAMPION)
        if version is None:
            raise UserError(f"{settings.tracking.model} has no champion yet: run `make run`, which publishes a model.")
        content = read_model_bytes(store, version)
        best = json.loads(read_run_file(store, version, "best.json"))
        segments = json.loads(read_run_file(store, version, "segments.json"))
    trusted = list_trusted_types(best, settings.model, settings.scaler, settings.encoder, settings.features)
    return Champion(version, content, tuple(trusted), segments)
