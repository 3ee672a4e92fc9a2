"""Why a customer's probability is high, in plain words: the strongest attributions that push towards decline.

A reason says what goes with decline in the model, not what causes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from retention.audience.offers.reason import Wording
from retention.errors import UserError, name_nearest
from retention.numbers import choose_form, format_number
from retention.strict import Language, Text
from retention.tables.columns import CATEGORICAL, FEATURES, NUMERIC, TARGET

USUAL = Text(ru=", обычно {usual}", en=" where {usual} is usual")
SAME = Text(ru=", как обычно", en=", as is usual")
AMONG = Text(
    ru=": активность снижается у {rate} таких клиентов, в среднем у {overall}",
    en=": activity drops for {rate} of such customers, {overall} on average",
)


@dataclass(frozen=True)
class Usual:
    """What customers are compared with.

    Parameters
    ----------
    medians : mapping of str to float
        Of each numeric column.
    rates : mapping of str to mapping of str to float
        Decline rate of each category with enough customers, for each categorical column.
    overall : float
        Decline rate of all.
    """

    medians: Mapping[str, float]
    rates: Mapping[str, Mapping[str, float]]
    overall: float


@dataclass(frozen=True)
class Reason:
    """One reason of one customer."""

    column: str
    text: str
    actionable: bool


def check_wordings(wordings: Mapping[str, Wording]) -> None:
    """Refuse a section ``reason`` that lacks a feature or names something else.

    Raises
    ------
    UserError
        With the column and the nearest known one.
    """
    for name in FEATURES:
        if name not in wordings:
            raise UserError(f"reason.{name} is missing: say in conf/reason/ how a value of {name} is told.")
    for name in wordings:
        if name not in FEATURES:
            raise UserError(f"reason.{name}: there is no such feature{name_nearest(name, FEATURES)}.")


def compute_usual(customers: pd.DataFrame, minimum_support: int) -> Usual:
    """Return what is usual among `customers`, whose label must be known."""
    rates = {}
    for name in CATEGORICAL:
        groups = customers.groupby(name, sort=True)[TARGET].agg(["size", "mean"])
        enough = groups[groups["size"] >= minimum_support]["mean"]
        rates[name] = {str(key): float(rate) for key, rate in enough.items()}
    medians = {name: float(customers[name].median()) for name in NUMERIC}
    return Usual(medians, rates, float(customers[TARGET].mean()))


def rank_pushes(attributions: pd.DataFrame, count: int) -> list[list[str]]:
    """Return for each customer the columns that push most towards decline, at most `count`, the strongest first.

    Parameters
    ----------
    attributions : DataFrame of k rows
        One column for each source column; above 0 pushes towards decline.
    count : int
    """
    parts = attributions.to_numpy(dtype=float)
    order = np.argsort(-parts, axis=1, kind="stable")[:, :count]
    names = list(attributions.columns)
    return [[names[j] for j in row if part[j] > 0] for row, part in zip(order, parts, strict=True)]


def mark_reasons(attributions: pd.DataFrame, count: int = 3) -> pd.DataFrame:
    """Return for each customer and column whether it is among the reasons that `rank_pushes` gives.

    Returns
    -------
    DataFrame of bool, k rows and a column for each source column
    """
    parts = attributions.to_numpy(dtype=float)
    order = np.argsort(-parts, axis=1, kind="stable")[:, :count]
    named = np.zeros(parts.shape, dtype=bool)
    np.put_along_axis(named, order, values=True, axis=1)
    return pd.DataFrame(named & (parts > 0), index=attributions.index, columns=attributions.columns)


def find_reasons(
    customers: pd.DataFrame,
    attributions: pd.DataFrame,
    usual: Usual,
    wordings: Mapping[str, Wording],
    categories: Mapping[str, Mapping[str, Text]],
    language: Language,
    count: int = 3,
) -> list[list[Reason]]:
    """Return each customer's reasons, the strongest first; fewer where fewer columns push towards decline.

    Parameters
    ----------
    customers, attributions : DataFrame of k rows
        In the same order.
    usual : Usual
    wordings : mapping of str to Wording
        For every column of `attributions`.
    categories : mapping of str to mapping of str to Text
        The labels of categorical values.
    language : {"ru", "en"}
    count : int
    """
    values = {name: customers[name].tolist() for name in attributions.columns}
    found = []
    for row, names in enumerate(rank_pushes(attributions, count)):
        texts = [_say(name, values[name][row], usual, wordings[name], categories, language) for name in names]
        found.append([Reason(name, text, wordings[name].actionable) for name, text in zip(names, texts, strict=True)])
    return found


def _say(
    name: str,
    value: float | str,
    usual: Usual,
    wording: Wording,
    categories: Mapping[str, Mapping[str, Text]],
    language: Language,
) -> str:
    if name in CATEGORICAL:
        key = str(value)
        label = categories[name][key][language] if key in categories.get(name, {}) else key
        return wording.says[language].format(value=label) + _compare_rate(name, key, usual, language)
    return say_number(float(value), usual.medians[name], wording, language)


def say_number(value: float, usual: float, wording: Wording, language: Language) -> str:
    """Return a sentence that compares a number with what is usual."""
    shown = format_number(value, wording.decimals, language, percent=wording.percent)
    normal = format_number(usual, wording.decimals, language, percent=wording.percent)
    noun = ""
    if wording.noun is not None:
        forms = wording.noun.ru if language == "ru" else wording.noun.en
        noun = " " + choose_form(shown, forms, language)
    sentence = wording.says[language].format(value=shown + noun)
    return sentence + (SAME[language] if shown == normal else USUAL[language].format(usual=normal))


def _compare_rate(name: str, key: str, usual: Usual, language: Language) -> str:
    rate = usual.rates.get(name, {}).get(key)
    if rate is None:
        return ""
    shown = [format_number(share, 0, language, percent=True) for share in (rate, usual.overall)]
    return AMONG[language].format(rate=shown[0], overall=shown[1])
