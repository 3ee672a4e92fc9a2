"""What happens to rows, headers and quotes."""

import random
from collections.abc import Callable

from .sheets import Kind, Rows, Sheet, Spoilt

_OTHERS = {"е": "e", "о": "o", "а": "a", "с": "c", "р": "p", "у": "y", "х": "x", "i": "і"}
"""Cyrillic letters and the Latin ones that look the same (of the id's header, the other way round)."""
Make = Callable[[Sheet, random.Random], Spoilt]


def _copy(sheet: Sheet) -> Rows:
    return [list(row) for row in sheet.rows]


def _any_row(sheet: Sheet, rng: random.Random) -> int:
    return rng.randrange(1, len(sheet.rows))


def _on_line(change: Callable[[str, Sheet, random.Random], str], header: bool = False, named: bool = True) -> Make:
    """Change one line, the header or another."""

    def pollute(sheet: Sheet, rng: random.Random) -> Spoilt:
        lines, at = sheet.lines(), 0 if header else _any_row(sheet, rng)
        lines[at] = change(lines[at], sheet, rng)
        return Spoilt(sheet.join(lines), (at + 1,) if named else ())

    return pollute


def _inserted(make: Callable[[Sheet, random.Random], list[str]], place: str) -> Make:
    """Add lines at the top, at the bottom or anywhere."""

    def pollute(sheet: Sheet, rng: random.Random) -> Spoilt:
        lines, more = sheet.lines(), make(sheet, rng)
        at = {"top": 0, "bottom": len(lines), "within": _any_row(sheet, rng)}[place]
        return Spoilt(sheet.join([*lines[:at], *more, *lines[at:]]), tuple(range(at + 1, at + 1 + len(more))))

    return pollute


def _on_header(change: Callable[[str, random.Random], str]) -> Make:
    def pollute(sheet: Sheet, rng: random.Random) -> Spoilt:
        rows, at = _copy(sheet), rng.randrange(len(sheet.rows[0]))
        rows[0][at] = change(rows[0][at], rng)
        return Spoilt(sheet.write(rows), (1,), sheet.rows[0][at])

    return pollute


def _another_separator(sheet: Sheet, rng: random.Random) -> Spoilt:
    other = rng.choice([mark for mark in ",;\t|:" if mark != sheet.separator])
    return Spoilt(sheet.write(separator=other), (1,))


def _resplit(line: str, sheet: Sheet, rng: random.Random) -> str:
    return line.replace(sheet.separator, rng.choice([mark for mark in ",;\t| " if mark != sheet.separator]))


def _one_more(line: str, sheet: Sheet, rng: random.Random) -> str:
    cells = line.split(sheet.separator)
    cells.insert(rng.randrange(len(cells) + 1), "")
    return sheet.separator.join(cells)


def _one_fewer(line: str, sheet: Sheet, rng: random.Random) -> str:
    cells = line.split(sheet.separator)
    at = rng.randrange(1, len(cells))
    return sheet.separator.join([*cells[: at - 1], cells[at - 1] + rng.choice(["", " "]) + cells[at], *cells[at + 1 :]])


def _cells_lost(line: str, sheet: Sheet, rng: random.Random) -> str:
    cells = line.split(sheet.separator)
    return sheet.separator.join(cells[: rng.randrange(1, len(cells))])


def _moved_right(line: str, sheet: Sheet, rng: random.Random) -> str:
    cells = line.split(sheet.separator)
    at = rng.randrange(len(cells))
    return sheet.separator.join([*cells[:at], "", *cells[at:-1]])


def _split_in_two(line: str, sheet: Sheet, rng: random.Random) -> str:
    at = rng.randrange(1, len(line))
    return line[:at] + sheet.end + line[at:]


def _joined(sheet: Sheet, rng: random.Random) -> Spoilt:
    lines, at = sheet.lines(), rng.randrange(1, len(sheet.rows) - 1)
    joined = lines[at] + rng.choice(["", " ", sheet.separator]) + lines[at + 1]
    return Spoilt(sheet.join([*lines[:at], joined, *lines[at + 2 :]]), (at + 1,))


def _quote(where: str) -> Callable[[str, Sheet, random.Random], str]:
    def change(line: str, sheet: Sheet, rng: random.Random) -> str:
        cells = line.split(sheet.separator)
        at, mark = rng.randrange(len(cells)), rng.choice(['"', '"', "'", "«", "“"])
        if where == "stray":
            place = rng.choice([0, rng.randrange(len(cells[at]) + 1), len(cells[at])])
            cells[at] = cells[at][:place] + '"' + cells[at][place:]
        elif where == "cell":
            cells[at] = f"{mark}{cells[at]}{ {'«': '»', '“': '”'}.get(mark, mark) }"
        else:
            cells = [f"{mark}{line}{mark}"]
        return sheet.separator.join(cells)

    return change


