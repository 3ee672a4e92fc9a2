"""What happens to cells: one, some or all of a column."""

import random
from collections.abc import Callable

from .sheets import Kind, Sheet, Spoilt

Change = Callable[[str, Sheet, random.Random], str]
_LATIN = {"е": "e", "о": "o", "а": "a", "с": "c", "р": "p", "у": "y", "х": "x"}
_MONTHS = ("янв", "фев", "мар", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_EMPTY = ("", " ", "NULL", "NA", "nan", "NaN", "#N/A", "N/A", "\xa0", "null")
_NOTHING = ("-", "—", "нет данных", "н/д", "#Н/Д", "?", "None", "none", ".", "''", "NIL", "пусто", "<NA>", "-nan")
_ERRORS = (
    "#REF!",
    "#VALUE!",
    "#DIV/0!",
    "#ИМЯ?",
    "#ЗНАЧ!",
    "#NAME?",
    "######",
    "#NUM!",
    "=A2+B2",
    "=СУММ(B2:B9)",
    "+A1",
    "@x",
)


def cells(change: Change, sort: str, named: bool = True) -> Callable[[Sheet, random.Random], Spoilt]:
    """Change one cell, some or all of a column of this sort."""

    def pollute(sheet: Sheet, rng: random.Random) -> Spoilt:
        rows, at = [list(row) for row in sheet.rows], rng.choice(sheet.having(sort))
        every = range(1, len(rows))
        chosen = rng.choice(
            [[rng.choice(every)], [rng.choice(every)], rng.sample(every, len(every) // 10), list(every)]
        )
        for row in chosen:
            rows[row][at] = change(rows[row][at], sheet, rng)
        changed = [row for row in sorted(chosen) if rows[row][at] != sheet.rows[row][at]]
        column = sheet.rows[0][at] if named else None
        return Spoilt(sheet.write(rows), tuple(row + 1 for row in changed) if named else (), column)

    return pollute


def _pick(*texts: str) -> Change:
    return lambda text, sheet, rng: rng.choice(texts)


def _around(*marks: tuple[str, str]) -> Change:
    def change(text: str, sheet: Sheet, rng: random.Random) -> str:
        before, after = rng.choice(marks)
        return before + text + after

    return change


def _within(*marks: str) -> Change:
    """Put a mark somewhere into the cell, where it does not part a number's digits from nothing."""

    def change(text: str, sheet: Sheet, rng: random.Random) -> str:
        at = rng.randrange(len(text) + 1)
        return text[:at] + rng.choice(marks) + text[at:]

    return change


def _other_mark(text: str, sheet: Sheet, rng: random.Random) -> str:
    other = "," if sheet.decimal == "." else "."
    return text.replace(sheet.decimal, other) if sheet.decimal in text else text + other + "5"


def _mark_lost(text: str, sheet: Sheet, rng: random.Random) -> str:
    return text.replace(sheet.decimal, "") if sheet.decimal in text else f"{text[:-1]}{sheet.decimal}{text[-1]}"


def _thousands(text: str, sheet: Sheet, rng: random.Random) -> str:
    whole, mark, rest = text.partition(sheet.decimal)
    group = rng.choice([" ", "\xa0", "\u202f", "'", "," if sheet.decimal == "." else ".", "’"])
    return f"{whole[:-3]}{group}{whole[-3:]}{mark}{rest}" if len(whole) > 3 else f"1{group}{whole.zfill(3)}{mark}{rest}"


def _thousands_as_mark(text: str, sheet: Sheet, rng: random.Random) -> str:
    return f"{text[0]}{sheet.decimal}{text.replace(sheet.decimal, '')[1:4].ljust(3, '0')}"


def _date(text: str, sheet: Sheet, rng: random.Random) -> str:
    month, day = rng.randrange(12), rng.randrange(1, 29)
    return rng.choice(
        [
            f"{day:02}.{_MONTHS[month]}",
            f"{_MONTHS[month]}.{day:02}",
            f"{day:02}.{month + 1:02}.2024",
            f"{day}-Jan",
            f"2024-{month + 1:02}-{day:02}",
            f"{month + 1}/{day}/2024",
            f"{day}:{month:02}:00",
            f"2024-{month + 1:02}-{day:02} 00:00:00",
        ]
    )


def _scientific(text: str, sheet: Sheet, rng: random.Random) -> str:
    value = float(text.replace(sheet.decimal, "."))
    return f"{value:.{rng.choice([0, 1, 2])}E}".replace(".", sheet.decimal)


def _exactly_scientific(text: str, sheet: Sheet, rng: random.Random) -> str:
    return f"{float(text.replace(sheet.decimal, '.')):.9e}".replace(".", sheet.decimal)


def _id_otherwise(text: str, sheet: Sheet, rng: random.Random) -> str:
    return rng.choice(
        [f"{text}.0", f"{text},00", f"00{text}", f"{text[:-3]} {text[-3:]}", f"{text[:-3]}\xa0{text[-3:]}", f"{text}. "]
    )


def _id_spoilt(text: str, sheet: Sheet, rng: random.Random) -> str:
    return rng.choice(
        [
            f"{float(text):.0E}",
            f"{float(text):.3E}",
            f"№{text}",
            f"'{text}",
            f"{text[:-3]},{text[-3:]}",
            f"ID {text}",
            text.replace("0", "O"),
            text.replace("0", "О"),
            f"{text}.5",
            hex(int(text)),
            f"{text}L",
            f"{text[:3]}-{text[3:]}",
            f"{text}.000",
            f"{text[:-3]}.{text[-3:]}",
            f"{text}/1",
            f"{text}\u0301",
            "９" + text[1:],
        ]
    )


def _id_changed(text: str, sheet: Sheet, rng: random.Random) -> str:
    at = rng.randrange(len(text))
    return rng.choice(
        [
            text[:at] + rng.choice("123456789") + text[at + 1 :],
            text[:-1],
            text[1:],
            f"-{text}",
            f"{text}0",
            "0",
            "",
            rng.choice(sheet.rows[1:])[0],
            "9" * 19,
            "-0",
        ]
    )


def _ids_of_another_shop(text: str, sheet: Sheet, rng: random.Random) -> str:
    return str(int(text) + 7_000_000)


def _digits(text: str, sheet: Sheet, rng: random.Random) -> str:
    zero = rng.choice("٠०０۰")
    return "".join(chr(ord(zero) + int(letter)) if letter.isdecimal() else letter for letter in text)


def _negative(text: str, sheet: Sheet, rng: random.Random) -> str:
    return rng.choice([f"-{text}9", f"\u2212{text}", f"({text})", f"{text}-", f"–{text}", f"- {text}", f"-{text}1"])


def _huge(text: str, sheet: Sheet, rng: random.Random) -> str:
    return rng.choice(
        [
            "1e18",
            "1E+18",
            "9" * 17,
            "9" * 400,
            "1e308",
            "1e999",
            "inf",
            "-inf",
            "Infinity",
            "20240601",
            "999999999",
        ]
    )


def _serial_date(text: str, sheet: Sheet, rng: random.Random) -> str:
    return str(rng.randrange(45_000, 46_000))


def _other_digit(text: str, sheet: Sheet, rng: random.Random) -> str:
    at = rng.choice([at for at, letter in enumerate(text) if letter.isdecimal()])
    return text[:at] + rng.choice("0123456789") + text[at + 1 :]


def _latin(text: str, sheet: Sheet, rng: random.Random) -> str:
    here = [letter for letter in text if letter in _LATIN]
    return text.replace(letter := rng.choice(here), _LATIN[letter], 1) if here else f"{text}x"


def _yo(text: str, sheet: Sheet, rng: random.Random) -> str:
    return text.replace("е", "ё", 1)


def _dressed(text: str, sheet: Sheet, rng: random.Random) -> str:
    return rng.choice(
        [
            text.upper(),
            text.title(),
            f" {text}",
            f"{text}  ",
            f"\xa0{text}",
            f"{text}\u200b",
            text.replace(" ", "\xa0"),
            f"{text[:2]}\u00ad{text[2:]}",
            text.swapcase(),
            f"{text}\t",
        ]
    )


def _misspelt(text: str, sheet: Sheet, rng: random.Random) -> str:
    at = rng.randrange(len(text))
    return rng.choice(
        [text[:at] + text[at + 1 :], text[:at] + "ъ" + text[at:], f"{text}.", f"{text} 2", text.replace("а", "4") + "!"]
    )


def _translated(text: str, sheet: Sheet, rng: random.Random) -> str:
    return rng.choice(
        ["Dropped", "premium", "yes", "no", "1", "0", "true", "Kids", "current_month", "2024-05", "май", "5"]
    )


def _number_for_label(text: str, sheet: Sheet, rng: random.Random) -> str:
    return str(rng.randrange(1000))


def _of_another_row(text: str, sheet: Sheet, rng: random.Random) -> str:
    at = next(at for row in sheet.rows[1:] for at, cell in enumerate(row) if cell == text)
    return rng.choice(sheet.rows[1:])[at]


_UNITS = _around(
    ("", " руб."),
    ("", "%"),
    ("$", ""),
    ("", "₽"),
    ("~", ""),
    ("", " шт"),
    ("<", ""),
    ("", "*"),
    ("", "*2"),
    ("", "к"),
    ("'", ""),
)
_INVISIBLE = _within("\u00ad", "\u200b", "\u200e", "\u2060", "\ufeff")
_KINDS: list[tuple[str, Change, str, bool, bool]] = [  # name, change, sort of column, must name its place, unknowable
    ("the other decimal mark", _other_mark, "number", True, False),
    ("thousands apart", _thousands, "number", True, False),
    ("units, currencies, percent signs", _UNITS, "number", True, False),
    ("numbers as dates", _date, "number", True, False),
    (
        "letters or words for numbers",
        _pick("пять", "abc", "O", "l2", "5 или 6", "1..5", "1,2,3", "--5", "5e", "0x1F", "1_000", "½", "TRUE"),
        "number",
        True,
        False,
    ),
    ("numbers in other digits", _digits, "number", True, False),
    ("negative numbers", _negative, "number", True, True),
    ("1e18, infinity, dates without points", _huge, "number", True, False),
    ("exact scientific notation", _exactly_scientific, "number", True, False),
    ("scientific notation that rounds", _scientific, "number", True, False),
    ("serial numbers of dates", _serial_date, "number", True, True),
    ("thousands read as a decimal mark", _thousands_as_mark, "number", True, True),
    ("a decimal mark lost or moved", _mark_lost, "number", True, True),
    ("a digit for a digit", _other_digit, "number", True, True),
    ("a cell of another row", _of_another_row, "number", True, True),
    ("a label of another row", _of_another_row, "label", True, True),
    ("ids otherwise written", _id_otherwise, "id", True, False),
    ("ids spoilt", _id_spoilt, "id", True, False),
    ("ids changed", _id_changed, "id", True, False),
    ("ids of another shop", _ids_of_another_shop, "id", False, False),
    ("ids in other digits", _digits, "id", True, False),
    ("empty cells", _pick(*_EMPTY), "any", False, False),
    ("words for nothing", _pick(*_NOTHING), "any", True, False),
    ("errors and formulas of a spreadsheet", _pick(*_ERRORS), "any", True, False),
    ("invisible characters within", _INVISIBLE, "any", True, False),
    (
        "blanks around",
        _around((" ", ""), ("", " "), ("\xa0", ""), ("", "\xa0"), ("\t", " "), ("", "\u3000")),
        "any",
        True,
        False,
    ),
    ("blanks within", _within(" ", "\xa0", "\u2009"), "any", True, True),
    ("combining marks and symbols", _within("\u0301", "☺", "\U0001f600", "\x01", "\x7f", "|", "/"), "any", True, False),
    ("labels in other case or with blanks", _dressed, "label", True, False),
    ("labels with Latin letters", _latin, "label", True, False),
    ("labels with ё for е", _yo, "label", True, False),
    ("labels misspelt", _misspelt, "label", True, False),
    ("labels of another language", _translated, "label", True, False),
    ("numbers for labels", _number_for_label, "label", True, False),
    (
        "text that is code",
        _pick("<script>alert(1)</script>", "{value}", "{0}", "%s", "'; DROP TABLE x", "$(id)", "\\n", "{{7*7}}"),
        "any",
        True,
        False,
    ),
    ("very long cells", _pick("9" * 5000, "x" * 40_000, "я" * 3000), "any", True, False),
]
_WITH_LABELS = ("market_file.csv", "market_money.csv", "market_time.csv")
KINDS = [
    Kind("cells", name, cells(change, sort, named), unknowable, _WITH_LABELS if sort == "label" else ())
    for name, change, sort, named, unknowable in _KINDS
]
