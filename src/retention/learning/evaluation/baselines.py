"""The five studies' own recipes, to be fitted on the same training customers as the winner.

The studies (published notebooks on these tables) name their final model; where they leave a choice open it is
made as they made it, by cross-validated ROC-AUC on the training part, or in the plainest way, and said below.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from retention.learning.evaluation.assessment import Prediction
from retention.learning.model.pipeline import build_pipeline, compute_output
from retention.learning.model.regression import RegressionClassifier
from retention.strict import Text

STUDY_SEED = 42  # the studies' own random_state


@dataclass(frozen=True)
class Baseline:
    """A study's recipe.

    Parameters
    ----------
    recipe : Text
        What it is, for people.
    pipeline : Pipeline
        Unfitted.
    """

    recipe: Text
    pipeline: Any


def build_baselines(categorical: Sequence[str]) -> dict[str, Baseline]:
    """Return the studies' recipes by key, unfitted.

    A: a decision tree of depth 4 over 3 random columns a split; its encoding is not told, ordinal here.
    B: logistic regression, C = 5, min-max scaling, one-hot; its elastic net with l1_ratio 0 is a plain L2 penalty.
    C: a linear SVC (degree 6 plays no part in a linear kernel); its scaling is not told, standard here.
    D: logistic regression with min-max scaling, the best of a grid; the grid is not told, C from 0.01 to 100 here.
    E: linear and logistic regression, neither tuned; scaling is not told, standard here (it changes nothing for
    the former).
    """
    return {
        "study_a": _baseline(
            "дерево решений глубины 4", "decision tree of depth 4",
            DecisionTreeClassifier(max_depth=4, max_features=3, random_state=STUDY_SEED), None, categorical,
            encoder=OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        ),
        "study_b": _baseline(
            "логистическая регрессия, C = 5, масштаб min-max", "logistic regression, C = 5, min-max scaling",
            LogisticRegression(C=5, solver="saga", max_iter=10_000, random_state=STUDY_SEED),
            MinMaxScaler(), categorical,
        ),
        "study_c": _baseline(
            "линейный SVC", "linear SVC",
            SVC(kernel="linear", degree=6, random_state=STUDY_SEED), StandardScaler(), categorical,
        ),
        "study_d": _baseline(
            "логистическая регрессия, C по сетке, масштаб min-max",
            "logistic regression, C from a grid, min-max scaling",
            GridSearchCV(LogisticRegression(max_iter=10_000), {"C": np.logspace(-2, 2, 9)}, scoring="roc_auc"),
            MinMaxScaler(), categorical,
        ),
        "study_e_linear": _baseline(
            "линейная регрессия", "linear regression",
            RegressionClassifier(LinearRegression()), StandardScaler(), categorical,
        ),
        "study_e_logistic": _baseline(
            "логистическая регрессия без настройки", "logistic regression, not tuned",
            LogisticRegression(max_iter=10_000), StandardScaler(), categorical,
        ),
    }  # fmt: skip


def predict_baselines(
    baselines: Mapping[str, Baseline], known: pd.DataFrame, target: ArrayLike, unseen: pd.DataFrame
) -> dict[str, Prediction]:
    """Fit each recipe on the training customers; return what it says of the others."""
    labels = np.asarray(target).astype(int)
    predictions = {}
    for key, baseline in baselines.items():
        fitted = clone(baseline.pipeline).fit(known, labels)
        if hasattr(fitted, "predict_proba"):
            predictions[key] = Prediction(np.asarray(fitted.predict_proba(unseen)[:, 1]))
        else:
            predictions[key] = Prediction(compute_output(fitted, unseen), is_probability=False)
    return predictions


def _baseline(ru: str, en: str, model: Any, scaler: Any, categorical: Sequence[str], encoder: Any = None) -> Baseline:
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    pipeline: Pipeline = build_pipeline(model, scaler, one_hot if encoder is None else encoder, None, categorical)
    return Baseline(Text(ru=ru, en=en), pipeline)
