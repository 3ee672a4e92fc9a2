"""Every family and step that lies in ``conf/``, selected now or not: a registered model may be made of any of them."""

from pathlib import Path
from typing import TypeVar

import yaml

from retention.learning.model.choice import STEPS
from retention.learning.settings import ModelSpace, SpaceSettings, StepSpace
from retention.strict import Strict

Entry = TypeVar("Entry", bound=Strict)


def read_families(selected: SpaceSettings, conf: Path) -> SpaceSettings:
    """Return the families and steps of the settings, and those of ``conf/`` that are not selected there.

    What a stored model may contain is told by these files alone, never by the registry.
    """
    steps = {kind: {**_read(conf / kind, StepSpace), **getattr(selected, kind)} for kind in STEPS}
    return SpaceSettings(model={**_read(conf / "model", ModelSpace), **selected.model}, **steps)


def _read(folder: Path, kind: type[Entry]) -> dict[str, Entry]:
    contents = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.yaml")))
    return {name: kind.model_validate(entry) for content in contents for name, entry in content.items()}
