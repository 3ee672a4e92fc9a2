"""Which column says who declined."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from retention.adoption.features import Found
from retention.adoption.keys import KeyedFile
from retention.adoption.lexicon import has_hint, read_words
from retention.errors import UserError, name_nearest
from retention.tables.mending import fold

Ask = Callable[[str, Sequence[str]], str]
"""Asks a person on the terminal for one of several answers."""
Columns = Sequence[tuple[KeyedFile, Found]]
_FEW_VALUES, _MOST_VALUES, _MOST_EMPTY = 6, 50, 0.2


@dataclass(frozen=True)
class Label:
    """A column that says who declined, or may say it.

    Parameters
    ----------
    keyed : KeyedFile
        Its file.
    header, value : str
        The column, and its value that stands for a decline.
    counts : dict of str to int
        All its values.
    evidence : str
    """

    keyed: KeyedFile
    header: str
    value: str
    counts: Mapping[str, int]
    evidence: str

    @property
    def call(self) -> str:
        """Return what names it."""
        return f"{self.header}={self.value}"

    @property
    def target(self) -> pd.Series:
        """Return 1 for every id that declined and 0 for every other one whose cell is not empty."""
        cells = self.keyed.file.cells[self.header]
        target = pd.Series(cells.eq(self.value).astype(int).to_numpy(), self.keyed.ids)[cells.ne("").to_numpy()]
        return target[~target.index.duplicated()]


def choose_label(columns: Columns, named: str | None, ask: Ask | None) -> Label:
    """Return the label: as named, or the one column that speaks of decline, or as a person answers.

    Columns of two values may be the label, and those of a few of which one speaks of decline.

    Parameters
    ----------
    columns : sequence of (KeyedFile, Found)
        With a value a customer.
    named : str or None
        ``COLUMN=VALUE``.
    ask : callable or None
        None without a terminal.

    Raises
    ------
    UserError
        If the named column or value is not there, or nothing decides between several columns.
    """
    if named is not None:
        return _find_named(columns, named)
    candidates = [_judge(keyed, found) for keyed, found in columns if _is_plausible(keyed, found)]
    if not candidates:
        raise UserError(
            'No column has just two values, as one that says who declined: name it with --label "COLUMN=VALUE", '
            "VALUE for a decline (all its other values are taken for customers who stayed)."
        )
    speaking = [label for label in candidates if label.evidence]
    if speaking and all(_is_same(speaking[0].target, other.target) for other in speaking):
        others = ", ".join(f'--label "{other.call}"' for other in candidates if other is not speaking[0])
        evidence = f"{speaking[0].evidence}{f' (else {others})' if others else ''} # confirm"
        return Label(speaking[0].keyed, speaking[0].header, speaking[0].value, speaking[0].counts, evidence)
    if ask is not None:
        return _find_named(columns, ask("Which column says who declined?", [label.call for label in candidates]))
    listed = "; ".join(f'--label "{label.call}" ({_tell(label.counts)})' for label in candidates)
    raise UserError(
        f"It is not clear which column says who declined; add the one that does, VALUE a decline: {listed}."
    )


def _is_plausible(keyed: KeyedFile, found: Found) -> bool:
    counts = {value.spellings[0]: value.count for value in found.spelled.values()}
    if found.kind not in ("boolean", "category") or found.empty > _MOST_EMPTY * len(keyed.ids):
        return False
    speaking = sum(has_hint(text, "declined", "inactive") for text in counts)
    rows = sum(counts.values())
    return (len(counts) == 2 or (speaking == 1 and len(counts) <= _FEW_VALUES)) and min(counts.values()) >= 0.002 * rows


def _judge(keyed: KeyedFile, found: Found) -> Label:
    """Return a column of two values as a label; without evidence if it does not speak of decline."""
    counts = {value.spellings[0]: value.count for value in found.spelled.values()}
    speaking = [text for text in counts if has_hint(text, "declined", "inactive")]
    yes = [text for text in counts if any(fold(text) in pair[0] for pair in read_words().yes_no)]
    decided = speaking if len(speaking) == 1 else yes
    is_hinted = len(speaking) == 1 or (len(yes) == 1 and has_hint(found.header, "declined", "label"))
    value = decided[0] if len(decided) == 1 else min(counts, key=lambda text: counts[text])
    evidence = "its header or value speaks of decline" if is_hinted else ""
    return Label(keyed, found.header, value, counts, evidence)


def _is_same(one: pd.Series, other: pd.Series) -> bool:
    return len(pd.concat([one, other], axis=1, join="inner").drop_duplicates()) == 2


def _tell(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{text}: {count}" for text, count in list(counts.items())[:8])


def _find_named(columns: Columns, named: str) -> Label:
    known = {fold(found.header): (keyed, found.header) for keyed, found in columns}
    cuts = [at for at, letter in enumerate(named) if letter == "=" and fold(named[:at]) in known]
    if not cuts:
        near = name_nearest(named.partition("=")[0], [header for _, header in known.values()])
        raise UserError(
            f'--label "{named}": there is no such column with a value a customer{near}: write COLUMN=VALUE.'
        )
    keyed, header = known[fold(named[: cuts[0]])]
    counts = {str(text): int(count) for text, count in keyed.file.cells[header].value_counts().items() if text}
    value = next((text for text in counts if fold(text) == fold(named[cuts[0] + 1 :])), None)
    if value is None or not 2 <= len(counts) <= _MOST_VALUES:
        raise UserError(f'--label "{named}": the values of "{header}" are {_tell(counts)}: name one of two or a few.')
    return Label(keyed, header, value, counts, "named by --label")
