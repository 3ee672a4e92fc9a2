"""Which columns are money, consent and favourite category; which are months of one measure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from retention.adoption.features import Found
from retention.adoption.keys import MOST_MONTHS, KeyedFile
from retention.adoption.labels import Ask
from retention.adoption.lexicon import has_hint, make_name, make_title
from retention.adoption.periods import find_wide
from retention.errors import UserError, name_nearest
from retention.tables.columns import PROFIT
from retention.tables.mending import fold
from retention.tables.roles import Role

_FEW_EMPTY = 0.02  # of the customers: a column with more empty cells gets no role without being named
_AGO = (
    ("current", "текущий месяц", "this month"),
    ("previous", "прошлый месяц", "last month"),
    ("before_previous", "позапрошлый месяц", "two months ago"),
)
_KINDS: dict[Role, str] = {"money": "number", "consent": "boolean", "favourite_category": "category"}
_OPTIONS: dict[Role, str] = {"money": "money", "consent": "consent", "favourite_category": "favourite"}
NONE = "none"  # what names no column


@dataclass(frozen=True)
class Adopted:
    """A column of the shop as it is to be declared."""

    name: str  # its canonical name
    keyed: KeyedFile  # where it comes from
    found: Found  # what it holds
    title: tuple[str, str]  # its label, Russian and English
    role: Role = "feature"
    months_ago: int | None = None  # of a month of a measure
    measure: str = ""  # the measure, if it is a month of one
    notes: tuple[str, ...] = ()  # what decided its role or its month


def name_columns(keyed: KeyedFile, founds: Sequence[Found], earlier: Sequence[Adopted]) -> list[Adopted]:
    """Return the columns of a file under names that no earlier column has; months side by side are a series."""
    columns: list[Adopted] = []
    taken = [name for column in earlier for name in (column.name, f"{column.measure}_{_AGO[0][0]}")]
    wide = {} if keyed.months else find_wide(found.header for found in founds if found.kind == "number")
    for found in founds:
        apart = (item for item in wide.items() if [found.header] in item[1].spellings)
        stem, months = next(apart, (found.header, keyed.months))
        stem = stem or keyed.file.name.rpartition(".")[0]
        title = make_title(stem)
        if months:
            places = range(len(months.back))[:MOST_MONTHS] if keyed.months else [months.spellings.index([found.header])]
            note = () if keyed.months or months.sure else ("the order of the months is a guess # confirm",)
            measure = _name_measure(stem, keyed, taken)
            base = Adopted("", keyed, found, (title, title), measure=measure, notes=note)
            columns += [_date(base, at, months.back[at]) for at in places]
        else:
            if any(column.found.header == found.header for column in earlier):  # of another file
                title += f" ({keyed.file.name.rpartition('.')[0]})"
            names = [*taken, *(column.name for column in columns)]
            columns.append(Adopted(make_name(stem, names, "column"), keyed, found, (title, title)))
    return columns


def _name_measure(header: str, keyed: KeyedFile, taken: Sequence[str]) -> str:
    measure = make_name(header, (), "measure")
    if f"{measure}_{_AGO[0][0]}" not in taken:
        return measure
    return make_name(f"{measure} {keyed.file.name.rpartition('.')[0]}", (), "measure")


def _date(column: Adopted, place: int, ago: int) -> Adopted:
    """Return a column as the month of its measure that was so many months ago; the settings count months by place."""
    name, ru, en = _AGO[ago] if ago < len(_AGO) else (f"{ago}_months_ago", f"{ago} мес. назад", f"{ago} months ago")
    title = (f"{column.title[0]}, {ru}", f"{column.title[1]}, {en}")
    gap = (f"later months are absent: `months_ago` is its place among those there, {place} # confirm",)
    notes = column.notes if place == ago else (*column.notes, *gap)
    return replace(column, name=f"{column.measure}_{name}", title=title, months_ago=place, notes=notes)


def give_roles(columns: Sequence[Adopted], named: Mapping[Role, str | None], ask: Ask | None) -> list[Adopted]:
    """Return the columns with the roles money, consent and favourite category.

    A role goes to the column that the user names, else to the one whose header speaks of it most; of equals, to none.
    The user names headers, or `NONE`; one that is not there or cannot have the role is a `UserError`. `ask` asks a
    person where a header speaks of a role, and is None without a terminal.
    """
    given = list(columns)
    for role, header in named.items():
        alone = [column for column in given if column.role == "feature" and column.months_ago is None]
        rates = {column.found.header: rate for column in alone if (rate := _rate(role, column))}
        if header is None and ask and rates:
            header = ask(f"Which column is the {role.replace('_', ' ')}?", [*rates, NONE])
        best = [name for name, rate in rates.items() if rate == max(rates.values())]
        chosen = header or (best[0] if len(best) == 1 else NONE)
        if fold(chosen) == NONE:
            continue
        column = _find_named(role, chosen, alone)
        guess = f"a guess by its header: --{_OPTIONS[role]} COLUMN, or {NONE} # confirm"
        note = f"named by --{_OPTIONS[role]}" if header else guess
        name = PROFIT if role == "money" else column.name
        given[given.index(column)] = replace(column, role=role, name=name, notes=(*column.notes, note))
    return given


def _find_named(role: Role, header: str, columns: Sequence[Adopted]) -> Adopted:
    column = next((column for column in columns if fold(column.found.header) == fold(header)), None)
    if column is None:
        near = name_nearest(header, [column.found.header for column in columns])
        raise UserError(f'--{_OPTIONS[role]} "{header}": there is no usable column of this name{near}.')
    if column.found.kind != _KINDS[role]:
        raise UserError(f'--{_OPTIONS[role]} "{header}": it holds a {column.found.kind} and not a {_KINDS[role]}.')
    return column


def _rate(role: Role, column: Adopted) -> int:
    """Return how much a header speaks of a role; a share is no money, and what is often empty has no role."""
    found = column.found
    if found.kind != _KINDS[role] or found.empty > _FEW_EMPTY * len(column.keyed.ids):
        return 0
    if role == "money":
        monthly = has_hint(found.header, "monthly")
        is_profit = has_hint(found.header, "profit")
        return 0 if found.high else (2 + monthly if is_profit else int(monthly and has_hint(found.header, "money")))
    if role == "consent":
        return int(has_hint(found.header, "consent") and not has_hint(found.header, "refusal"))
    return has_hint(found.header, "category") * (1 + 2 * has_hint(found.header, "favourite"))
