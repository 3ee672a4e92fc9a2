"""Exports of any shop to its settings: reads, decides, and says what was seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from retention.adoption.features import Found, describe_column
from retention.adoption.files import read_files
from retention.adoption.keys import KeyedFile, find_keys
from retention.adoption.labels import LEAK, Ask, Label, choose_label, measure_leak
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
from retention.tables.roles import Role
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
    founds = [(item, _check_leak(item, found, target)) for item, found in founds if not _is(target, item, found)]
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
    crowded = [
        f"{item.file.name} has many rows a customer and no month: left out." for item in keyed if item.is_crowded
    ]
    marks = sum(text.count("# confirm") for text in files.values())
    settings = TableSettings.model_validate(tables)
    return Shop(files, (*crowded, *_tell(settings), _try(folder, settings), f"{marks} guesses are marked `# confirm`."))


def _describe(item: KeyedFile) -> list[Found]:
    """Return what the columns of a file hold, the id and the months aside; a monthly file gives numbers only."""
    aside = {item.id_header, item.months.header if item.months else None}
    headers = [str(header) for header in item.file.cells if header not in aside]
    founds = [describe_column(header, item.file.cells[header], item.file.numerals) for header in headers]
    if not item.months:
        return founds
    texts = ("texts, with a row a month",)
    return [found if found.kind in (None, "number") else Found(found.header, None, texts) for found in founds]


def _is(label: Label, item: KeyedFile, found: Found) -> bool:
    return label.keyed is item and label.header == found.header


def _check_leak(item: KeyedFile, found: Found, label: Label) -> Found:
    """Return the column, left out if it says by itself who declined: then it was written afterwards."""
    area = 0.0 if item.months or not found.kind else measure_leak(item, found, label.target)
    if area < LEAK:
        return found
    return replace(found, kind=None, evidence=(f"a leak: ROC-AUC {area:.3f} by itself # confirm",))


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
    columns = settings.columns.values()
    label = settings.columns[TARGET]
    kinds = {
        kind: sum(column.kind == kind for column in columns) for kind in ("number", "category", "boolean", "ordered")
    }
    counted = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count)
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
