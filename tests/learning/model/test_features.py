import numpy as np
import pandas as pd
import pytest

from retention.learning.model.features import ComputedColumns

SHOP = pd.DataFrame({"a": [6.0, 1.0, 0.0], "b": [3.0, 0.0, 4.0], "city": ["x", "y", "x"]})


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({"ratio": ["a", "b"]}, [2, 0, 0]),  # a division by zero is 0, never infinite
        ({"difference": ["a", "b"]}, [3, 1, -4]),
        ({"product": ["a", "b"]}, [18, 0, 0]),
        ({"mean": ["a", "b"]}, [4.5, 0.5, 2]),
        ({"distance": ["a"]}, [5, 0, 1]),
        ({"distance": ["a", "b"]}, [2.5, 1.5, 1]),
    ],
)
def test_computes_each_operation(declared: dict[str, list[str]], expected: list[float]) -> None:
    step = ComputedColumns({"new": declared})
    assert step.fit_transform(SHOP)["new"].tolist() == expected
    assert step.source_columns() == {"new": tuple(next(iter(declared.values())))}
    assert list(step.get_feature_names_out()) == list(step.transform(SHOP).columns) == ["a", "b", "city", "new"]


def test_a_row_does_not_depend_on_the_others() -> None:
    step = ComputedColumns({"far": {"distance": ["a"]}, "per": {"ratio": ["a", "b"]}}, drop=["b"]).fit(SHOP)
    alone = pd.concat([step.transform(SHOP.iloc[[row]]) for row in range(3)])
    pd.testing.assert_frame_equal(alone, step.transform(SHOP))
    assert "b" not in alone
    assert "b" in SHOP  # the customers' own table is left as it was


def test_more_than_two_columns_or_none_are_refused() -> None:
    for declared, message in [
        ({"ratio": ["a"]}, "ratio takes 2 columns, not 1"),
        ({"power": ["a", "b"]}, "one operation of ratio"),
        ({"mean": ["a", "nowhere"]}, "no column nowhere"),
        ({"mean": []}, "takes some columns, not 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            ComputedColumns({"new": declared}).fit(SHOP)
    assert np.isfinite(SHOP[["a", "b"]].to_numpy()).all()
