"""Which column of each file tells customers apart, and which files have a row a customer and month."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

import pandas as pd

from retention.adoption.files import ExportFile
from retention.adoption.lexicon import has_hint
from retention.adoption.periods import Months, Way, order_periods, read_periods
from retention.errors import UserError
from retention.tables.mending import tidy

_EXTRA_ROWS = 1.05  # rows a customer, up to which a file has a row a customer and some of them twice
_LEAST_SHARE = 0.05  # of the customers of two files, in common
MOST_MONTHS = 12  # of a table with a row a customer and month, older ones are not used
_MOST_PERIODS = 24


@dataclass(frozen=True)
class KeyedFile:
    """A file whose customers are known: the header of the id, the id of every row, and its months, if it has such."""

    file: ExportFile
    id_header: str
    ids: pd.Series
    months: Months | None

    @property
    def is_crowded(self) -> bool:
        """Whether it has many rows a customer and nothing that tells them apart."""
        return self.months is None and len(self.ids) > _EXTRA_ROWS * self.ids.nunique()


def find_keys(files: Sequence[ExportFile]) -> list[KeyedFile]:
    """Find the id that the files share by its values, and the months; the main file comes first.

    That no column tells customers apart, a file shares none of them, or no file has a row a customer is a `UserError`.
    """
    keyed = []
    for whole, header in zip(files, _find_ids(files), strict=True):
        file = whole.drop_totals(header)
        ids = file.cells[header].map(lambda cell: tidy(cell, "integer"))
        keyed.append(KeyedFile(file, header, ids, _find_months(file, header, ids)))
    keyed.sort(
        key=lambda item: (item.months is not None, item.is_crowded, -item.ids.nunique(), -item.file.cells.shape[1])
    )
    main = keyed[0]
    if main.months or main.is_crowded:
        raise UserError(
            f"No file has a row a customer ({main.file.name} has {len(main.ids)} rows for {main.ids.nunique()} values "
            f'of "{main.id_header}"): export a table with one row a customer that says who declined.'
        )
    return keyed


def _find_ids(files: Sequence[ExportFile]) -> list[str]:
    """Return the header of the id in each file: the column of values that the files have in common."""
    values = [
        {str(header): set(map(_bare, file.cells[header].unique())) - {""} for header in file.cells} for file in files
    ]
    best: tuple[float, list[str]] = (-9.0, [])
    stranger = ""
    for at, file in enumerate(files):
        for place, (header, known) in enumerate(values[at].items()):
            if not _tells_apart(file.cells[header], known):
                continue
            found = [
                max(other, key=lambda item: _share(other[item], known) + 0.05 * has_hint(item, "id"))
                for other in values
            ]
            found[at] = header
            shares = [_share(other[item], known) for other, item in zip(values, found, strict=True)]
            if min(shares) < _LEAST_SHARE:
                stranger = stranger or _name_strangers(file, files[shares.index(min(shares))])
                continue
            score = sum(shares) / len(shares) + _suit(header, file.cells[header]) - 0.001 * place
            best = max(best, (score, found), key=lambda item: item[0])
    if not best[1]:
        raise UserError(
            stranger
            or f"No column of {', '.join(file.name for file in files)} tells customers apart: "
            "export the customer's number, or whatever names a customer, with every row."
        )
    return best[1]


def _name_strangers(file: ExportFile, other: ExportFile) -> str:
    both = f"{file.name} and {other.name} have no customers in common"
    if list(file.cells) == list(other.cells):
        return f"{both} and the same columns: put their rows into one file."
    advice = "export them with the same customer numbers, or take the one that does not belong here out of the folder"
    return f"{both}: {advice}."


def _bare(cell: str) -> str:
    """Return an id without leading zeros, which a spreadsheet may have taken away in one of the files."""
    plain = tidy(cell, "integer")
    return plain.lstrip("0") or plain if plain.isdecimal() else plain


def _tells_apart(cells: pd.Series, known: set[str]) -> bool:
    """Tell whether a column has another value in nearly every row, and no fractions or dates."""
    rows = int(cells.ne("").sum())
    if len(known) < max(2.0, 0.9 * rows) or rows < 0.9 * len(cells):
        return False
    sample = sorted(known)[:200]
    fractions = sum(bool(re.fullmatch(r"[-+]?\d+[.,]\d+", text)) for text in sample)
    return fractions < 0.2 * len(sample) and read_periods(sample) is None


def _share(values: set[str], known: set[str]) -> float:
    """Return the share of two sets that is common (Jaccard); 0 if most of the smaller one is not."""
    common = len(values & known)
    return common / len(values | known) if values and common >= 0.5 * min(len(values), len(known)) else 0.0


def _suit(header: str, cells: pd.Series) -> float:
    """Return how much a column looks like an id and not like a name, an address, a telephone or a number of rows."""
    sample = cells[cells.ne("")].head(200)
    personal = has_hint(header, "person") or sample.str.contains(r"@|^\+?\d[\d ()-]{9,}$").mean() > 0.5
    first = cells.head(max(1, len(cells) - 3))  # the last rows may be totals
    counted = [str(int(cells.iloc[0]) + at) for at in range(len(first))] if cells.iloc[0].isdecimal() else []
    malus = 0.5 * personal + 0.2 * bool(sample.str.contains(" ").mean() > 0.5) + 0.2 * (first.tolist() == counted)
    return 0.3 * has_hint(header, "id") - malus


def _find_months(file: ExportFile, id_header: str, ids: pd.Series) -> Months | None:
    """Return the months of a file with many rows a customer; None if it has one row each or nothing tells months."""
    if len(ids) <= _EXTRA_ROWS * ids.nunique():
        return None
    told: list[Months] = []
    for header in map(str, file.cells.columns.drop(id_header)):
        cells = file.cells[header]
        texts = [text for text in cells.unique() if text]
        periods = read_periods(texts)
        if periods:
            told.append(replace(order_periods(periods), header=header))
        elif ids.value_counts().quantile(0.95) <= len(texts) <= _MOST_PERIODS:
            repeated = pd.concat([ids, cells], axis=1).duplicated().mean()  # rows of a customer with the same value
            if repeated <= _EXTRA_ROWS - 1:
                told.append(Months([[text] for text in reversed(texts)], tuple(range(len(texts))), header=header))
    return min(told, key=lambda months: get_args(Way).index(months.way), default=None)
