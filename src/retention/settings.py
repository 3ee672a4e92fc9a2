"""``params.yaml`` as frozen, typed settings."""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, Field, JsonValue, ValidationError
from pydantic_core import ErrorDetails

from retention.audience.declared import FoundSettings, Offer, Segment, Wording
from retention.audience.plan.settings import PlanSettings
from retention.audience.references import check_references
from retention.campaigns.settings import CampaignSettings
from retention.errors import UserError, name_nearest, one_line
from retention.exploration.settings import ExploreSettings
from retention.learning import settings as learning
from retention.reporting.settings import ReportSettings
from retention.strict import Strict
from retention.tables.months.periods import MONTH_FORM
from retention.tables.roles import list_roles
from retention.tables.settings import LabelSettings, TableSettings
from retention.tracking.settings import GateSettings, TrackingSettings
from retention.watch.settings import WatchSettings

_ABSENT = "absent"
_SHOWN = 5


class RuntimeSettings(Strict):
    """What only changes speed; no stage watches it."""

    workers: int = Field(ge=1, le=64)
    """Processes that evaluate trials, or score portions of large exports, side by side."""
    scheduler: str | None
    """The address of a Dask scheduler whose workers do that instead, ``tcp://host:8786``; None for none."""
    backend: str = Field(pattern="^(pandas|polars)$")
    """The narwhals backend that reads the exports: ``pandas`` or ``polars``."""
    progress: bool  # whether long work shows a progress bar


class Settings(Strict):
    """Everything that can be set; the keys are the top-level keys of ``params.yaml``."""

    seed: int = Field(ge=0, lt=2**32)
    as_of: str | None = Field(pattern=f"^{MONTH_FORM}$")
    """The month acted on; None means the last one."""
    label: LabelSettings
    tables: TableSettings
    explore: ExploreSettings
    split: learning.SplitSettings
    features: dict[str, learning.StepSpace]
    scaler: dict[str, learning.StepSpace]
    encoder: dict[str, learning.StepSpace]
    model: dict[str, learning.ModelSpace]
    search: learning.SearchSettings
    train: learning.TrainSettings
    evaluate: learning.EvaluateSettings
    explain: learning.ExplainSettings
    watch: WatchSettings
    segment: dict[str, Segment]
    found: FoundSettings
    offer: dict[str, Offer]
    plan: PlanSettings
    campaigns: CampaignSettings
    reason: dict[str, Wording]
    report: ReportSettings
    tracking: TrackingSettings
    gate: GateSettings
    runtime: RuntimeSettings

    @property
    def space(self) -> learning.SpaceSettings:
        """The sections that say what may be searched, with the shop's month series."""
        whole = {name: getattr(self, name) for name in learning.SpaceSettings.model_fields}
        return learning.SpaceSettings(**whole).fit_to_shop(list_roles(self.tables.columns).series)


def read_settings(path: Path) -> Settings:
    """Read and check the composed settings.

    Raises
    ------
    UserError
        If the file is missing, is not YAML, or holds an unknown or out-of-range setting.
    """
    if not path.exists():
        raise UserError(
            f"{path.name} is missing in {path.parent}: run `make params`, or change to the project's folder."
        )
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise UserError(f"{path.name} is not YAML ({one_line(error)}): run `make params`.") from None
    return parse_settings(content, path.name)


def parse_settings(
    content: Any,
    source: str = "params.yaml",
    remedy: str = "Mend it in conf/ and run `make params`, or in what -S says.",
) -> Settings:
    """Check plain data against `Settings`; a mistake is named with its key, value, what is allowed and the remedy."""
    try:
        settings = Settings.model_validate(content)
    except ValidationError as error:
        problems = "; ".join(_sentence(problem) for problem in error.errors())
        raise UserError(f"{source}: {problems}. {remedy}") from None
    named = (settings.segment, settings.offer, settings.found.columns, settings.reason)
    check_references(*named, settings.tables.columns)
    return settings


def _sentence(problem: ErrorDetails) -> str:
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return _unknown_setting(problem["loc"])
    if problem["type"] == "missing":
        return f"the setting {key} is missing"
    if problem["type"] == "value_error":  # of a rule of ours, which says it all
        return f"{key}: {problem['ctx']['error']}"
    shown = "" if isinstance(problem["input"], dict) else f" = {problem['input']!r}"  # a whole section is no value
    return f"{key}{shown}: {problem['msg'][0].lower()}{problem['msg'][1:]}"


