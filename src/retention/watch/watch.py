"""The month to act on against the months learnt from: one verdict."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retention.learning.evaluation.bootstrap import Bootstrap
from retention.numbers import format_number
from retention.strict import Language, Text, load_texts
from retention.tables.columns import ID, PROBABILITY, PROFIT, STANDS_FOR, TARGET
from retention.tables.roles import ColumnRoles
from retention.watch.expected import Given, expect_quality
from retention.watch.settings import WatchSettings
from retention.watch.shift import Sides, choose_rows, classify_sides, compare_columns, lay_out, link_customers
from retention.watch.summary import ColumnShift, Quality, Shift, Verdict, Watch

PARTS = 3  # that share the false alarms: expected quality, classifier, columns


@dataclass(frozen=True)
class Month:
    """The month to act on."""

    customers: pd.DataFrame  # with the features, `ID`, `UNIT` and `PROBABILITY`, and `PROFIT` where the shop has it
    lost_months: float = 1.0  # of profit, lost with a customer who declines
    look_up: Callable[[NDArray[np.bool_]], pd.DataFrame] | None = None
    """Returns rows of `customers` by flags with their features, where these are not in it."""


def watch(
    learnt: pd.DataFrame,
    month: Month,
    roles: ColumnRoles,
    weights: Mapping[str, float],
    settings: WatchSettings,
    seed: int,
) -> Watch:
    """Compare a month with what was learnt from, and say what to expect of it.

    Of stable months `settings.false_alarm` at most get another verdict than ``fine``: a third by expected quality, a
    third by the classifier, a third by the columns. ``retrain`` is said only if ROC-AUC surely falls by more than
    `settings.margin`, ``look`` if it surely falls at all, or if the customers have changed.

    `learnt` has the columns of `Month.customers`, `TARGET` and `STANDS_FOR`, and its probabilities are by a model that
    had not seen the customer. `weights` are each column's share in what moves the model.
    """
    current = month.customers
    if reason := _find_obstacle(learnt, current, settings):
        return cannot_tell(reason, learnt, current)
    customer = link_customers(learnt, current)
    chosen = choose_rows(customer, len(learnt), settings.rows, seed)
    then, is_current = learnt[chosen[: len(learnt)]], chosen[len(learnt) :]
    now = month.look_up(is_current) if month.look_up else current[is_current]
    sides = lay_out(then, now, roles, pd.factorize(customer[chosen])[0])
    share = settings.false_alarm / PARTS
    quality = _expect(then, now, sides, settings, seed, month.lost_months * len(current) / len(now))
    shift = classify_sides(sides.only(roles.names), settings.permutations, seed)
    columns = compare_columns(then, now, sides, roles, weights, share)
    verdict, reasons = _judge(quality, shift, columns, settings.margin, share)
    returning = float(current[ID].isin(learnt[ID]).mean())
    return Watch(
        verdict=verdict,
        reasons=reasons,
        blind=say("blind"),
        customers=len(current),
        returning=returning,
        quality=quality,
        shift=shift,
        columns=columns,
    )


def cannot_tell(reason: Text, learnt: pd.DataFrame | None, current: pd.DataFrame) -> Watch:
    """Return the verdict where there is nothing to compare; `learnt` is None if it is not there."""
    returning = None if learnt is None or current.empty else float(current[ID].isin(learnt[ID]).mean())
    return Watch(
        verdict="cannot_tell", reasons=(reason,), blind=say("blind"), customers=len(current), returning=returning
    )


def _find_obstacle(learnt: pd.DataFrame, current: pd.DataFrame, settings: WatchSettings) -> Text | None:
    sizes = {"learnt": int(learnt[ID].nunique()), "current": int(current[ID].nunique())}
    if min(sizes.values()) < settings.customers:
        return say("few", **sizes, needed=settings.customers)
    if any(PROBABILITY not in side or side[PROBABILITY].isna().any() for side in (learnt, current)):
        return say("no_probabilities")
    return say("one_class") if learnt.loc[learnt[STANDS_FOR] > 0, TARGET].nunique() < 2 else None


def _expect(
    then: pd.DataFrame, now: pd.DataFrame, sides: Sides, settings: WatchSettings, seed: int, lost_months: float
) -> Quality:
    given = Given(
        target=then[TARGET].to_numpy(dtype=int),
        then=then[PROBABILITY].to_numpy(dtype=float),
        now=now[PROBABILITY].to_numpy(dtype=float),
        lost=(then[PROFIT].to_numpy(dtype=float), now[PROFIT].to_numpy(dtype=float) * lost_months)
        if PROFIT in now and PROFIT in then
        else None,
        counts=then[STANDS_FOR].to_numpy(dtype=float),
    )
    bootstrap = Bootstrap(sides.customer, settings.resamples, settings.confidence, seed)
    return expect_quality(given, sides, bootstrap, 1 - settings.false_alarm / PARTS)


def _judge(
    quality: Quality, shift: Shift, columns: tuple[ColumnShift, ...], margin: float, share: float
) -> tuple[Verdict, tuple[Text, ...]]:
    least, expected = quality.fall.low, quality.roc_auc
    known = {"value": expected.value, "then": expected.value + quality.fall.value}
    led = say("falls", **known, least=least), say("expected", **known, low=expected.low, high=expected.high)
    reasons = [led[0] if least > 0 else led[1]]
    shifted = sum(column.shifted for column in columns)
    if shift.p_value <= share:
        reasons.append(say("differ", roc_auc=shift.roc_auc, p=shift.p_value))
    if shifted:
        reasons.append(say("columns", shifted=shifted, all=len(columns)))
    if least > margin:
        return "retrain", tuple(reasons)
    if least > 0 or len(reasons) > 1:
        return "look", tuple(reasons)
    return "fine", (*reasons, say("alike"))


def say(key: str, **values: float) -> Text:
    """Return the sentence of `key`; whole numbers are shown as such, others with three decimals."""

    def fill(language: Language) -> str:
        shown = {
            name: format_number(value, 0 if isinstance(value, int) else 3, language, padded=True)
            for name, value in values.items()
        }
        return load_texts("retention.watch", "sentences.yaml")[key][language].format(**shown)

    return Text(ru=fill("ru"), en=fill("en"))
