"""Every family and step that lies in ``conf/``, selected now or not: a registered model may be made of any of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml

from retention.learning.settings import ModelSpace, StepSpace
from retention.settings import Settings
from retention.strict import Strict

Space = TypeVar("Space", bound=Strict)


@dataclass(frozen=True)
class Families:
    """What models may be made of, by kind and name."""

    model: Mapping[str, ModelSpace]
    scaler: Mapping[str, StepSpace]
    encoder: Mapping[str, StepSpace]
    features: Mapping[str, StepSpace]


def read_families(settings: Settings, conf: Path) -> Families:
    """Return the families and steps of the settings, and those of ``conf/`` that are not selected there.

    What a stored model may contain is told by these files alone, never by the registry.
    """
    return Families(
        {**_read(conf / "model", ModelSpace), **settings.model},
        *(
            {**_read(conf / kind, StepSpace), **selected}
            for kind, selected in (
                ("scaler", settings.scaler),
                ("encoder", settings.encoder),
                ("features", settings.features),
            )
        ),
    )


def _read(folder: Path, kind: type[Space]) -> dict[str, Space]:
    contents = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.yaml")))
    return {name: kind.model_validate(entry) for content in contents for name, entry in content.items()}
