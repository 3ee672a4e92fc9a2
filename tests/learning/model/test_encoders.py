import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

from retention.learning.model.encoders import TargetShares
from retention.learning.model.features import ComputedColumns
from retention.learning.model.pipeline import build_pipeline

CITIES = pd.DataFrame({"city": ["north"] * 600 + ["south"] * 400, "shop": [f"shop {n}" for n in range(1000)]})
LEFT = np.r_[np.tile([1, 0, 0], 200), np.tile([1, 1, 0, 1], 100)]


def test_a_category_becomes_its_share_of_decliners() -> None:
    step = TargetShares(random_state=0).fit(CITIES, LEFT)
    north, south, unknown = step.transform(pd.DataFrame({"city": ["north", "south", "west"], "shop": ["new"] * 3}))
    assert north[0] == pytest.approx(1 / 3, abs=0.01)
    assert south[0] == pytest.approx(3 / 4, abs=0.01)
    assert unknown.tolist() == pytest.approx([LEFT.mean()] * 2)
    assert list(step.get_feature_names_out()) == ["city", "shop"]


def test_no_label_encodes_itself() -> None:
    coded = TargetShares(random_state=0).fit_transform(CITIES, LEFT)[:, 1]  # a shop a customer
    assert np.allclose(coded, LEFT.mean())


def test_the_seed_deals_the_folds() -> None:
    coded = [TargetShares(random_state=seed).fit_transform(CITIES, LEFT) for seed in (1, 1, 2)]
    assert np.array_equal(coded[0], coded[1])
    assert not np.array_equal(coded[0], coded[2])


def test_a_category_that_a_step_left_out_is_not_encoded() -> None:
    frame = CITIES.assign(age=np.arange(1000.0))
    step = ComputedColumns({}, drop=["shop"])
    pipeline = build_pipeline(DecisionTreeClassifier(), None, OneHotEncoder(sparse_output=False), step, list(CITIES))
    assert list(pipeline.fit(frame, LEFT)["columns"].get_feature_names_out()) == ["city_north", "city_south", "age"]
