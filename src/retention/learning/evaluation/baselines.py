"""The five studies' own recipes, to be fitted on the same training customers as the winner.

The studies (published notebooks on these tables) name their final model; where they leave a choice open it is
made as they made it, by cross-validated ROC-AUC on the training part, or in the plainest way, and said below.
"""

from collections.abc import Mapping

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

from retention.learning.evaluation.evaluate import Prediction
from retention.learning.model.cells import build_ready_cells, list_encoded
from retention.learning.model.pipeline import build_pipeline, compute_output
from retention.learning.model.regression import RegressionClassifier
from retention.strict import load_texts
from retention.tables.roles import ColumnRoles

STUDY_SEED = 42  # the studies' own random_state
RECIPES = load_texts("retention.learning.evaluation", "recipes.yaml")
"""What they are, for people, by key."""


def build_baselines(roles: ColumnRoles) -> dict[str, Pipeline]:
    """Return the studies' recipes by the keys of `RECIPES`, unfitted.

    A: a decision tree of depth 4 over 3 random columns a split; its encoding is not told, ordinal here.
    B: logistic regression, C = 5, min-max scaling, one-hot; its elastic net with l1_ratio 0 is a plain L2 penalty.
    C: a linear SVC (degree 6 plays no part in a linear kernel); its scaling is not told, standard here.
    D: logistic regression with min-max scaling, the best of a grid; the grid is not told, C from 0.01 to 100 here.
    E: linear and logistic regression, neither tuned; scaling is not told, standard here (it changes nothing for
    the former).
    """
    tree = DecisionTreeClassifier(max_depth=4, max_features=3, random_state=STUDY_SEED)
    ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    plain = LogisticRegression(max_iter=10_000)
    grid = GridSearchCV(plain, {"C": np.logspace(-2, 2, 9)}, scoring="roc_auc")
    scaled = {
        "study_b": (LogisticRegression(C=5, solver="saga", max_iter=10_000, random_state=STUDY_SEED), MinMaxScaler()),
        "study_c": (SVC(kernel="linear", degree=6, random_state=STUDY_SEED), StandardScaler()),
        "study_d": (grid, MinMaxScaler()),
        "study_e_linear": (RegressionClassifier(LinearRegression()), StandardScaler()),
        "study_e_logistic": (plain, StandardScaler()),
    }
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    cells = list_encoded(roles), build_ready_cells(roles)
    return {"study_a": build_pipeline(tree, None, ordinal, None, *cells)} | {
        key: build_pipeline(model, scaler, one_hot, None, *cells) for key, (model, scaler) in scaled.items()
    }


def predict_baselines(
    baselines: Mapping[str, Pipeline], known: pd.DataFrame, target: ArrayLike, unseen: pd.DataFrame
) -> dict[str, Prediction]:
    """Fit each recipe on the training customers; return what it says of the others."""
    labels = np.asarray(target).astype(int)
    predictions = {}
    for key, pipeline in baselines.items():
        fitted = clone(pipeline).fit(known, labels)
        if hasattr(fitted, "predict_proba"):
            predictions[key] = Prediction(np.asarray(fitted.predict_proba(unseen)[:, 1]))
        else:
            predictions[key] = Prediction(compute_output(fitted, unseen), is_probability=False)
    return predictions
