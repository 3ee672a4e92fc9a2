"""Takes a person out of everything that the project holds, and says what may still hold the person."""

import csv
import re
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd

from retention.campaigns.ledger import read_ledger, seal_again
from retention.errors import UserError
from retention.files import write_bytes, write_parquet
from retention.formulas import make_safe
from retention.intake.versioning import changing_data, read_pointer
from retention.paths import Paths
from retention.tables.columns import ID
from retention.tables.mending import tidy
from retention.tables.months.periods import CAMPAIGNS, HISTORY, OUTCOMES, list_months
from retention.tables.reading import LINE, read_export
from retention.tables.settings import Export, TableSettings


def forget_customer(customer: str, settings: TableSettings, paths: Paths) -> list[str]:
    """Take a customer out of all months, campaigns and lists, and let DVC version what is left.

    Returns
    -------
    list of str
        Where the customer was, and what may still hold the customer.

    Raises
    ------
    UserError
        If nothing has the customer, or something cannot be changed; ``data/`` is then as before.
    """
    person, former = tidy(customer, settings.ids), read_pointer(paths.data_dvc).md5
    struck: list[str] = []
    with suppress(_NobodyError), changing_data(paths) as data:
        months = list_months(paths.data, [export.file for export in settings.exports.values()])
        struck += _strike_data(data, months, settings, person)
        if not struck:
            raise _NobodyError  # and so change nothing
    struck += _strike_lists(paths.artifacts, person)  # all that is left of a customer where a kill came in between
    if not struck:
        raise UserError(f"No export or campaign in {paths.data.name}/ has the customer {person}: check the id.")
    return [f"Customer {person} was taken out of {', '.join(struck)}.", *_tell_rest(paths, former)]


class _NobodyError(Exception):
    """``data/`` does not have the customer."""


def _strike_data(data: Path, months: Sequence[str], settings: TableSettings, person: str) -> list[str]:
    """Take a customer out of all months, campaigns and records; return the names of the files that had the customer."""
    struck: list[str] = []
    own = {export.file: (name, export) for name, export in settings.exports.items()}
    own[OUTCOMES] = settings.labelled_export, settings.exports[settings.labelled_export]
    for month in months:
        for file, (name, export) in own.items():
            path = data / month / file
            if path.exists() and strike_export(path, name, export, settings, person):
                struck.append(f"{month}/{file}".lstrip("/"))
    for entry in read_ledger(data / CAMPAIGNS):
        folder = data / CAMPAIGNS / entry.launched.campaign
        struck += [f"{CAMPAIGNS}/{folder.name}/{name}" for name in _strike_lists(folder, person)]
        seal_again(folder)
    return [*struck, *(f"{HISTORY}/{name}" for name in _strike_lists(data / HISTORY, person))]


def strike_export(path: Path, name: str, export: Export, settings: TableSettings, person: str) -> bool:
    """Take a customer's rows out of an export, every other byte left as it is; tell whether there were any."""
    needed = export.model_copy(update={"headers": {ID: export.headers[ID]}})
    before = read_export(path, name, needed, {ID: settings.ids}, "pandas")
    ids = [str(one) for one in before.frame[ID].to_list()]
    ends = sorted([*before.frame[LINE].to_list(), *before.nameless])
    starts = {end: start + 1 for start, end in zip([1, *ends], ends, strict=False)}
    rows = [end for end, one in zip(before.frame[LINE].to_list(), ids, strict=True) if one == person]
    if len(rows) == len(ends):  # no file of a header alone
        path.unlink()
    if len(rows) in (0, len(ends)):
        return bool(rows)
    gone = {line for end in rows for line in range(starts[end], end + 1)}
    lines = re.split("(?<=\n)|(?<=\r)(?!\n)", path.read_bytes().decode(export.encoding))
    left = "".join(line for number, line in enumerate(lines, 1) if number not in gone)
    write_bytes(path, left.encode(export.encoding))
    after = [str(one) for one in read_export(path, name, needed, {ID: settings.ids}, "pandas").frame[ID].to_list()]
    if after != [one for one in ids if one != person]:
        raise UserError(
            f"{path.name}: the rows of {person} cannot be told from their neighbours: take them out by hand."
        )
    return True


def _strike_lists(folder: Path, person: str) -> list[str]:
    """Take a customer out of the tables that the project has written; return their names."""
    struck = []
    for path in sorted(folder.rglob("*")):
        change = {".csv": _strike_csv, ".parquet": _strike_parquet}.get(path.suffix)
        if change and path.is_file() and change(path, person):
            struck.append(path.relative_to(folder).as_posix())
    return struck


def _strike_csv(path: Path, person: str) -> bool:
    head, *lines = re.split("(?<=\n)", path.read_bytes().decode(errors="surrogateescape"))
    separator = ";" if ";" in head else ","  # of a spreadsheet of some countries, or as report.dialect says
    header = next(csv.reader([head.lstrip("\ufeff")], delimiter=separator), [])
    if ID not in header:
        return False
    at, written = header.index(ID), {person, make_safe(person)}
    rows = (next(csv.reader([line], delimiter=separator), []) for line in lines)
    left = [line for line, row in zip(lines, rows, strict=True) if [*row, *header][at].strip() not in written]
    if left != lines:
        write_bytes(path, "".join([head, *left]).encode(errors="surrogateescape"))
    return left != lines


def _strike_parquet(path: Path, person: str) -> bool:
    frame = pd.read_parquet(path)
    here = [str(one) == person for one in frame[ID]] if ID in frame else []
    if any(here):
        write_parquet(path, frame[~np.array(here)])
    return any(here)


def _tell_rest(paths: Paths, former: str) -> list[str]:
    """Say what else may hold a customer who was taken out, and what to do about it."""
    words = ["git", "log", "--format=%h", "--", paths.data_dvc.name]
    kept = "" if former == read_pointer(paths.data_dvc).md5 else f" ({former[:7]})"
    log = subprocess.run(words, cwd=paths.root, capture_output=True, text=True, check=False).stdout.split()
    return [
        "Still to do: `make run` makes models, figures and pages anew, that have learnt from or show the customer.",
        f"DVC's cache holds the former data{kept} and artifacts: `dvc gc --workspace` takes out what today's "
        "files do not need, with --cloud also from a remote.",
        f"Versions of {paths.data_dvc.name} that git knows: {len(log)}. Each brings its data back from a cache or a "
        "remote that still has it.",
        "MLflow's runs and versions hold probabilities of the customers that they learnt from: `retention models` "
        "lists them, `retention ui` deletes them. Lists that were handed on (score, CRM) are not known here.",
    ]
