"""What happens to whole columns, and to the months of a monthly table."""

import random
from collections.abc import Callable

from .sheets import Kind, Sheet, Spoilt, is_number

Make = Callable[[Sheet, random.Random], Spoilt]
_MONTHLY = ("market_money.csv", "market_time.csv")


def _column(change: Callable[[list[str], Sheet, random.Random], list[str]], sort: str) -> Make:
    """Change the cells of one column as a whole."""

    def pollute(sheet: Sheet, rng: random.Random) -> Spoilt:
        at = rng.choice(sheet.having(sort))
        made = change([row[at] for row in sheet.rows[1:]], sheet, rng)
        rows = [[*row[:at], cell, *row[at + 1 :]] for row, cell in zip(sheet.rows[1:], made, strict=True)]
        return Spoilt(sheet.write([sheet.rows[0], *rows]))

    return pollute


def _times(*factors: float) -> Callable[[list[str], Sheet, random.Random], list[str]]:
    def change(cells: list[str], sheet: Sheet, rng: random.Random) -> list[str]:
        factor = rng.choice(factors)
        values = [float(cell.replace(sheet.decimal, ".")) * factor for cell in cells]
        return [f"{value:.10g}".replace(".", sheet.decimal) for value in values]

    return change


def _shifted(cells: list[str], sheet: Sheet, rng: random.Random) -> list[str]:
    by = rng.choice([1, 1, -1, 2, 7])
    return [*cells[by:], *cells[:by]]


def _moved_up(cells: list[str], sheet: Sheet, rng: random.Random) -> list[str]:
    at, many = rng.choice([0, rng.randrange(len(cells) - 5)]), rng.choice([1, 1, 3])
    return [*cells[:at], *cells[at + many :], *[""] * many]


def _moved_down(cells: list[str], sheet: Sheet, rng: random.Random) -> list[str]:
    many = rng.choice([1, 1, 3])
    return [*[""] * many, *cells[:-many]]


def _sorted(cells: list[str], sheet: Sheet, rng: random.Random) -> list[str]:
    order = (lambda cell: float(cell.replace(sheet.decimal, "."))) if is_number(cells[0], sheet.decimal) else None
    return sorted(cells, key=order, reverse=rng.random() < 0.5)


def _shuffled(cells: list[str], sheet: Sheet, rng: random.Random) -> list[str]:
    return rng.sample(cells, len(cells))


def _filled(cells: list[str], sheet: Sheet, rng: random.Random) -> list[str]:
    return [rng.choice([cells[0], cells[0], "0"])] * len(cells)


def _two_columns_swapped(sheet: Sheet, rng: random.Random) -> Spoilt:
    first, second = rng.sample(range(len(sheet.rows[0])), 2)
    header = list(sheet.rows[0])
    header[first], header[second] = header[second], header[first]
    return Spoilt(sheet.write([header, *sheet.rows[1:]]))


def _two_cells_swapped(same_row: bool) -> Make:
    def pollute(sheet: Sheet, rng: random.Random) -> Spoilt:
        rows = [list(row) for row in sheet.rows]
        first, second = rng.sample(range(1, len(rows)), 2)
        one, other = rng.sample(range(len(rows[0])), 2)
        if same_row:
            rows[first][one], rows[first][other] = rows[first][other], rows[first][one]
        else:
            rows[first][one], rows[second][one] = rows[second][one], rows[first][one]
        return Spoilt(sheet.write(rows))

    return pollute


def _periods(change: Callable[[list[str], list[str], random.Random], list[str | None]]) -> Make:
    """Change the column of periods; a row without one is dropped."""

    def pollute(sheet: Sheet, rng: random.Random) -> Spoilt:
        cells = [row[1] for row in sheet.rows[1:]]
        made = change(cells, sorted(set(cells)), rng)
        rows = [
            [row[0], period, *row[2:]] for row, period in zip(sheet.rows[1:], made, strict=True) if period is not None
        ]
        return Spoilt(sheet.write([sheet.rows[0], *rows]))

    return pollute


def _one_missing(cells: list[str], known: list[str], rng: random.Random) -> list[str | None]:
    month, share = rng.choice(known), rng.choice([1.0, 0.5, 0.02])
    return [None if cell == month and rng.random() < share else cell for cell in cells]


def _one_renamed(cells: list[str], known: list[str], rng: random.Random) -> list[str | None]:
    month, share = rng.choice(known), rng.choice([1.0, 0.5, 0.02])
    to = rng.choice([*known, "июнь", "2024-06", "следующий_месяц"])
    return [to if cell == month and rng.random() < share else cell for cell in cells]


def _two_exchanged(cells: list[str], known: list[str], rng: random.Random) -> list[str | None]:
    one, other = rng.sample(known, 2)
    return [{one: other, other: one}.get(cell, cell) for cell in cells]


def _month_doubled(sheet: Sheet, rng: random.Random) -> Spoilt:
    month = rng.choice(sheet.rows[1:])[1]
    again = [row for row in sheet.rows[1:] if row[1] == month][: rng.choice([1, 10, 10_000])]
    return Spoilt(sheet.write(sheet.rows + again))


def _other_content(sheet: Sheet, rng: random.Random) -> Spoilt:
    others = {"market_money.csv": "id,Период,Выручка", "market_time.csv": "id,Период,минут", "money.csv": "id;Прибыль"}
    name = rng.choice([name for name in others if name != sheet.name])
    return Spoilt(others[name] + sheet.end + sheet.join(sheet.lines()[1:]), (1,))


KINDS = [
    Kind("columns", "a column × 1000, × 100 or × 10", _column(_times(1000, 100, 10), "number")),
    Kind("columns", "a column ÷ 1000, ÷ 100 or ÷ 10", _column(_times(0.001, 0.01, 0.1), "number")),
    Kind("columns", "a column of changed signs", _column(_times(-1), "number")),
    Kind("columns", "a column shifted alone", _column(_shifted, "any"), unknowable=True),
    Kind("columns", "a cell deleted, those below moved up", _column(_moved_up, "any")),
    Kind("columns", "a cell inserted, those below moved down", _column(_moved_down, "any")),
    Kind("columns", "a column of numbers sorted alone", _column(_sorted, "number")),
    Kind("columns", "a column of labels or ids sorted alone", _column(_sorted, "no number"), unknowable=True),
    Kind("columns", "a column shuffled alone", _column(_shuffled, "any"), unknowable=True),
    Kind("columns", "a column filled with one value", _column(_filled, "any")),
    Kind("columns", "two columns swapped", _two_columns_swapped, unknowable=True),
    Kind("columns", "two cells of a row swapped", _two_cells_swapped(True), unknowable=True),
    Kind("columns", "two cells of a column swapped", _two_cells_swapped(False), unknowable=True),
    Kind("columns", "a month missing", _periods(_one_missing), tables=_MONTHLY),
    Kind("columns", "a month under another name", _periods(_one_renamed), tables=_MONTHLY),
    Kind("columns", "two months exchanged", _periods(_two_exchanged), unknowable=True, tables=_MONTHLY),
    Kind("columns", "a month twice", _month_doubled, tables=_MONTHLY),
    Kind("columns", "another table's header and rows", _other_content),
]