def _all_quoted(sheet: Sheet, rng: random.Random) -> Spoilt:
    return Spoilt(sheet.join([sheet.separator.join(f'"{cell}"' for cell in row) for row in sheet.rows]))


def _two_strays(sheet: Sheet, rng: random.Random) -> Spoilt:
    rows = _copy(sheet)
    first = rng.randrange(1, len(rows) - 1)
    second = min(len(rows) - 1, first + rng.choice([1, 1, 2, 30]))
    for at, before in ((first, True), (second, rng.random() < 0.5)):
        column = rng.randrange(len(rows[at]))
        rows[at][column] = f'"{rows[at][column]}' if before else f'{rows[at][column]}"'
    return Spoilt(sheet.join([sheet.separator.join(row) for row in rows]))


def _break_in_quotes(sheet: Sheet, rng: random.Random) -> Spoilt:
    rows, at = _copy(sheet), _any_row(sheet, rng)
    column = rng.randrange(len(rows[0]))
    place = rng.randrange(len(rows[at][column]) + 1)
    rows[at][column] = rows[at][column][:place] + rng.choice(["\n", "\r\n", "\r"]) + rows[at][column][place:]
    return Spoilt(sheet.write(rows))


def _column_added(sheet: Sheet, rng: random.Random) -> Spoilt:
    at = rng.randrange(len(sheet.rows[0]) + 1)
    title, cell = rng.choice(["", "Unnamed: 0", "примечание", "№"]), rng.choice(["", "x", 'a "b"', "да, звонили"])
    return Spoilt(sheet.write([[*row[:at], cell if n else title, *row[at:]] for n, row in enumerate(sheet.rows)]))


def _column_doubled(sheet: Sheet, rng: random.Random) -> Spoilt:
    at = rng.randrange(len(sheet.rows[0]))
    return Spoilt(sheet.write([[*row, row[at]] for row in sheet.rows]), (1,), sheet.rows[0][at])


def _column_lost(sheet: Sheet, rng: random.Random) -> Spoilt:
    at = rng.randrange(len(sheet.rows[0]))
    return Spoilt(sheet.write([[*row[:at], *row[at + 1 :]] for row in sheet.rows]), (1,), sheet.rows[0][at])


def _columns_moved(sheet: Sheet, rng: random.Random) -> Spoilt:
    order = rng.sample(range(len(sheet.rows[0])), len(sheet.rows[0]))
    return Spoilt(sheet.write([[row[at] for at in order] for row in sheet.rows]))


def _headers_moved(sheet: Sheet, rng: random.Random) -> Spoilt:
    header = rng.sample(sheet.rows[0], len(sheet.rows[0]))
    return Spoilt(sheet.write([header, *sheet.rows[1:]]))


def _look_alike(text: str, rng: random.Random) -> str:
    here = [letter for letter in text if letter in _OTHERS]
    return text.replace(letter := rng.choice(here), _OTHERS[letter], 1) if here else text + "_"


def _yo(text: str, rng: random.Random) -> str:
    return text.replace("е", "ё", 1) if "е" in text else text.upper()


def _misspelt(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text))
    return text[:at] + rng.choice(["", "ъ", "x", text[at] * 2]) + text[at + 1 :]


def _in_other_dress(text: str, rng: random.Random) -> str:
    return rng.choice(
        [text.upper(), f" {text} ", f"{text}\xa0", f"\u200b{text}", text.replace(" ", "  "), text.lower()]
    )


def _rows_again(sheet: Sheet, rng: random.Random) -> Spoilt:
    rows = _copy(sheet)
    for row in rng.sample(rows[1:], rng.choice([1, 5, 30])):
        rows.insert(rng.randrange(1, len(rows) + 1), row)
    return Spoilt(sheet.write(rows))


def _file_again(sheet: Sheet, rng: random.Random) -> Spoilt:
    return Spoilt(sheet.write(sheet.rows + sheet.rows[rng.randrange(2) :]))


def _again_but_otherwise(sheet: Sheet, rng: random.Random) -> Spoilt:
    rows, at = _copy(sheet), _any_row(sheet, rng)
    column = rng.randrange(1, len(rows[0]))
    other = list(rows[at])
    other[column] = rng.choice(rows[1:])[column]
    rows.insert(rng.randrange(1, len(rows) + 1), other)
    return Spoilt(sheet.write(rows))


def _rows_lost(sheet: Sheet, rng: random.Random) -> Spoilt:
    rows = _copy(sheet)
    for _ in range(rng.choice([1, 1, 5, 60])):
        rows.pop(rng.randrange(1, len(rows)))
    return Spoilt(sheet.write(rows))


