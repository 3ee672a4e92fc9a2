"""The server's plain loop over trees gives scikit-learn's own numbers, to the last bit."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from retention.registry.service.predictor import quicken


@pytest.mark.parametrize("kind", [ExtraTreesClassifier, RandomForestClassifier, HistGradientBoostingClassifier])
def test_the_numbers_are_the_same(kind: type) -> None:
    rng = np.random.default_rng(3)
    table = pd.DataFrame(rng.normal(size=(200, 5)), columns=list("abcde"))
    label = (table["a"] + rng.normal(size=200) > 0).astype(int)
    pipeline = make_pipeline(StandardScaler(), kind(random_state=0)).fit(table, label)
    before = pipeline.predict_proba(table)
    quicken(SimpleNamespace(pipeline=pipeline))
    np.testing.assert_array_equal(pipeline.predict_proba(table), before)
    np.testing.assert_array_equal(pipeline.predict_proba(table.head(1)), before[:1])
