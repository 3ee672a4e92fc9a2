"""Exports of any shop to its settings: reads, decides, and says what was seen."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from retention.adoption.features import Found, describe_column
from retention.adoption.files import read_files
from retention.adoption.keys import KeyedFile, find_keys
from retention.adoption.labels import Ask, choose_label, drop_leak
from retention.adoption.roles import Adopted, give_roles, name_columns
from retention.adoption.sections import build_files
from retention.errors import UserError
from retention.tables.columns import TARGET
from retention.tables.customers import read_customers
from retention.tables.roles import FeatureKind, Role
from retention.tables.settings import TableSettings


@dataclass(frozen=True)
class Shop:
    """The settings of a shop: file in ``conf/shop/`` to content, and what a person should know, a line each."""

    files: dict[str, str]
    told: tuple[str, ...]


def adopt_shop(folder: Path, name: str, label: str | None, roles: Mapping[Role, str | None], ask: Ask | None) -> Shop:
    """Return the settings for the exports in `folder`.

    The label is ``COLUMN=VALUE``, the roles are headers that the user names; `ask` asks a person, None without a
    terminal.

    Raises
    ------
    UserError
        If the files are no exports of customers, or it is not clear what is predicted.
    """
    keyed = find_keys(read_files(folder))
    used = [item for item in keyed if not item.is_crowded]
    founds = [(item, found) for item in used for found in _describe(item)]
    target = choose_label([(item, found) for item, found in founds if not item.months], label, ask)
    founds = [(item, drop_leak(item, found, target)) for item, found in founds if found is not target.found]
    columns: list[Adopted] = []
    for item in used:
        kept = [found for other, found in founds if other is item and found.kind]
        columns += name_columns(item, kept, columns)
    if not columns:
        raise UserError(
            f'{folder} says nothing of its customers but "{target.found.header}": export what they do as well.'
        )
    columns = give_roles(columns, roles, ask)
    aside = [(item.file.name, found) for item, found in founds if not found.kind]
    files, tables = build_files(name, used, columns, target, aside)
    seen = [f"{item.file.name} has many rows a customer and no month: left out." for item in keyed if item.is_crowded]
    seen += [f"{item.file.name}: {note}." for item in used for note in item.file.notes]
    seen += [f'{file}: "{found.header}" is left out: {"; ".join(found.evidence)}.' for file, found in aside]
    marks = sum(text.count("# confirm") for text in files.values())
    settings = TableSettings.model_validate(tables)
    told = (*(line.replace(" # confirm", "") for line in seen), *_tell(settings), _try(folder, settings))
    return Shop(files, (*told, f"{marks} guesses are marked `# confirm`."))


def _describe(item: KeyedFile) -> list[Found]:
    """Return what the columns of a file hold, the id and the months aside; a monthly file gives numbers only."""
    aside = {item.id_header, item.months.header if item.months else None}
    headers = [str(header) for header in item.file.cells if header not in aside]
    founds = [describe_column(header, item.file.cells[header], item.file.numerals) for header in headers]
    if not item.months:
        return founds
    texts = ("texts, with a row a month",)
    return [found if found.kind in (None, "number") else Found(found.header, None, texts) for found in founds]


def _tell(settings: TableSettings) -> list[str]:
    columns, label = settings.columns.values(), settings.columns[TARGET]
    kinds = Counter(column.kind for column in columns)
    counted = ", ".join(f"{kinds[kind]} {kind}" for kind in get_args(FeatureKind) if kinds[kind])
    roles = [f"{column.role}: {column.label.en}" for column in columns if column.role not in ("id", "label", "feature")]
    return [
        f'Predicted: "{label.label.en}" = "{label.values["1"].spellings[0]}". Features: {counted}.',
        f"Roles: {'; '.join(roles) or 'neither money, consent nor favourite category'}.",
    ]


def _try(folder: Path, settings: TableSettings) -> str:
    try:
        customers = read_customers(folder, settings, "pandas").quality.customers
    except UserError as error:
        return f"The exports cannot be used as they are yet: {error}"
    return f"{customers.kept} of {customers.read} customers can be used; set aside: {customers.quarantined}."