def _unknown_setting(location: tuple[int | str, ...]) -> str:
    near = name_nearest(str(location[-1]), _known_keys(location[:-1]))
    return f"unknown setting {'.'.join(str(part) for part in location)}{near}"


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    """Return the keys that the model at `location` knows, following fields, dict values and list items."""
    here: type[BaseModel] = Settings
    for part in location:
        field = here.model_fields.get(str(part))
        models = _models_in(field.annotation) if field else [here]
        if not models:
            return []
        here = models[0]
    return sorted(here.model_fields)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def check_params(conf: Path, params: Path) -> None:
    """Refuse settings that ``conf/`` does not give, since composing them anew would undo them without a word.

    So it is after ``dvc exp apply``, an edit of the file, or an edit of ``conf/``.

    Raises
    ------
    UserError
        If the file is there and holds other values than ``conf/`` gives; it names the first few.
    """
    if not params.exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / params.name
        compose_params(conf, fresh, [])
        composed, present = (_flatten(yaml.safe_load(file.read_text(encoding="utf-8"))) for file in (fresh, params))
    differing = [key for key in composed | present if composed.get(key, _ABSENT) != present.get(key, _ABSENT)]
    both = composed.keys() & present.keys()
    differing.sort(key=lambda key: key not in both)  # what was changed before what came or went
    if differing:
        told = [f"{key} is {present.get(key, _ABSENT)}, conf/ gives {composed.get(key, _ABSENT)}" for key in differing]
        more = f"; and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
        raise UserError(
            f"{params.name} is not what conf/ gives ({'; '.join(told[:_SHOWN])}{more}): `dvc repro` runs with "
            f"{params.name} as it stands, `make params` overwrites it by conf/."
        )


def _flatten(content: JsonValue, prefix: str = "") -> dict[str, JsonValue]:
    if not isinstance(content, dict) or not content:
        return {prefix: content}
    return {
        key: value
        for name, inner in content.items()
        for key, value in _flatten(inner, f"{prefix}.{name}".lstrip(".")).items()
    }


def compose_params(
    conf: Path, output: Path, overrides: list[str], check: Callable[[Settings], None] = lambda _: None
) -> None:
    """Compose ``conf/`` into `output` exactly as ``dvc exp run`` does, after checking the result.

    `overrides` are as Hydra takes them; `check` may refuse the settings too.

    Raises
    ------
    UserError
        If the composition fails or its result is not valid settings; `output` is then left as it was.
    """
    from retention.files import replacing

    with replacing(output) as beside:
        composed = beside.with_suffix(".yaml")
        _compose(conf, composed, overrides)
        composed.replace(beside)
        content = yaml.safe_load(beside.read_text(encoding="utf-8"))
        said = [f"conf/ with {' '.join(overrides)}", "Mend that, or conf/."] if overrides else ["conf/"]
        check(parse_settings(content, *said))


def _compose(conf: Path, output: Path, overrides: list[str]) -> None:
    from dvc.utils.hydra import compose_and_dump
    from hydra.errors import HydraException, MissingConfigException
    from omegaconf.errors import OmegaConfBaseException

    for file in sorted(conf.rglob("*.yaml")):  # Hydra names no file, and takes an empty one for nothing to add
        try:
            said = re.sub("#.*", "", file.read_text(encoding="utf-8")).strip()
        except UnicodeDecodeError:
            raise UserError(f"conf/{file.relative_to(conf)} is not in UTF-8: save it so.") from None
        if not said:
            raise UserError(f"conf/{file.relative_to(conf)} is empty: fill it in, or take it out of that folder.")
    try:
        compose_and_dump(output, str(conf), None, "config", "", overrides)
    except (yaml.YAMLError, OmegaConfBaseException) as error:
        raise UserError(f"conf/ cannot be composed: {one_line(error)}") from None
    except HydraException as error:  # an OSError too where a file of conf/ is missing
        keys = [tuple(override.lstrip("+~").partition("=")[0].split(".")) for override in overrides]
        unknown = [_unknown_setting(key) for key in keys if key[-1] not in _known_keys(key[:-1])]
        if isinstance(error, MissingConfigException) and (missing := error.missing_cfg_file):
            unknown = [f"there is no {missing}.yaml{name_nearest(Path(missing).name, error.options or [])}"]
        raise UserError(f"conf/ cannot be composed: {'; '.join(unknown) or one_line(error)}") from None
