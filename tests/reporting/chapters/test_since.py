"""The chapter on the month before: every number comes from ``since.json``, whose own are recounted in tests/history."""

import re
from dataclasses import replace
from typing import Any

import pytest

from retention.history.figures import History, MonthFigures, Since
from retention.reporting.chapters import since
from retention.reporting.chapters.decision import show_cards, tell_doubts
from retention.reporting.chapters.trust import tabulate_trust
from retention.reporting.language.voice import Voice
from retention.reporting.report import write_report
from retention.reporting.sources import Sources
from retention.settings import Settings
from retention.tables.months.periods import Periods, move_month
from retention.watch.summary import ColumnShift

WATCH = {
    "verdict": "look",
    "reasons": [{"ru": "Столбцы сдвинулись.", "en": "Columns have shifted."}],
    "blind": {"ru": "Само правило не видно.", "en": "The rule itself is not seen."},
    "roc_auc": 0.81,
    "seen_low": 0.76,
    "seen_high": 0.86,
}


def list_months(now: MonthFigures, count: int) -> list[MonthFigures]:
    """As many months as asked for, the last of them `now`, each with other figures."""
    last = "2026-09"
    return [
        now.model_copy(
            update={
                "month": move_month(last, place - count + 1),
                "customers": now.customers + 10 * (count - 1 - place),
                "expected_declines": now.expected_declines + 7.0 * (count - 1 - place),
                "profit_at_risk": (now.profit_at_risk or 0) * (1 + 0.1 * (count - 1 - place)),
            }
        )
        for place in range(count)
    ]


def move(**more: Any) -> dict[str, Any]:
    return {"then": 1040, "now": 1019, "entered": 31, "left": 47, "came": 19, "gone": 24, **more}


def date(sources: Sources, count: int) -> Sources:
    """The report's sources as if there were `count` months, and the labels of the first were known."""
    *earlier, now = list_months(sources.since.now, count)
    names = [{"key": one.key, "name": one.name} for one in now.segments]
    moves = {
        "month": earlier[-1].month,
        "all": move(entered=0, left=0, then=1024),
        "segments": [move(**names[0])],
        "bands": [move(low=one.low, high=one.high) for one in now.bands],
        "appeared": [names[1]["name"]],
        "vanished": [],
    } if earlier else None  # fmt: skip
    seen = {
        "month": earlier[0].month,
        "customers": 380,
        "expected": 99.6,
        "declined": 121,
        "excess": {"value": 21.4, "low": 4.2, "high": 38.6},
        "share": 0.35,
        "roc_auc": {"value": 0.731, "low": 0.68, "high": 0.782},
        "foreseen": WATCH,
    } if earlier else None  # fmt: skip
    told = Since.model_validate(
        {
            "now": now.model_dump() | {"watch": WATCH},
            "then": earlier[-1].model_dump() if earlier else None,
            "moves": moves,
            "happened": [seen] if seen else [],
        }
    )
    periods = Periods(acted_on=now.month, learnt=("2026-05",), waiting=("2026-07", "2026-08"))
    return replace(sources, since=told, history=History(months=tuple(earlier)), periods=periods)


