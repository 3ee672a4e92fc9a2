import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    SplineTransformer,
    StandardScaler,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from retention.files import rounded
from retention.learning.explanation.explanation import choose_reference, explain_customers, tabulate_attributions
from retention.learning.explanation.importance import (
    compute_agreement,
    compute_refit_shares,
    summarise_importance,
    summarise_shapes,
)
from retention.learning.explanation.reference import Reference
from retention.learning.explanation.source_columns import sum_to_sources, trace_columns
from retention.learning.explanation.summary import CategoryPart
from retention.learning.model.features import ComputedColumns
from retention.learning.model.pipeline import build_pipeline, compute_output
from retention.learning.model.regression import RegressionClassifier

Table = tuple[pd.DataFrame, np.ndarray, np.ndarray]
RATIO = ComputedColumns({"pages_a_minute": {"ratio": ["pages", "minutes"]}})


def fit(table: Table, model: Any, scaler: Any = None, encoder: Any = None, features: Any = None) -> Any:
    encoder = OneHotEncoder(sparse_output=False) if encoder is None else encoder
    return build_pipeline(model, scaler, encoder, features, ["city"]).fit(table[0], table[1])


def explain(pipeline: Any, frame: pd.DataFrame, **changes: Any) -> Any:
    known = np.arange(len(frame)) % 4 > 0
    workers = changes.pop("workers", 1)
    reference = choose_reference(pipeline, frame, known, **({"evaluations": 10_000, "seed": 0} | changes))
    return explain_customers(pipeline, frame, reference, workers)


