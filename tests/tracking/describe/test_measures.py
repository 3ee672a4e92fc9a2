"""Nested measures become flat metrics, and nothing that is no number does."""

from retention.tracking.describe.measures import clean_key, to_metrics


def test_intervals_and_depth_become_names() -> None:
    content = {
        "roc_auc": {"value": 0.9, "low": 0.8, "high": 1, "folds": [0.1]},
        "support": {"customers": 10, "name": "test"},
        "baselines": {"study_a": {"roc_auc": {"value": 0.7, "low": None}}},
    }
    found = {metric.key: metric.value for metric in to_metrics(content)}
    assert found == {
        "roc_auc": 0.9, "roc_auc_low": 0.8, "roc_auc_high": 1.0, "support/customers": 10.0,
        "baselines/study_a/roc_auc": 0.7,
    }  # fmt: skip


def test_what_is_no_finite_number_is_passed_over() -> None:
    assert not to_metrics({"a": None, "b": float("nan"), "c": float("inf"), "d": True, "e": "1", "f": {"value": None}})


def test_keys_are_such_as_mlflow_takes() -> None:
    assert clean_key("доля%x") == "_____x"
    assert len(clean_key("k" * 999)) == 250
