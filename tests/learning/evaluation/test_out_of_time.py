import numpy as np
import pandas as pd

from retention.learning.evaluation.evaluate import predict_out_of_time

MONTHS = ["2025-11", "2025-12", "2026-01", "2026-02", "2026-03"]


def learnt() -> pd.DataFrame:
    """Eight customers in five months, the last two of the test side."""
    rows = [(month, n, int(n % 2), "test" if n > 5 else "train") for month in MONTHS for n in range(8)]
    return pd.DataFrame(rows, columns=["month", "customer_id", "declined", "part"])


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
