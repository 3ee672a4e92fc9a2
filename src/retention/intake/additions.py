"""Puts under ``data/``: exports of a month or without one, the sample shop, labels that came later, what was said."""

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from filecmp import cmpfiles
from pathlib import Path

import pandas as pd

from retention.campaigns.ledger import Launched
from retention.errors import UserError, name_nearest
from retention.files import read_artifact, write_bytes
from retention.intake.versioning import SAMPLE, changing_data, check_whole, count_files, link_all, read_pointer
from retention.paths import Paths
from retention.tables.columns import ID, TARGET
from retention.tables.findings import Finding, summarise
from retention.tables.months.labels import join_labels, label_customers, read_ids, read_known, read_main, read_outcomes
from retention.tables.months.periods import CAMPAIGNS, HISTORY, OUTCOMES, count_months, list_dated, move_month
from retention.tables.schema import Spelled
from retention.tables.settings import LabelSettings, TableSettings

_FAR = 24  # so many months after the last one a month may come
_TAKE_BACK = "take them back as docs/months.md says (all that is not committed in data.dvc goes with them)"


@dataclass(frozen=True)
class _Held:
    """What ``data/`` holds."""

    months: Sequence[str]
    undated: Collection[str]  # files beside the folders: exports without a month
    records: Sequence[str]  # the folders with what was done: campaigns, history
    sample: bool  # whether it is the sample shop, and nobody has added anything, so that it can be made again


def use_exports(source: Path, names: Sequence[str], paths: Paths, month: str = "") -> list[str]:
    """Put a folder's exports under ``data/`` and let DVC version it; nothing that is there from before is lost.

    Only exports of the same month, or without a month as these, and an untouched sample shop are replaced.

    The files of `source` have been checked already; `names` are taken where they are there, whatever else lies there
    stays. Returned is what people should know, a sentence each.

    Raises
    ------
    UserError
        If something would be lost, or DVC refuses; ``data/`` and ``data.dvc`` are then as before.
    """
    held, own = refuse_loss(source, paths, month)
    told = _tell_corrected(paths.data, source, names, month) if month in held.months and not held.sample else []
    if held.sample and not own:
        told = [
            f"The sample shop made room for them: until {paths.data_dvc.name} is committed, `git checkout "
            f"{paths.data_dvc.name}` and `dvc checkout {paths.data.name}` bring it back."
        ]
    there = [name for name in names if (source / name).exists()]
    if (
        held.undated
        and not (month or own or held.sample)
        and any(cmpfiles(source, paths.data, there, shallow=False)[1:])
    ):
        told = [
            "The exports without a month that were there made room: DVC keeps them "
            f"({paths.data_dvc.name} as git has it, or its cache). Exports that are of another month need months: "
            "`retention use data --month 2026-08` for what is there, then these with theirs."
        ]
    if not held.sample:
        told += _tell_same(paths.data, source, names, month, held.months)
    with changing_data(paths, sample=False, empty=held.sample and not own) as data:
        if _look(paths) != held:
            raise UserError(f"Another command has changed {paths.data.name}/ meanwhile: run it again.")
        place = data / month
        place.mkdir(exist_ok=True)
        for path in place.iterdir():
            if path.is_file() and path.name != OUTCOMES:
                path.unlink()
        for name in (*names, OUTCOMES):
            if (source / name).exists():
                (place / name).unlink(missing_ok=True)
                shutil.copyfile(source / name, place / name)
        for name in held.undated if own else ():
            (data / name).unlink(missing_ok=True)
    return told


def refuse_loss(source: Path, paths: Paths, month: str) -> tuple[_Held, bool]:
    """Raise if exports of `month` have no place beside what is there; return that, and whether they are it."""
    held, own = _look(paths), source.resolve() == paths.data.resolve()
    if held.sample:
        return held, own
    if held.months and not month:
        raise UserError(
            f"There are exports of {', '.join(held.months)}: say which month these are, as `retention use FOLDER "
            f"--month {move_month(held.months[-1], 1)}`."
        )
    if held.months and (ahead := count_months(month) - count_months(held.months[-1])) > _FAR:
        raise UserError(
            f"{month} is {ahead} months after {held.months[-1]}, the last one there: if that is no slip, add a month "
            "between them first."
        )
    if held.undated and month and not own:
        raise UserError(
            "There are exports without a month: say which one they are by `retention use data --month "
            f"{move_month(month, -1)}`, then add those of {month}."
        )
    return held, own


def use_sample(made: Path, paths: Paths) -> None:
    """Return to the sample shop, whose files lie in `made`.

    Raises
    ------
    UserError
        If months, campaigns or history of a shop would be lost, or DVC refuses; all is then as before.
    """
    with changing_data(paths, sample=True, empty=True) as data:
        held = _look(paths)
        if not held.sample and (held.months or held.records):
            what = ", ".join([*held.months, *(f"{name}/" for name in held.records)])
            raise UserError(
                f"{paths.data.name}/ holds {what}, in whose place the sample shop would come: move {paths.data.name}/ "
                f"and {paths.data_dvc.name} away first, or take another clone of the project."
            )
        link_all(made, data)


def _look(paths: Paths) -> _Held:
    data, pointer = paths.data, read_pointer(paths.data_dvc)
    files = [path.name for path in data.iterdir() if path.is_file()] if data.is_dir() else []
    records = [name for name in (CAMPAIGNS, HISTORY) if (data / name).is_dir()]
    untouched = not data.exists() or count_files(data) == pointer.nfiles
    sample = pointer.remote == SAMPLE and untouched and not records
    if not sample:
        check_whole(paths)
    return _Held(list_dated(data), files, records, sample)


