"""The stored model: skops, written so that equal models are equal files, read so that nothing unknown runs."""

import io
import json
import warnings
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from retention.errors import UserError
from retention.learning.model.choice import Choice
from retention.learning.settings import SpaceSettings

OWN_TYPES = (
    "retention.learning.calibration.calibrated_model.CalibratedModel",
    "retention.learning.calibration.calibrators.BetaCalibrator",
    "retention.learning.calibration.calibrators.IdentityCalibrator",
    "retention.learning.calibration.calibrators.IsotonicCalibrator",
    "retention.learning.calibration.calibrators.SigmoidCalibrator",
    "retention.learning.model.cells.ReadyCells",
    "retention.learning.model.pipeline.PresentColumns",
)
"""What every model of this project may contain, beside what skops trusts and its family's `trusted_types`."""

MOVED = {
    "retention.learning.calibrated_model": "retention.learning.calibration.calibrated_model",
    "retention.learning.calibrators": "retention.learning.calibration.calibrators",
    "retention.learning.features": "retention.learning.model.features",
    "retention.learning.regression": "retention.learning.model.regression",
}  # where classes stood when models that lie in registries were written, and where they stand now

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip file can hold
SCHEMA = "schema.json"
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, TypeError, AttributeError, RuntimeError)
"""What reading a file raises in which bits have changed."""


def write_model_bytes(model: Any) -> bytes:
    """Return the model in skops format, the same bytes for the same model in every process.

    skops names members and objects by their addresses in memory and stamps members with the time. Here both
    are numbered in the order in which the schema mentions them, times are fixed, members are deflated.
    """
    import skops.io

    numbers: dict[str, str] = {}
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as source:
        schema = _renumber(json.loads(source.read(SCHEMA)), {}, numbers)
        members = [(number, source.read(name)) for name, number in numbers.items()]
    return _zip([*members, (SCHEMA, json.dumps(schema, separators=(",", ":")).encode())])


def read_model(source: Path | bytes, trusted: Iterable[str]) -> Any:
    """Read a model that may contain nothing but `OWN_TYPES`, the `trusted` ones, and what skops itself trusts.

    The trusted types come from the settings, never from the file.

    Raises
    ------
    UserError
        If the file is missing, is not a skops file, or holds another type. Nothing of it has run then.
    """
    import skops.io

    name = source.name if isinstance(source, Path) else "the model"
    if isinstance(source, Path) and not source.exists():
        raise UserError(f"{name} is missing in {source.parent}: make it with `dvc repro train`.")
    try:
        content = _follow_moves(source.read_bytes() if isinstance(source, Path) else source)
        check_types(name, content, trusted)
        return skops.io.loads(content, trusted=[*OWN_TYPES, *trusted])
    except DAMAGED as error:
        raise UserError(f"{name} is not a skops model ({error}): make it again with `dvc repro train`.") from None


def check_types(name: str, content: bytes, trusted: Iterable[str]) -> None:
    """Raise a `UserError` with the `name` of a file that holds a type that is not trusted."""
    if foreign := find_foreign_types(content, trusted):
        raise UserError(
            f"{name} contains types that are not trusted ({', '.join(foreign)}): if the file is yours and the "
            "types belong to its model, list them under trusted_types in conf/model/."
        )


def find_foreign_types(content: bytes, trusted: Iterable[str]) -> list[str]:
    """Return the types in a stored model beyond `OWN_TYPES`, the `trusted` ones and those that skops trusts itself."""
    import skops.io

    return sorted(set(skops.io.get_untrusted_types(data=content)) - {*OWN_TYPES, *trusted})


def list_trusted_types(choice: Choice, declared: SpaceSettings) -> list[str]:
    """Return the types that the model of a choice may contain, as the settings list them.

    Raises
    ------
    UserError
        If the settings no longer hold what `choice` names.
    """
    return sorted({trusted for part in declared.find(choice) for trusted in part.trusted_types})


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


def _renumber(node: Any, objects: dict[object, int], members: dict[str, str]) -> Any:
    """Return a node of the schema whose objects and members have numbers, in the order in which they are met."""
    if isinstance(node, list):
        return [_renumber(item, objects, members) for item in node]
    if not isinstance(node, dict):
        return node
    renamed = {key: _renumber(value, objects, members) for key, value in node.items()}
    if "__id__" in node:
        renamed["__id__"] = objects.setdefault(_identity(node), len(objects))
    if isinstance(node.get("file"), str) and "__loader__" in node:
        renamed["file"] = members.setdefault(node["file"], f"{len(members)}{Path(node['file']).suffix}")
    return renamed


def _identity(node: dict[str, JsonValue]) -> object:
    """Return what makes two nodes one object; whether equal constants are one differs between processes."""
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
