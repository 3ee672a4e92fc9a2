"""The stored model: skops, written so that equal models are equal files, read so that nothing unknown runs."""

import hashlib
import io
import json
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from retention.errors import UserError
from retention.learning.model.choice import Choice
from retention.learning.model.space import check_selected
from retention.learning.settings import ModelSpace, StepSpace

OWN_TYPES = (
    "retention.learning.calibration.calibrated_model.CalibratedModel",
    "retention.learning.calibration.calibrators.BetaCalibrator",
    "retention.learning.calibration.calibrators.IdentityCalibrator",
    "retention.learning.calibration.calibrators.IsotonicCalibrator",
    "retention.learning.calibration.calibrators.SigmoidCalibrator",
)
"""What every model of this project may contain, beside what skops trusts and its family's `trusted_types`."""

MOVED = {
    "retention.learning.calibrated_model": "retention.learning.calibration.calibrated_model",
    "retention.learning.calibrators": "retention.learning.calibration.calibrators",
    "retention.learning.features": "retention.learning.model.features",
    "retention.learning.regression": "retention.learning.model.regression",
}
"""Where classes stood when models that lie in registries were written, and where they stand now."""

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip file can hold
SCHEMA = "schema.json"


def write_model_bytes(model: Any) -> bytes:
    """Return the model in skops format, the same bytes for the same model in every process.

    skops names members and objects by their addresses in memory and stamps members with the time. Here both
    are numbered in the order in which the schema mentions them, times are fixed, members are deflated.
    """
    import skops.io

    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as source:
        numbers = _Numbers()
        schema = numbers.rename(json.loads(source.read(SCHEMA)))
        members = [(numbers.members[name], source.read(name)) for name in numbers.members]
    members.append((SCHEMA, json.dumps(schema, indent=None, separators=(",", ":")).encode()))
    return _zip(members)


def read_model(source: Path | bytes, trusted: Iterable[str]) -> Any:
    """Read a model that may contain nothing but `OWN_TYPES`, the `trusted` ones, and what skops itself trusts.

    Parameters
    ----------
    source : Path or bytes
        The file or its content.
    trusted : iterable of str
        Full names of types, from the settings; never from the file.

    Raises
    ------
    UserError
        If the file is missing, is not a skops file, or holds another type. Nothing of it has run then.
    """
    import skops.io

    name = source.name if isinstance(source, Path) else "the model"
    try:
        content = _follow_moves(_content_of(source))
    except (zipfile.BadZipFile, KeyError) as error:
        raise _damaged(name, error) from None
    check_types(name, content, trusted)
    return skops.io.loads(content, trusted=[*OWN_TYPES, *trusted])


def check_types(name: str, content: bytes, trusted: Iterable[str]) -> None:
    """Raise a `UserError` with the `name` of a file that is not of skops or holds a type that is not trusted."""
    try:
        foreign = find_foreign_types(content, trusted)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError) as error:
        raise _damaged(name, error) from None
    if foreign:
        raise UserError(
            f"{name} contains types that are not trusted ({', '.join(foreign)}): if the file is yours and the "
            "types belong to its model, list them under trusted_types in conf/model/."
        )


def find_foreign_types(content: bytes, trusted: Iterable[str]) -> list[str]:
    """Return the types in a stored model beyond `OWN_TYPES`, the `trusted` ones and those that skops trusts itself."""
    import skops.io

    return sorted(set(skops.io.get_untrusted_types(data=content)) - {*OWN_TYPES, *trusted})


def list_trusted_types(
    choice: Choice,
    model: Mapping[str, ModelSpace],
    scaler: Mapping[str, StepSpace],
    encoder: Mapping[str, StepSpace],
    features: Mapping[str, StepSpace],
) -> list[str]:
    """Return the types that the model of a choice may contain, as the settings list them.

    Raises
    ------
    UserError
        If the settings no longer hold what `choice` names.
    """
    trusted: set[str] = set()
    declared: dict[str, Mapping[str, ModelSpace | StepSpace]] = {
        "model": model,
        "scaler": scaler,
        "encoder": encoder,
        "features": features,
    }
    for kind, known in declared.items():
        name = getattr(choice, kind)
        check_selected(kind, name, known)
        trusted.update(known[name].trusted_types)
    return sorted(trusted)


def compute_sha256(content: bytes) -> str:
    """Return the identity of a stored model."""
    return hashlib.sha256(content).hexdigest()


def _damaged(name: str, error: Exception) -> UserError:
    return UserError(f"{name} is not a skops model ({error}): make it again with `dvc repro train`.")


def _content_of(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    if not source.exists():
        raise UserError(f"{source.name} is missing in {source.parent}: make it with `dvc repro train`.")
    return source.read_bytes()


def _follow_moves(content: bytes) -> bytes:
    """Return the model with every class of ours named by where it stands now."""
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        schema = source.read(SCHEMA)
        moved = schema
        for former, now in MOVED.items():
            moved = moved.replace(f'"{former}"'.encode(), f'"{now}"'.encode())
        if moved == schema:
            return content
        members = [(name, source.read(name)) for name in source.namelist() if name != SCHEMA]
    return _zip([*members, (SCHEMA, moved)])


class _Numbers:
    """Numbers given to objects and members in the order in which they are met."""

    def __init__(self) -> None:
        self.objects: dict[object, int] = {}
        self.members: dict[str, str] = {}

    def rename(self, node: Any) -> Any:
        """Return the schema's node with every ``__id__`` and ``file`` replaced."""
        if isinstance(node, list):
            return [self.rename(item) for item in node]
        if not isinstance(node, dict):
            return node
        renamed = {key: self.rename(value) for key, value in node.items()}
        if "__id__" in node:
            renamed["__id__"] = self.objects.setdefault(_identity(node), len(self.objects))
        if isinstance(node.get("file"), str) and "__loader__" in node:
            suffix = Path(node["file"]).suffix
            renamed["file"] = self.members.setdefault(node["file"], f"{len(self.members)}{suffix}")
        return renamed


def _identity(node: dict[str, JsonValue]) -> object:
    """Return what makes two nodes one object: for plain constants their content.

    Whether two equal constants are one object in memory differs between processes, and means nothing.
    """
    if node.get("__loader__") == "JsonNode":
        return ("constant", node["content"])
    if node.get("__loader__") == "TypeNode":
        return ("type", node["__module__"], node["__class__"])
    return node["__id__"]


def _zip(members: list[tuple[str, bytes]]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("error")  # a name met twice is only warned of
        for name, content in members:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            archive.writestr(entry, content, compresslevel=6)
    return target.getvalue()
