import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import minmax_scale

from retention.learning.evaluation.baselines import build_baselines, predict_baselines

from ..conftest import ROLES

Table = tuple[pd.DataFrame, np.ndarray, np.ndarray]


def test_every_recipe_learns(table: Table) -> None:
    frame, target, _ = table
    predictions = predict_baselines(build_baselines(ROLES), frame[:100], target[:100], frame[100:])
    assert list(predictions) == ["study_a", "study_b", "study_c", "study_d", "study_e_linear", "study_e_logistic"]
    for key, prediction in predictions.items():
        assert roc_auc_score(target[100:], prediction.value) > 0.6, key
        assert prediction.is_probability == (key not in ("study_c", "study_e_linear"))


def test_study_b_is_its_formula(table: Table) -> None:
    frame, target, _ = table
    ours = predict_baselines(build_baselines(ROLES), frame, target, frame)["study_b"].value
    columns = np.column_stack([pd.get_dummies(frame["city"]), minmax_scale(frame[["pages", "minutes"]])])
    by_hand = LogisticRegression(C=5, max_iter=10_000).fit(columns.astype(float), target)
    assert ours == pytest.approx(by_hand.predict_proba(columns.astype(float))[:, 1], abs=1e-3)


def test_a_new_category_is_no_obstacle(table: Table) -> None:
    frame, target, _ = table
    elsewhere = frame.head(3).assign(city="elsewhere")
    predictions = predict_baselines(build_baselines(ROLES), frame, target, elsewhere)
    assert all(np.isfinite(prediction.value).all() for prediction in predictions.values())
