"""Why a customer's probability is high, in plain words: the strongest attributions that push towards decline.

A reason says what goes with decline in the model, not what causes it. A column is named only where its value itself
speaks for decline: a number on the side of the median that goes with decline in the model, a category whose decline
rate lies above that of all customers beyond its interval. So an empty cell is never a reason.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retention.audience.declared import Wording
from retention.estimate import Estimate, compute_share, count_effective
from retention.numbers import choose_form, format_number
from retention.strict import Language, Strict, Text, load_texts
from retention.tables.columns import TARGET, UNIT

REASONS = ("internal_reason_1", "internal_reason_2", "internal_reason_3")  # not to be shown to the customer
ACTIONABLE = tuple(f"{name}_actionable" for name in REASONS)
WORDS = load_texts("retention.audience.offers", "words.yaml")


class Rates(Strict):
    """Decline rates of the training customers outside a fold whom no campaign contacted."""

    overall: float  # of all of them
    by_category: dict[str, dict[str, Estimate]]
    """Column → category → the rate with its interval, in which rows of a unit are alike, where there are enough."""


class Usual(Strict):
    """What customers are compared with."""

    medians: dict[str, float]  # of each numeric column
    directions: dict[str, Literal[-1, 0, 1]]
    """Which of its values go with decline in the model: 1 large ones, -1 small ones, 0 neither clearly."""
    rates: tuple[Rates, ...]
    """By the fold that holds a customer out, whose own label must not be among its reasons; first, for customers of no
    fold, those of all training customers."""

    def place(self, fold: NDArray[np.int_]) -> NDArray[np.int_]:
        """Return the place among `rates` of each customer; rules made beside another model may know fewer folds."""
        return np.where(fold < len(self.rates), fold, 0)


def compute_usual(
    customers: pd.DataFrame,
    fold: NDArray[np.int_],
    directions: Mapping[str, Literal[-1, 0, 1] | None],
    minimum_support: int,
    confidence: float,
) -> Usual:
    """Return what is usual among `customers`, whose labels must be known.

    Parameters
    ----------
    fold : ndarray of int, shape (n_customers,)
        The fold that holds the customer out, from 1; 0 for whose label is not looked at, as of test customers.
    directions : mapping of str to int or None
        Of each feature, None for a categorical one (`retention.learning.explanation.summary.ColumnImportance`).
    minimum_support, confidence
        A category with fewer customers has no rate; and of the intervals of the rates.
    """
    outside = [customers[(fold > 0) & (fold != number)] for number in range(fold.max() + 1)]
    known = [str(name) for name in customers if name in directions and customers[name].notna().any()]
    numeric = {name: direction for name in known if (direction := directions[name]) is not None}
    categorical = [name for name in known if directions[name] is None]
    return Usual(
        medians={name: float(customers[name].median()) for name in numeric},
        directions=numeric,
        rates=tuple(_compute_rates(part, categorical, minimum_support, confidence) for part in outside),
    )


def _compute_rates(known: pd.DataFrame, columns: Iterable[str], minimum_support: int, confidence: float) -> Rates:
    by_category: dict[str, dict[str, Estimate]] = {}
    for name in columns:
        by_category[name] = {
            str(key): compute_share(int(rows[TARGET].sum()), len(rows), confidence, count_effective(*rows.to_numpy().T))
            for key, rows in known.groupby(name, sort=True)[[TARGET, UNIT]]
            if len(rows) >= minimum_support
        }
    return Rates(overall=float(known[TARGET].mean()), by_category=by_category)


def rank_reasons(
    customers: pd.DataFrame,
    attributions: pd.DataFrame,
    fold: NDArray[np.int_],
    usual: Usual,
    wordings: Mapping[str, Wording],
) -> pd.DataFrame:
    """Rank the columns that push each customer most towards decline and whose values speak for it.

    Parameters
    ----------
    customers, attributions : DataFrame of n rows
        In the same order; above 0 an attribution pushes towards decline.
    fold : ndarray of int, shape (n,)
        As in `compute_usual`.
    wordings : mapping of str to Wording
        For every column of `attributions`: a value that is shown as the median is no reason.

    Returns
    -------
    DataFrame of int, of the shape of `attributions`
        The place of the column among the customer's reasons, from 1; 0 if it is none.
    """
    place = usual.place(fold)
    speaks = pd.DataFrame(
        {
            name: _beyond_median(customers[name], usual, wordings[name])
            if name in usual.medians
            else _above_all(customers[name], place, usual)
            for name in attributions.columns
        },
        index=attributions.index,
    )
    pushes = attributions.where(speaks & (attributions > 0))
    rank = pushes.rank(axis=1, ascending=False, method="first").fillna(0).astype(int)
    return rank.where(rank <= len(REASONS), 0)


def _above_all(column: pd.Series, place: NDArray[np.int_], usual: Usual) -> NDArray[np.bool_]:
    telling = [
        {key for key, rate in rates.by_category.get(str(column.name), {}).items() if rate.low > rates.overall}
        for rates in usual.rates
    ]
    pairs = zip(column.astype(str), place, strict=True)
    return np.array([key in telling[number] for key, number in pairs], dtype=bool) & column.notna().to_numpy()


def _beyond_median(column: pd.Series, usual: Usual, wording: Wording) -> NDArray[np.bool_]:
    low, high = _bracket(usual.medians[str(column.name)], wording)
    shown = column.to_numpy(dtype=float).round(wording.decimals + 2 * wording.percent)
    side = np.where(shown < low, -1, np.where(shown > high, 1, 0))
    direction = usual.directions[str(column.name)]
    speaks: NDArray[np.bool_] = (side != 0) & ((direction == 0) | (side == direction))
    return speaks


def _bracket(median: float, wording: Wording) -> tuple[float, float]:
    """Return the median rounded down and up to what is shown, so that half of the customers are beyond either."""
    scale = 10.0 ** (wording.decimals + 2 * wording.percent)
    exact = round(median * scale, 6)
    return float(np.floor(exact) / scale), float(np.ceil(exact) / scale)


def find_reasons(
    customers: pd.DataFrame,
    attributions: pd.DataFrame,
    fold: NDArray[np.int_],
    usual: Usual,
    wordings: Mapping[str, Wording],
    categories: Mapping[str, Mapping[str, Text]],
    language: Language,
) -> pd.DataFrame:
    """Tell each customer's reasons, the strongest first; fewer where fewer columns speak for decline.

    Parameters
    ----------
    customers, attributions, fold, usual, wordings
        As in `rank_reasons`.
    categories : mapping of str to mapping of str to Text
        The labels of categorical values.

    Returns
    -------
    DataFrame of n rows of text
        `REASONS`, and in `ACTIONABLE` whether the shop can act on each, "yes" or "no"; empty where there is none.
    """
    rank, rows = rank_reasons(customers, attributions, fold, usual, wordings), []
    for row, number in enumerate(usual.place(fold)):
        own, texts, rates = rank.iloc[row], [], usual.rates[number]
        names = own[own > 0].sort_values().index
        for name in names:
            value, wording = customers[name].iloc[row], wordings[name]
            if name in usual.medians:
                texts.append(say_number(float(value), usual.medians[name], wording, language))
            else:
                label = categories.get(name, {}).get(value)
                said = str(value) if label is None else label[language]
                both = rates.by_category[name][str(value)].value, rates.overall
                shown, mean = (format_number(share, 0, language, percent=True) for share in both)
                among = WORDS["among"][language].format(rate=shown, overall=mean)
                texts.append(wording.says[language].format(value=said) + among)
        blank = [""] * (len(REASONS) - len(names))
        rows.append([*texts, *blank, *("yes" if wordings[name].actionable else "no" for name in names), *blank])
    return pd.DataFrame(rows, columns=[*REASONS, *ACTIONABLE], dtype="str")


def say_number(value: float, median: float, wording: Wording, language: Language) -> str:
    """Return a sentence that compares a number with the half of all customers on the other side of their median."""
    low, high = _bracket(median, wording)
    half, usual = ("less", low) if value < median else ("more", high)
    shown, normal = (
        format_number(number, wording.decimals, language, percent=wording.percent) for number in (value, usual)
    )
    noun = ""
    if wording.noun is not None:
        forms = wording.noun.ru if language == "ru" else wording.noun.en
        noun = " " + choose_form(shown, forms, language)
    return wording.says[language].format(value=shown + noun) + WORDS[half][language].format(usual=normal)