@pytest.mark.parametrize("features", [None, RATIO], ids=["plain", "computed"])
@pytest.mark.parametrize(
    ("method", "model"),
    [
        ("linear", LogisticRegression()),
        ("linear", SVC(kernel="linear")),
        ("linear", RegressionClassifier(LinearRegression())),
        ("tree", DecisionTreeClassifier(max_depth=4, random_state=0)),
        ("tree", ExtraTreesClassifier(10, random_state=0)),
        ("tree", HistGradientBoostingClassifier(max_iter=10, random_state=0)),
        ("permutation", SVC()),
        ("permutation", KNeighborsClassifier()),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_attributions_add_up_whatever_the_family(table: Table, method: str, model: Any, features: Any) -> None:
    pipeline = fit(table, model, StandardScaler(), features=features)
    explained = explain(pipeline, table[0])
    assert explained.method == method
    assert list(explained.by_column.columns) == ["pages", "minutes", "city"]
    total = explained.base_value + explained.by_column.sum(axis=1)
    assert total.to_numpy() == pytest.approx(compute_output(pipeline, table[0]), abs=1e-9)


@pytest.mark.parametrize(
    "model",
    [LogisticRegression(), DecisionTreeClassifier(max_depth=4, random_state=0), KNeighborsClassifier()],
    ids=["linear", "tree", "permutation"],
)
def test_a_later_customer_alone_is_explained_as_in_company(table: Table, model: Any) -> None:
    frame = table[0]
    pipeline = fit(table, model, StandardScaler())
    known = np.arange(len(frame)) % 4 > 0
    reference = choose_reference(pipeline, frame, known, evaluations=10_000, seed=0)
    together = explain_customers(pipeline, frame, reference)
    kept = Reference.model_validate_json(json.dumps(rounded(reference)))
    for place in (0, len(frame) - 1):
        alone = explain_customers(pipeline, frame.iloc[[place]], kept)
        assert alone.base_value == together.base_value
        pd.testing.assert_frame_equal(alone.by_column.round(9), together.by_column.iloc[[place]].round(9))


def test_a_linear_model_by_hand(table: Table) -> None:
    frame = table[0]
    pipeline = fit(table, LogisticRegression())
    explained = explain(pipeline, frame)
    known = np.arange(len(frame)) % 4 > 0
    weight = dict(zip(pipeline[:-1].get_feature_names_out(), pipeline[-1].coef_[0], strict=True))
    by_hand = weight["pages"] * (frame["pages"] - frame["pages"][known].mean())
    assert explained.by_column["pages"].to_numpy() == pytest.approx(by_hand.to_numpy())
    cities = pd.Series({city: weight[f"city_{city}"] for city in ("north", "south", "west")})
    own = frame["city"].map(cities)
    assert explained.by_column["city"].to_numpy() == pytest.approx((own - own[known].mean()).to_numpy())
    assert explained.base_value == pytest.approx(explained.output[known].mean())


def test_threads_give_the_same_bits(table: Table) -> None:
    pipeline = fit(table, KNeighborsClassifier(), StandardScaler())
    one, two = (explain(pipeline, table[0], workers=workers) for workers in (1, 2))
    assert np.array_equal(one.by_column, two.by_column)


def test_attributions_that_do_not_add_up_are_refused(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retention.learning.explanation.explanation._find_weights", lambda _: np.ones(5))
    with pytest.raises(RuntimeError, match="miss the output"):
        explain(fit(table, LogisticRegression()), table[0])


def test_each_column_is_traced_to_its_sources(table: Table) -> None:
    cases = {
        5: fit(table, SVC()),
        3: fit(table, SVC(), StandardScaler(), OrdinalEncoder()),
        6: fit(table, SVC(), features=RATIO),
        9: fit(table, SVC(), KBinsDiscretizer(3, encode="onehot-dense", quantile_method="averaged_inverted_cdf")),
        15: fit(table, SVC(), SplineTransformer(n_knots=4)),
    }
    for n_columns, pipeline in cases.items():
        sources = trace_columns(pipeline, table[0])
        assert sources is not None
        seen = pipeline[:-1].transform(table[0])
        assert len(sources) == n_columns == seen.shape[1]
        for name in table[0].columns:  # a column reacts exactly where its sources say
            changed = table[0].assign(**{name: np.roll(table[0][name].to_numpy(), 7)})
            reacts = (pipeline[:-1].transform(changed) != seen).any(axis=0)
            assert [name in source for source in sources] == reacts.tolist()


def test_a_column_of_several_sources_is_shared_evenly() -> None:
    given = np.array([[1.0, 10.0, 4.0]])
    summed = sum_to_sources(given, [("a",), ("b",), ("a", "c")], ["a", "b", "c"])
    assert summed.tolist() == [[3.0, 10.0, 2.0]]


def test_a_step_of_unknown_making_is_explained_by_switching(table: Table) -> None:
    pipeline = fit(table, LogisticRegression(), features=FunctionTransformer(lambda frame: frame))
    assert explain(pipeline, table[0]).method == "permutation"


def test_importance_finds_what_matters_and_where_it_points(table: Table) -> None:
    frame = table[0]
    values = explain(fit(table, LogisticRegression()), frame).by_column
    refits = compute_refit_shares(values, np.arange(150) % 4)
    first, *rest = summarise_importance(values, frame, refits, categorical=["city"], resamples=200, seed=0)
    assert first.column == "pages"  # the label was drawn from it
    assert (first.direction, first.first_rank, first.last_rank) == (-1, 1, 1)
    assert first.share + sum(row.share for row in rest) == pytest.approx(1)
    assert all(row.share_low <= row.share <= row.share_high for row in (first, *rest))
    assert next(row for row in rest if row.column == "city").direction is None
    assert first.mean_abs == pytest.approx(values["pages"].abs().mean())


def test_shapes_hold_every_customer_once(table: Table) -> None:
    frame = table[0].assign(flat=1.0)
    values = explain(fit(table, LogisticRegression()), table[0]).by_column.assign(flat=0.0)
    shapes = summarise_shapes(values, frame, categorical=["city"], bins=4)
    for name, parts in shapes.items():
        assert sum(part.customers for part in parts) == len(frame), name
        weighted = sum(part.customers * part.mean for part in parts)
        assert weighted == pytest.approx(values[name].sum(), abs=1e-9)
    assert [part.value for part in shapes["city"] if isinstance(part, CategoryPart)] == ["north", "south", "west"]
    assert [part.mean for part in shapes["pages"]] == sorted((part.mean for part in shapes["pages"]), reverse=True)
    assert len(shapes["flat"]) == 1


def test_the_table_of_attributions(table: Table) -> None:
    explained = explain(fit(table, LogisticRegression()), table[0])
    listed = tabulate_attributions(explained, pd.Series(range(150), name="customer_id"))
    assert list(listed.columns) == ["customer_id", "base_value", "output", "pages", "minutes", "city"]
    total = listed[["base_value", "pages", "minutes", "city"]].sum(axis=1)
    assert total.to_numpy() == pytest.approx(listed["output"].to_numpy())


def test_refits_are_the_models_of_the_folds() -> None:
    values = pd.DataFrame({"a": [9.0, -3.0, 1.0, 1.0, 2.0], "b": [9.0, 1.0, 1.0, -4.0, 1.0], "c": [0, 0, 0, 1.0, 1.0]})
    refits = compute_refit_shares(values, np.array([0, 1, 1, 2, 2]))
    assert refits.to_numpy() == pytest.approx(np.array([[4, 2, 0], [3, 5, 2]]) / [[6], [10]])
    assert compute_agreement(refits) == pytest.approx(0.5)  # ranks 3 2 1 and 2 3 1
    frame = pd.DataFrame({"a": range(5), "b": range(5), "c": range(5)})
    rows = summarise_importance(values, frame, refits, categorical=[], resamples=50, seed=0)
    told = {row.column: (row.refit_first_rank, row.refit_last_rank, row.refit_share_high) for row in rows}
    assert told == {"a": (1, 2, pytest.approx(4 / 6)), "b": (1, 2, 0.5), "c": (3, 3, 0.2)}
