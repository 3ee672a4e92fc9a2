"""Exports of any shop to its settings: reads, decides, and says what was seen."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from retention.adoption.features import Found, describe_column
from retention.adoption.files import read_files
from retention.adoption.keys import KeyedFile, find_keys
from retention.adoption.labels import Ask, choose_label, drop_leak
from retention.adoption.roles import Adopted, give_roles, name_columns
from retention.adoption.sections import (
    Said,
    Section,
    build_offers,
    build_reasons,
    build_segments,
    build_tables,
    name_unit,
)
from retention.adoption.writing import write_yaml
from retention.errors import UserError
from retention.tables.columns import TARGET
from retention.tables.customers import read_customers
from retention.tables.roles import FeatureKind, Role
from retention.tables.settings import TableSettings

_HEAD = """\
# @package _global_
# Written by `retention adopt`; what it guessed is marked `confirm` in the files of the folder beside.
defaults:
  - {name}/tables@tables
  - {name}/segments@segment
  - {name}/offers@offer
  - {name}/reasons@reason
  - _self_

"""


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
    founds = [(item, drop_leak(item, found, target)) for item, found in founds if not target.is_of(item, found)]
    columns: list[Adopted] = []
    for item in used:
        kept = [found for other, found in founds if other is item and found.kind]
        columns += name_columns(item, kept, columns)
    if not columns:
        raise UserError(f'{folder} says nothing of its customers but "{target.header}": export what they do as well.')
    columns = give_roles(columns, roles, ask)
    aside = [(item.file.name, found) for item, found in founds if not found.kind]
    tables, said = build_tables(used, columns, target, aside)
    files = _write_files(name, tables, said, columns, len(used[0].ids))
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


def _write_files(name: str, tables: Section, said: Said, columns: Sequence[Adopted], customers: int) -> dict[str, str]:
    money = next((column for column in columns if column.role == "money"), None)
    cost = _choose_cost(money)
    unit: Section = name_unit(money.found) if money else {"ru": "контактов", "en": "contacts"}
    plan: Section = {"budget": float(f"{cost * customers * 0.1:.2g}"), "money": {"unit": unit}}
    budget = "enough to contact a tenth of the customers, in the unit of the offers' costs # confirm"
    offers: Said = {
        ("personal_offer", "cost"): "of a contact: a fiftieth of the usual profit, or 1 without money # confirm",
        ("personal_offer", "effect"): "an assumption # confirm",
    }
    actionable = "How a customer's value is said. `actionable`: whether the shop can do something about it. # confirm"
    return {
        f"{name}.yaml": _HEAD.format(name=name) + write_yaml({"plan": plan}, {("plan", "budget"): budget}),
        f"{name}/tables.yaml": write_yaml(tables, {(): "How the exports are read; beside it what was seen.", **said}),
        f"{name}/segments.yaml": write_yaml(build_segments(columns), {(): "A beginning: groups by risk and role."}),
        f"{name}/offers.yaml": write_yaml(build_offers(columns, cost), {(): "A beginning: one example.", **offers}),
        f"{name}/reasons.yaml": write_yaml(build_reasons(columns), {(): actionable}),
    }


def _choose_cost(money: Adopted | None) -> float:
    """Return a fiftieth of the usual profit as the cost of a contact; 1 where customers are counted."""
    if money is None:
        return 1.0
    usual = money.keyed.file.cells[money.found.header].map(money.keyed.file.numerals.parse).abs().median()
    return float(f"{usual / 50:.1g}") or 0.01


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
    return f"{customers.kept} of {customers.read} customers can be used; {customers.quarantined} are set aside."