def read_text(page: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", page).split()).replace("\u00a0", " ")


@pytest.mark.parametrize("count", [0, 1, 12])
def test_the_page_is_written_with_no_month_one_and_twelve(
    sources: Sources, voice: Voice, settings: Settings, count: int
) -> None:
    report = write_report(date(sources, count) if count else sources, voice, settings.report)
    text, has_moves = read_text(report.html), count > 1
    assert ("since_bands" in report.tables, "since_happened" in report.tables) == (has_moves, has_moves)
    assert [figure.key for figure in report.figures].count("months") == (count == 12)
    assert (voice.say("page.undated") in text) == (count == 0)
    assert (voice.say("since.first") in text) == (count == 1)
    month = {"ru": "сентябрь 2026", "en": "September 2026"}[voice.language]
    assert (f" {month}." in text, month in report.markdown) == (count > 0, count > 0)
    if count:
        assert voice.say(f"since.watch.{WATCH['verdict']}") in text
        assert WATCH["blind"][voice.language] in text  # type: ignore[index]


SHIFTS = [  # column, whether it is found to have changed, the key of a category, then and now
    ("tenure_days", True, None, 598.91, 574.85),
    ("minutes_current", False, None, 13.1, 13.6),
    ("promo_share", True, None, 0.343, 0.291),
    ("favourite_category", True, "cosmetics_accessories", 0.171, 0.246),
    ("service_errors", True, None, 4.19, 4.26),
    ("unpaid_items", True, None, 2.9, 3.1),
]


def shift(column: str, shifted: bool, key: str | None, then: float | None, now: float | None) -> ColumnShift:
    return ColumnShift(
        column=column, weight=0.1, shifted=shifted, adjusted=0.001, effect=0.3, key=key, then=then, now=now
    )


def test_the_leading_columns_that_changed_are_named(sources: Sources, english: Voice, settings: Settings) -> None:
    columns = tuple(shift(*one) for one in SHIFTS)
    foreseen = date(sources, 2).since.now.watch
    *_, said, blind = since.tell_watch(foreseen, columns, english)
    assert blind == WATCH["blind"]["en"]  # type: ignore[index]
    names = [english.column(name) for name in ("tenure_days", "promo_share", "favourite_category")]
    goods = english.value("favourite_category", "cosmetics_accessories")
    tenure, promo, favourite = (f"“{name}”" for name in names)
    assert said == (
        f"By weight in the model: {tenure} (598.9 → 574.9), {promo} (34% → 29%), {favourite} ({goods}: 17% → 25%) "
        "and 2 more."
    )
    silent = [("tenure_days", True, None, None, None), ("promo_share", True, None, 0.341, 0.343)]
    without = since.tell_watch(foreseen, [shift(*one) for one in silent], english)
    assert without[-2] == f"By weight in the model: {tenure}, {promo}."  # nothing that tells then from now
    assert len(since.tell_watch(foreseen, columns[1:2], english)) == len(without) - 1
    told = replace(date(sources, 2), watch=sources.watch.model_copy(update={"columns": columns}))
    assert read_text(write_report(told, english, settings.report).html).count("(598.9 → 574.9)") == 1


def test_an_empty_cell_and_a_place_in_an_order_are_told_in_words(sources: Sources, english: Voice) -> None:
    foreseen, city = date(sources, 2).since.now.watch, english.columns["favourite_category"]
    levels = city.model_copy(update={"kind": "ordered"})
    ordered = replace(english, columns={**english.columns, "tenure_days": levels})
    columns = [shift("favourite_category", True, "", 0.1, 0.3), shift("tenure_days", True, None, 1.2, 1.9)]
    *_, said, _ = since.tell_watch(foreseen, columns, ordered)
    assert said.endswith(f"(not available: 10% → 30%), “{levels.label.en}”.")


def test_both_months_stand_beside_each_other(sources: Sources, english: Voice) -> None:
    told = date(sources, 2).since
    assert told.then is not None
    table = since.tabulate_months(told.then, told.now, english)
    then, now = told.then, told.now
    risk = [(one.profit_at_risk or 0) / one.horizon_months for one in (then, now)]
    figures = [
        (then.customers, now.customers),
        (then.expected_declines, now.expected_declines),
        risk,
        (then.plan.contacts, now.plan.contacts),
    ]
    assert list(table.head[1:3]) == ["August 2026", "September 2026"]
    for row, (before, after) in zip(table.rows, figures, strict=True):
        assert list(row[1:]) == [
            english.measure(before), english.measure(after), english.signed_percent(after / before - 1)
        ]  # fmt: skip
    assert table.rows[2][3] == "−9.1%"
    without = told.then.model_copy(update={"profit_at_risk": None})
    assert len(since.tabulate_months(without, told.now, english).rows) == 3


def test_who_moved_adds_up_in_the_table(sources: Sources, english: Voice) -> None:
    moves = date(sources, 2).since.moves
    assert moves is not None
    bands, segments = since.tabulate_moves(moves, english)
    assert [row[0] for row in bands.rows] == ["0% to 25%", "25% to 50%", "50% to 75%", "75% to 100%"]
    for row in (*bands.rows, *segments.rows):
        assert list(row[1:]) == ["1,040", "31", "19", "47", "24", "1,019", "−21"]
        then, entered, came, left, gone, now = (int(cell.replace(",", "")) for cell in row[1:7])
        assert then + entered + came - left - gone == now
    assert list(bands.head[1:]) == ["Then", "Entered", "New", "Left", "Gone", "Now", "Change"]
    said = english.say("since.customers", moves)
    assert ("August 2026" in said, "19\u00a0customers" in said, "24\u00a0customers" in said) == (True, True, True)
    (only,) = since.tell_segments(moves, english)
    assert english.pick(moves.appeared[0]) in only


def test_expected_stands_beside_happened(sources: Sources, english: Voice) -> None:
    happened = date(sources, 12).since.happened
    table = since.tabulate_happened(happened, english)
    assert list(table.rows[0]) == [
        "October 2025", "380", "100", "121", "+21 (+4\u00a0to\u00a0+39)", "0.81 (0.76–0.86)", "0.73 (0.68–0.78)"
    ]  # fmt: skip
    said = since.tell_happened(happened, english)
    assert said[0].startswith("October 2025: of 380\u00a0customers whose label is known, 100 were")
    assert "more than chance" in said[0]
    assert said[1] == english.say("since.ranking.above")
    assert since.tell_happened([], english) == [english.say("since.not_yet")]
    alone = happened[0].model_copy(update={"foreseen": None})
    assert len(since.tell_happened([alone], english)) == 1


def test_the_year_is_drawn_from_what_was_said_and_what_came(sources: Sources, english: Voice) -> None:
    dated = date(sources, 12)
    figure = since.show_year(dated.history.months, dated.since, english)
    assert figure is not None
    shares = [one.expected_declines / one.customers for one in (*dated.history.months, dated.since.now)]
    assert [row[1] for row in figure.table.rows] == [english.percent(share) for share in shares]
    assert [row[2] for row in figure.table.rows] == [english.percent(0.35), *[english.missing()] * 11]


def lead(sources: Sources, test: float, later: float | None) -> Sources:
    def at(value: float) -> Any:
        estimate = sources.evaluation.test.roc_auc.model_copy(update={"value": value})
        return sources.evaluation.test.model_copy(update={"roc_auc": estimate})

    told = {"test": at(test), "out_of_time": None if later is None else at(later)}
    return replace(date(sources, 2), evaluation=sources.evaluation.model_copy(update=told))


@pytest.mark.parametrize(("test", "later", "shown"), [(0.8, 0.75, 0.75), (0.8, 0.85, 0.8), (0.8, None, 0.8)])
def test_the_worse_of_two_figures_leads(
    sources: Sources, english: Voice, test: float, later: float | None, shown: float
) -> None:
    led = lead(sources, test, later)
    card = next(card for card in show_cards(led, english) if card.key == "trust")
    assert card.value == english.percent(shown, 0)
    assert (english.say("decision.no_later") in tell_doubts(led, english)) == (later is None)
    assert english.say("decision.timing") not in tell_doubts(led, english)
    (why,) = [row[2] for row in tabulate_trust(led, 0.8, english).rows if "ROC-AUC" in row[2] and "seen" in row[2]]
    both = [english.number(value, 3) for value in (test, later) if value is not None]
    assert all(value in why for value in both) and ("worse of two" in why) == (later is not None)