def _rows_shuffled(sheet: Sheet, rng: random.Random) -> Spoilt:
    return Spoilt(sheet.write([sheet.rows[0], *rng.sample(sheet.rows[1:], len(sheet.rows) - 1)]))


def _rows_sorted(sheet: Sheet, rng: random.Random) -> Spoilt:
    at = rng.randrange(len(sheet.rows[0]))
    return Spoilt(
        sheet.write([sheet.rows[0], *sorted(sheet.rows[1:], key=lambda row: row[at], reverse=rng.random() < 0.5)])
    )


def _foreign_rows(sheet: Sheet, rng: random.Random) -> list[str]:
    own = [sheet.rows[_any_row(sheet, rng)][0] for _ in range(3)]
    return rng.choice(
        [
            [f"{key}{sheet.separator}текущий_месяц{sheet.separator}14" for key in own],
            [f"{key};4{sheet.decimal}16" for key in own],
            [",".join([own[0]] * 9)],
        ]
    )


def _top(sheet: Sheet, rng: random.Random) -> list[str]:
    pad = sheet.separator * rng.choice([0, len(sheet.rows[0]) - 1])
    return rng.choice(
        [[f"Выгрузка за май{pad}"], [f"Отчёт{pad}", pad, f"01.06.2024{pad}"], [f"sep={sheet.separator}"], ["# v2"]]
    )


def _bottom(sheet: Sheet, rng: random.Random) -> list[str]:
    width = len(sheet.rows[0])
    total = (
        ["Итого", *["0"] * (width - 1)],
        ["", *["12345"] * (width - 1)],
        [str(len(sheet.rows) - 1), *[""] * (width - 1)],
    )
    lines = [sheet.separator.join(cells) for cells in total]
    return rng.choice(
        [["Выгружено 01.06.2024"], [sheet.separator * (width - 1)], *([line] for line in lines), ["", lines[0]]]
    )


KINDS = [
    Kind("structure", "another separator in the file", _another_separator),
    Kind("structure", "another separator in a row", _on_line(_resplit)),
    Kind("structure", "another separator in the header", _on_line(_resplit, header=True)),
    Kind("structure", "a separator too many", _on_line(_one_more)),
    Kind("structure", "a separator too few", _on_line(_one_fewer)),
    Kind("structure", "a separator too many or too few in the header", _on_line(_one_more, header=True, named=False)),
    Kind("structure", "the end of a row missing", _on_line(_cells_lost)),
    Kind("structure", "cells of a row moved right", _on_line(_moved_right, named=False), unknowable=True),
    Kind("structure", "a row in two lines", _on_line(_split_in_two, named=False)),
    Kind("structure", "two rows in a line", _joined),
    Kind("structure", "a stray quotation mark", _on_line(_quote("stray"), named=False)),
    Kind("structure", "two stray quotation marks", _two_strays),
    Kind("structure", "a cell in quotation marks", _on_line(_quote("cell"))),
    Kind("structure", "a row in quotation marks", _on_line(_quote("row"), named=False)),
    Kind("structure", "every cell in quotation marks", _all_quoted),
    Kind("structure", "a line end in a quoted cell", _break_in_quotes),
    Kind("structure", "a column more", _column_added),
    Kind("structure", "a column twice", _column_doubled),
    Kind("structure", "a column missing", _column_lost),
    Kind("structure", "columns in another order", _columns_moved),
    Kind("structure", "headers in another order than their columns", _headers_moved, unknowable=True),
    Kind("structure", "no header", lambda sheet, _: Spoilt(sheet.write(sheet.rows[1:]), (1,))),
    Kind("structure", "the header again", _inserted(lambda sheet, _: sheet.lines()[:1], "within")),
    Kind("structure", "a header misspelt", _on_header(_misspelt)),
    Kind("structure", "a header in other case or with blanks", _on_header(_in_other_dress)),
    Kind("structure", "a header with Latin letters", _on_header(_look_alike)),
    Kind("structure", "a header with ё for е", _on_header(_yo)),
    Kind("structure", "an empty header", _on_header(lambda *_: "")),
    Kind("structure", "lines above the header", _inserted(_top, "top")),
    Kind("structure", "totals or notes below", _inserted(_bottom, "bottom")),
    Kind("structure", "totals or notes within", _inserted(_bottom, "within")),
    Kind("structure", "rows of another table", _inserted(_foreign_rows, "within")),
    Kind("structure", "rows twice", _rows_again),
    Kind("structure", "a row again with another cell", _again_but_otherwise),
    Kind("structure", "the file twice", _file_again),
    Kind("structure", "rows missing", _rows_lost),
    Kind("structure", "rows shuffled", _rows_shuffled),
    Kind("structure", "rows sorted", _rows_sorted),
]
