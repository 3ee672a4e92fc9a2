import numpy as np
import pandas as pd
import pytest

from retention.errors import UserError
from retention.learning.evaluation.evaluate import check_classes, predict_out_of_time

MONTHS = ["2025-11", "2025-12", "2026-01", "2026-02", "2026-03"]


def learnt() -> pd.DataFrame:
    """Eight customers in five months, the last two of the test side."""
    rows = [(month, n, int(n % 2), "test" if n > 5 else "train") for month in MONTHS for n in range(8)]
    table = pd.DataFrame(rows, columns=["month", "customer_id", "declined", "part"])
    return table.assign(unit=table["customer_id"])


def test_a_month_is_predicted_from_those_that_had_matured() -> None:
    seen: list[tuple[set[str], set[str], set[int]]] = []

    def predict(past: pd.DataFrame, later: pd.DataFrame) -> np.ndarray:
        seen.append((set(past["month"]), set(later["month"]), set(past["customer_id"]) & set(later["customer_id"])))
        return np.full(len(later), len(seen) / 10)

    given = predict_out_of_time(predict, learnt(), delay=3, at_most=9, least=3)
    assert seen == [({"2025-11"}, {"2026-02"}, set()), ({"2025-11", "2025-12"}, {"2026-03"}, set())]
    assert given.to_dict() == {30: 0.1, 31: 0.1, 38: 0.2, 39: 0.2}
    assert predict_out_of_time(predict, learnt(), delay=3, at_most=1, least=3).index.tolist() == [38, 39]


def test_without_enough_months_nothing_can_be_told() -> None:
    def predict(*_: pd.DataFrame) -> np.ndarray:
        raise AssertionError

    assert predict_out_of_time(predict, learnt(), delay=5, at_most=9, least=3).empty
    assert predict_out_of_time(predict, learnt(), delay=3, at_most=9, least=99).empty
    assert predict_out_of_time(predict, learnt(), delay=3, at_most=0, least=3).empty
    assert predict_out_of_time(predict, learnt().assign(month=""), delay=3, at_most=9, least=3).empty


def test_rows_of_few_customers_are_few_and_a_month_that_cannot_be_fitted_is_left_out() -> None:
    def predict(past: pd.DataFrame, later: pd.DataFrame) -> np.ndarray | None:
        return None if len(past) < 7 else np.full(len(later), 0.5)

    assert predict_out_of_time(predict, learnt(), delay=3, at_most=9, least=3).index.tolist() == [38, 39]
    twins = learnt().assign(unit=learnt()["customer_id"] // 4)  # six rows of each class, of two units
    assert predict_out_of_time(predict, twins, delay=3, at_most=9, least=3).empty
    assert len(predict_out_of_time(predict, twins, delay=3, at_most=9, least=2)) == 2


def test_a_part_of_one_class_is_refused_in_a_sentence() -> None:
    check_classes({"test": pd.Series([0, 1])})
    with pytest.raises(UserError, match=r"the test part holds 3 customer-months of one class.*split\.test_share"):
        check_classes({"training": pd.Series([0, 1]), "test": pd.Series([0, 0, 0])})
    with pytest.raises(UserError, match="the test part holds 0 customer-months"):
        check_classes({"test": pd.Series([], dtype=int)})
