"""Months are understood and put in order."""

import pytest

from retention.adoption.periods import find_wide, order_periods, read_period, read_periods


@pytest.mark.parametrize(
    ("latest_first", "sure"),
    [
        (["2026-02", "2026-01", "2025-12"], True),
        (["01.02.2026", "15.01.2026"], True),
        (["02/28/2026", "01/31/2026"], True),
        (["202602", "202601", "202512"], True),
        (["Feb", "jan", "December", "Nov."], True),
        (["март", "Февраль", "янв"], True),
        (["май 2026", "апрель 2026 г."], True),
        (["Mar-26", "Feb-26"], True),
        (["Feb 1, 2026", "15 Jan 2026", "31-Dec-25"], True),
        (["текущий месяц", "прошлый_месяц", "позапрошлый месяц"], True),
        (["this month", "last month", "2 months ago"], True),
        (["month 3", "month 2", "month 1"], False),
    ],
)
def test_months_are_ordered(latest_first: list[str], sure: bool) -> None:
    periods = read_periods(latest_first[::-1])
    assert periods is not None
    months = order_periods(periods)
    assert (months.spellings, months.sure) == ([[text] for text in latest_first], sure)


@pytest.mark.parametrize("text", ["маркет", "standard", "17", "3.5", "2026", "13/13/2026", "Москва", "3 months"])
def test_other_texts_are_no_months(text: str) -> None:
    assert read_period(text) is None


def test_a_slip_is_understood_and_not_right() -> None:
    periods = read_periods(["предыдущий месяц", "предыдуший месяц", "текущий месяц"])
    assert periods is not None
    assert order_periods(periods).spellings == [["текущий месяц"], ["предыдущий месяц", "предыдуший месяц"]]
    assert not periods["предыдуший месяц"].sure


def test_months_side_by_side_are_one_measure() -> None:
    headers = ["spend_2026_05", "spend_2026_06", "Визиты май", "Визиты июнь", "avg_6_month", "avg_12_month", "spend"]
    assert {stem: months.spellings for stem, months in find_wide(headers).items()} == {
        "spend": [["spend_2026_06"], ["spend_2026_05"]],
        "визиты": [["Визиты июнь"], ["Визиты май"]],
    }


@pytest.mark.parametrize(
    ("latest_first", "back"),
    [
        (["2026-04", "2026-02", "2026-01"], (0, 2, 3)),
        (["Feb", "Jan", "Nov"], (0, 1, 3)),
        (["t", "t-1", "t-2"], (0, 1, 2)),
        (["t-1", "t-2"], (1, 2)),
    ],
)
def test_months_are_counted_back_over_gaps(latest_first: list[str], back: tuple[int, ...]) -> None:
    periods = read_periods(latest_first)
    assert periods is not None
    assert order_periods(periods).back == back
