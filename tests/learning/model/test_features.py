import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from retention.learning.model.features import AssociatedColumns, ComputedColumns, MonthRatios, _test_number

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
    assert list(step.transform(SHOP).columns) == ["a", "b", "city", "new"]


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


def test_month_ratios_are_of_the_month_before() -> None:
    months = pd.DataFrame({"old": [2.0, 0.0], "middle": [4.0, 5.0], "new": [1.0, 5.0], "city": ["x", "y"]})
    step = MonthRatios({"revenue": ("old", "middle", "new")}).fit(months)
    made = step.transform(months)[["middle_of_old", "new_of_middle"]]
    assert made.to_numpy().tolist() == [[2, 0.25], [0, 1]]
    assert step.source_columns() == {"middle_of_old": ("middle", "old"), "new_of_middle": ("new", "middle")}
    assert list(step.transform(months).columns) == [*months.columns, "middle_of_old", "new_of_middle"]
    pd.testing.assert_frame_equal(MonthRatios().fit_transform(months), months)


@pytest.fixture(scope="module")
def told() -> tuple[pd.DataFrame, np.ndarray]:
    """2,000 customers: a number, a distance and a category that say something of the label, and three that do not."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({name: rng.normal(5, 2, 2000) for name in ("line", "ring", "noise")})
    frame = frame.assign(**{name: rng.choice(["a", "b", "c"], 2000) for name in ("kind", "colour")}, same=1.0)
    chance = (frame["line"] > 5) * 0.3 + (np.abs(frame["ring"] - 5) < 1) * 0.3 + (frame["kind"] == "a") * 0.3
    frame.loc[::50, ["line", "noise"]] = np.nan
    frame.loc[::70, "colour"] = None
    return frame, (rng.random(2000) < chance).to_numpy().astype(np.int64)


def test_columns_that_say_nothing_are_left_out(told: tuple[pd.DataFrame, np.ndarray]) -> None:
    step = AssociatedColumns(0.001).fit(*told)
    assert list(step.transform(told[0]).columns) == ["line", "ring", "kind"]
    assert step.source_columns() == {}
    nothing = AssociatedColumns(0.001).fit(told[0], np.random.default_rng(2).integers(0, 2, 2000))
    assert nothing.kept_ == list(told[0].columns)


def test_the_distance_stands_where_it_tells_more(told: tuple[pd.DataFrame, np.ndarray]) -> None:
    frame, label = told
    instead = AssociatedColumns(0.001, "instead", copies=2).fit(frame, label)
    assert list(instead.transform(frame)) == ["line", "kind", "ring_from_median_1", "ring_from_median_2"]
    assert instead.source_columns() == {"ring_from_median_1": ("ring",), "ring_from_median_2": ("ring",)}
    beside = AssociatedColumns(0.001, "beside").fit(frame, label).transform(frame.tail(1))
    assert beside["ring_from_median_1"].item() == abs(frame["ring"].iloc[-1] - frame["ring"].median())
    assert beside["ring"].item() == frame["ring"].iloc[-1]


def test_how_a_column_is_judged_agrees_with_scikit_learn(told: tuple[pd.DataFrame, np.ndarray]) -> None:
    frame, label = told
    known = frame["line"].notna().to_numpy()
    by_chance, separated = _test_number(frame["line"].to_numpy(), label == 1)
    assert separated == pytest.approx(abs(roc_auc_score(label[known], frame["line"][known]) - 0.5))
    assert by_chance < 1e-9