def _tell_corrected(data: Path, source: Path, names: Sequence[str], month: str) -> list[str]:
    """Say that a month changes after it was acted on."""
    if all(_read(source / name) == _read(data / month / name) for name in names):
        return []
    acted = [f"{HISTORY}/{month}"] if (data / HISTORY / month).is_dir() else []
    for file in sorted((data / CAMPAIGNS).glob("[!.]*/campaign.json")):
        if read_artifact(file, Launched, f"restore {file.parent} (`dvc checkout data`)").month == month:
            acted.append(f"{CAMPAIGNS}/{file.parent.name}")
    if not acted:
        return []
    return [
        f"{month} was acted on already ({', '.join(acted)}) and is corrected now: what was said and sent then stays as "
        "it was, what is learnt from this month changes."
    ]


def _tell_same(data: Path, source: Path, names: Sequence[str], month: str, months: Sequence[str]) -> list[str]:
    """Say that another month has the very same exports."""
    there = [name for name in names if (source / name).exists()]
    same = [one for one in months if one != month and not any(cmpfiles(source, data / one, there, shallow=False)[1:])]
    if not same:
        return []
    return [f"The exports of {same[-1]} are the same, byte for byte: if these are not of {month}, {_TAKE_BACK}."]


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def add_outcomes(
    file: Path, month: str, settings: TableSettings, label: LabelSettings, backend: str, paths: Paths
) -> list[str]:
    """Check labels, add them to those of the month that came before, and let DVC version them.

    The file is in the form of the export that has the label: its id and label headers, its separator and encoding.
    Returned is what was found, and how many customers have a label now.

    Raises
    ------
    UserError
        If there is no such month, or the labels hold what the settings call an error; all is then as before.
    """
    months = list_dated(paths.data)
    if month not in months:
        raise UserError(f"{paths.data.name}/ has no exports of {month}{name_nearest(month, months)}: add them first.")
    main = read_main(paths.data / month, settings, backend)
    given, found = read_outcomes(file, settings, backend, main)
    doubt = _tell_other_month(join_labels([given]).index, found, month, settings, backend, paths)
    with changing_data(paths) as data:
        kept = data / month / OUTCOMES  # looked at here: nobody else adds any meanwhile
        former = [read_outcomes(kept, settings, backend, main)[0]] if kept.exists() else []
        write_bytes(kept, _render(join_labels([given, *former]), settings))
        known = join_labels(read_known(data / month, settings, backend, main)[0])
    matures = move_month(month, label.months)
    later = read_ids(paths.data / matures, settings, backend) if matures in months else None
    _, counts = label_customers(read_ids(paths.data / month, settings, backend), known, later, label.absent)
    gone = f"{counts.absent:,} gone by {matures} and so declined, " if label.absent == "declined" else ""
    if later is None:
        gone = f"who is gone is known with {matures}, "
    return [
        *(f"- {item.file}: {item.message.en}: {item.count:,} ({item.handling})" for item in map(summarise, found)),
        *doubt,
        f"{month}: {counts.known + counts.absent + counts.unknown:,} customers; {counts.known:,} with a label "
        f"({int(known.sum()):,} declined), {gone}{counts.unknown:,} with none.",
    ]


def _tell_other_month(
    labelled: pd.Index, found: Sequence[Finding], month: str, settings: TableSettings, backend: str, paths: Paths
) -> list[str]:
    """Say which other month has all the customers of a file of labels, where `month` lacks some of them."""
    strange = [customer for one in found if one.code == "unknown_customer" for customer in one.rows[ID].to_list()]
    if not strange:
        return []
    given = pd.Index([*labelled, *strange])
    others = (other for other in list_dated(paths.data) if other != month)
    whole = [other for other in others if given.isin(read_ids(paths.data / other, settings, backend)).all()]
    if not whole:
        return []
    near = min(whole, key=lambda other: abs(count_months(other) - count_months(month)))
    return [
        f"All of these customers are in {near}, and {len(strange):,} of them not in {month}: if the labels are of "
        f"{near}, {_TAKE_BACK}, and add them with --month {near}."
    ]


def _render(labels: pd.Series, settings: TableSettings) -> bytes:
    """Return labels as the export that has them would hold them."""
    export = settings.exports[settings.labelled_export]
    spelled: Mapping[str, Spelled] = settings.columns[TARGET].values  # noqa: PD011 -- no data frame
    told = labels.map({int(key): value.spellings[0] for key, value in spelled.items()}).rename(export.headers[TARGET])
    text = told.to_csv(sep=export.separator, lineterminator="\n", index_label=export.headers[ID])
    return text.encode(export.encoding)


def record_month(made: Path, month: str, paths: Paths) -> bool | None:
    """Record a month, and let DVC version it; a month that is recorded already stays as it was said first.

    `made` holds what is kept, and nothing else. Returned is whether it was recorded; None if it was already, with other
    content, which stays.

    Raises
    ------
    UserError
        If ``data/`` is not whole, or DVC refuses; all is then as before.
    """
    place = paths.data / HISTORY / month
    if place.is_dir():
        held, new = ({file.name: file.read_bytes() for file in folder.iterdir()} for folder in (place, made))
        return False if held == new else None
    with changing_data(paths) as data:
        shutil.copytree(made, data / HISTORY / month)
    return True
