"""Reads a folder of exports."""

from collections.abc import Mapping
from pathlib import Path

from retention.errors import UserError, name_nearest
from retention.tables.columns import ID, LABELS, TARGET
from retention.tables.mending import Kind
from retention.tables.reading import Table, read_export
from retention.tables.schema import MAIN, MONTH, VALUE, Export, TableSettings


def read_exports(folder: Path, settings: TableSettings, backend: str, labelled: bool) -> dict[str, Table]:
    """Read the exports in `folder`.

    Parameters
    ----------
    folder : Path
        Where the files are.
    settings : TableSettings
        What they look like.
    backend : str
        ``pandas`` or ``polars``; the result is the same.
    labelled : bool
        False for customers whose activity is to be predicted: the label's column may then be absent.

    Returns
    -------
    dict of str to Table
        The files, by their keys in the settings, the main one first.

    Raises
    ------
    UserError
        If a file is missing or is not what is declared; nothing has been written then.
    """
    _check_files(folder, settings.exports)
    order = sorted(settings.exports, key=lambda name: name != MAIN)
    tables = {}
    for name in order:
        export = settings.exports[name]
        kinds = _kinds(export, settings.ids, labelled)
        if len(kinds) > 1:
            tables[name] = read_export(folder / export.file, name, export, kinds, backend)
    return tables


def _check_files(folder: Path, exports: Mapping[str, Export]) -> None:
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder: name the folder with the exports.")
    present = sorted(path.name for path in folder.iterdir() if path.is_file())
    for name, export in exports.items():
        if export.file not in present:
            near = name_nearest(export.file, present)
            raise UserError(
                f"{export.file} is missing in {folder}{near}: put it there or set tables.exports.{name}.file."
            )


def _kinds(export: Export, ids: str, labelled: bool) -> dict[str, Kind]:
    """Return what the cells of each wanted column are."""
    kinds: dict[str, Kind] = {ID: "integer" if ids == "integer" else "text"}
    if export.months:
        return kinds | {MONTH: "label", VALUE: "number"}
    wanted = [column for column in export.columns if labelled or column != TARGET]
    return kinds | {column: "label" if column in LABELS else "number" for column in wanted}
