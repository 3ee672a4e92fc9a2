"""Which column says who declined, and which ones say it afterwards, though they should foretell it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from retention.adoption.features import Found, key_yes_no
from retention.adoption.keys import KeyedFile
from retention.adoption.lexicon import Value, has_hint, merge_spellings
from retention.errors import UserError, name_nearest
from retention.tables.mending import fold, words_of

Ask = Callable[[str, Sequence[str]], str]  # asks a person on the terminal for one of several answers
Columns = Sequence[tuple[KeyedFile, Found]]
_LEAK = 0.99  # ROC-AUC of one column from which on it is left out
_FEW, _LEAST = 20, 5
_FEW_VALUES, _MOST_VALUES, _MOST_TEXTS, _MOST_EMPTY = 6, 50, 1000, 0.2


@dataclass(frozen=True)
class Label:
    """A column that says who declined, or may say it."""

    keyed: KeyedFile  # its file
    found: Found  # what it holds
    value: str  # the one that stands for a decline
    values: Mapping[str, Value]  # all its values, by their right spelling
    speech: int  # 1 if it speaks of decline, -1 if of staying, 0 if of neither
    evidence: str

    @property
    def call(self) -> str:
        """Return what names it."""
        return f"{self.found.header}={self.value}"

    @property
    def target(self) -> pd.Series:
        """Return 1 for every id that declined and 0 for every other one whose cell is not empty."""
        cells = self.keyed.file.cells[self.found.header]
        declined = cells.isin([self.value, *self.values[self.value].slips])
        target = pd.Series(declined.astype(int).to_numpy(), self.keyed.ids)[cells.ne("").to_numpy()]
        return target[~target.index.duplicated()]


def choose_label(columns: Columns, named: str | None, ask: Ask | None) -> Label:
    """Return the label: as named, or the one column that speaks of decline, or as a person answers.

    Columns of two values may be the label, and those of a few of which one speaks of decline. One that does is taken
    unasked only if no other speaks of decline or of staying, unless both say the same. The columns have a value a
    customer; `named` is ``COLUMN=VALUE``; `ask` is None without a terminal. A named column or value that is not there
    is a `UserError`, and so is a choice that nothing decides.
    """
    if named is not None:
        return _find_named(columns, named)
    candidates = [_judge(keyed, found) for keyed, found in columns if _is_plausible(keyed, found)]
    if not candidates:
        raise UserError(
            'No column has just two values, as one that says who declined: name it with --label "COLUMN=VALUE", '
            "VALUE for a decline (all its other values are taken for customers who stayed)."
        )
    candidates.sort(key=lambda label: (not label.speech, -label.speech))
    speaking = [label for label in candidates if label.speech]
    if speaking and speaking[0].speech > 0 and all(_is_same(speaking[0].target, other.target) for other in speaking):
        others = ", ".join(f'--label "{other.call}"' for other in candidates if other is not speaking[0])
        evidence = f"its header or value speaks of decline{f' (else {others})' if others else ''} # confirm"
        return replace(speaking[0], evidence=evidence)
    if ask is not None:
        return _find_named(columns, ask("Which column says who declined?", [label.call for label in candidates]))
    listed = "; ".join(f'--label "{label.call}" ({_tell(label.values)})' for label in candidates)
    raise UserError(
        f"It is not clear which column says who declined; add the one that does, VALUE a decline: {listed}."
    )


def _is_plausible(keyed: KeyedFile, found: Found) -> bool:
    counts = {value.spellings[0]: value.count for value in found.spelled.values()}
    if found.kind not in ("boolean", "category") or found.empty > _MOST_EMPTY * len(keyed.ids):
        return False
    speaking = sum(_say(text) > 0 for text in counts)
    rows = sum(counts.values())
    return (len(counts) == 2 or (speaking == 1 and len(counts) <= _FEW_VALUES)) and min(counts.values()) >= 0.002 * rows


def _judge(keyed: KeyedFile, found: Found) -> Label:
    """Return a column as a label: with the value that is a decline, and whether it speaks of decline.

    It speaks only if its header says nothing else: who left a review has not left.
    """
    values = _list_values(keyed, found)
    said = {text: _say(text) for text in values}
    gone, stayed = ([text for text in values if said[text] == way] for way in (1, -1))
    gone = gone or [text for text in values if len(values) == 2 and len(stayed) == 1 and text not in stayed]
    answers = key_yes_no(values)
    header = _say(found.header) or int(has_hint(found.header, "label"))
    rarest = min(values, key=lambda text: values[text].count)
    value = gone[0] if len(gone) == 1 else answers.get("no" if header < 0 else "yes", rarest)
    speech = max(said.values()) or min(said.values()) if len(gone) == 1 else header if answers else 0
    return Label(keyed, found, value, values, speech if _is_plain(found.header) else 0, "")


def _say(text: str) -> int:
    """Return 1 if a header or value speaks of decline, -1 if of staying, 0 if of neither; a denial turns it round."""
    speech = 1 if has_hint(text, "declined", "inactive") else -has_hint(text, "stayed")
    return -speech if has_hint(text, "denial") else speech


def _is_plain(header: str) -> bool:
    """Tell whether a header has no words but those of a label."""
    return all(
        has_hint(word, "declined", "inactive", "stayed", "denial", "beside_label") for word in words_of(header).split()
    )


def _list_values(keyed: KeyedFile, found: Found) -> dict[str, Value]:
    """Return the values of a column by their right spelling."""
    counts = {str(text): int(count) for text, count in keyed.file.cells[found.header].value_counts().items() if text}
    return merge_spellings(counts) if len(counts) <= _MOST_TEXTS else {}


def _is_same(one: pd.Series, other: pd.Series) -> bool:
    return len(pd.concat([one, other], axis=1, join="inner").drop_duplicates()) == 2


def _tell(values: Mapping[str, Value]) -> str:
    return ", ".join(f"{text}: {value.count}" for text, value in list(values.items())[:8])


def _find_named(columns: Columns, named: str) -> Label:
    known = {fold(found.header): (keyed, found) for keyed, found in columns}
    cuts = [at for at, letter in enumerate(named) if letter == "=" and fold(named[:at]) in known]
    if not cuts:
        near = name_nearest(named.partition("=")[0], [found.header for _, found in known.values()])
        raise UserError(
            f'--label "{named}": there is no such column with a value a customer{near}: write COLUMN=VALUE.'
        )
    keyed, found = known[fold(named[: cuts[0]])]
    values, wanted = _list_values(keyed, found), fold(named[cuts[0] + 1 :])
    right = next((text for text, value in values.items() if wanted in map(fold, (text, *value.slips))), None)
    if right is None or not 2 <= len(values) <= _MOST_VALUES:
        raise UserError(
            f'--label "{named}": the values of "{found.header}" are {_tell(values)}: name one of two or a few.'
        )
    return Label(keyed, found, right, values, 1, "named by --label")


def drop_leak(keyed: KeyedFile, found: Found, label: Label) -> Found:
    """Return the column, left out if it says by itself who declined: then it was written afterwards."""
    area = 0.0 if keyed.months or not found.kind else _measure_leak(keyed, found, label.target)
    if area < _LEAK:
        return found
    return replace(found, kind=None, evidence=(f"a leak: ROC-AUC {area:.3f} by itself # confirm",))


def _measure_leak(keyed: KeyedFile, found: Found, target: pd.Series) -> float:
    """Return the ROC-AUC of one column alone on all customers; an empty cell is a value of its own.

    A value of a category foretells the share that declined among its customers; one of few customers, nothing.
    """
    texts = pd.Series(keyed.file.cells[found.header].to_numpy(), keyed.ids.to_numpy())
    texts = texts[~texts.index.duplicated()]
    known = target[target.index.isin(texts.index)]
    texts = texts.loc[known.index]
    if found.kind == "number":
        numbers = texts.map({text: keyed.file.numerals.parse(text) for text in texts.unique()}).to_numpy(dtype=float)
        empty = np.isnan(numbers)
        return max(_area(numbers[~empty], known.to_numpy()[~empty]), _area(empty.astype(float), known.to_numpy()))
    groups = known.groupby(texts.to_numpy())
    shares = groups.mean().where(groups.size() >= _FEW, known.mean())
    return _area(texts.map(shares).to_numpy(dtype=float), known.to_numpy())


def _area(values: np.ndarray, target: np.ndarray) -> float:
    """Return the ROC-AUC, whichever way it points; 0 where too few declined or stayed to tell."""
    if np.bincount(target, minlength=2).min() < _LEAST:
        return 0.0
    area = float(roc_auc_score(target, values))
    return max(area, 1 - area)
