"""Files of a run or a model: those that are missing, or that a killed process left cut short, are written."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from retention.tracking.store.records import Content, File
from retention.tracking.store.store import Store

if TYPE_CHECKING:
    from mlflow.entities import FileInfo

    Listing = Callable[[str | None], list[FileInfo]]


def put_artifacts(store: Store, run_id: str, wanted: Sequence[File | Content], *, replace: bool = False) -> None:
    """Make files stand among the artifacts of a run.

    A file is there if one of its name and size is: within one run the same name means the same content.

    Parameters
    ----------
    store : Store
        The open store.
    run_id : str
        The run.
    wanted : sequence of File or Content
        What shall stand there.
    replace : bool
        Write all of them, whatever is there.
    """
    sizes = {} if replace else list_sizes(lambda path: store.client.list_artifacts(run_id, path), _folders(wanted))
    missing = [one for one in wanted if sizes.get(one.path) != _size(one)]
    with tempfile.TemporaryDirectory() as folder:
        for one in missing:
            store.client.log_artifact(run_id, str(_on_disk(one, Path(folder))), _folder(one.path))


def put_package(store: Store, model_id: str, package: Path) -> None:
    """Make the files of a model's folder stand among the artifacts of a logged model."""
    files = [File(path.relative_to(package).as_posix(), path) for path in sorted(package.rglob("*")) if path.is_file()]
    sizes = list_sizes(lambda path: store.client.list_logged_model_artifacts(model_id, path), _folders(files))
    for one in files:
        if sizes.get(one.path) != _size(one):
            store.client.log_model_artifact(model_id, str(one.source), _folder(one.path))


def list_sizes(listing: "Listing", folders: Iterable[str | None]) -> dict[str, int]:
    """Return path → size of the files that stand in `folders`."""
    found = [info for folder in folders for info in listing(folder)]
    return {info.path: int(info.file_size or 0) for info in found if not info.is_dir}


def _folders(wanted: Sequence[File | Content]) -> list[str | None]:
    return sorted({_folder(one.path) for one in wanted}, key=lambda folder: folder or "")


def _folder(path: str) -> str | None:
    parent = str(PurePosixPath(path).parent)
    return None if parent == "." else parent


def _size(one: File | Content) -> int:
    return one.source.stat().st_size if isinstance(one, File) else len(one.content)


def _on_disk(one: File | Content, folder: Path) -> Path:
    """Return a file of the name that `one` shall have, since MLflow takes the name from the file."""
    if isinstance(one, File) and one.source.name == PurePosixPath(one.path).name:
        return one.source
    path = folder / PurePosixPath(one.path).name
    path.write_bytes(one.source.read_bytes() if isinstance(one, File) else one.content)
    return path
