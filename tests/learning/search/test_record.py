import numpy as np
import pandas as pd
import pytest

from retention.learning.model.space import Choice
from retention.learning.search.record import compute_study_digest, decode_batch, encode_batch
from retention.learning.search.trial import Batch, Trial

CHOICE = Choice("knn", "standard", "onehot", "none", {"weights": None, "p": 0.1 + 0.2, "k": 3, "flag": True})
BATCH = Batch(
    2,
    (
        Trial(0, 2, CHOICE, "complete", (0.1, 1 / 3), seconds=1.5),
        Trial(1, 2, CHOICE, "failed", (), "ValueError: «плохо»"),
        Trial(2, 2, CHOICE, "repeated", (0.1, 1 / 3), repeat_of=0),
    ),
)


def test_a_batch_comes_back_as_it_was() -> None:
    assert decode_batch(encode_batch(BATCH)) == BATCH


def test_a_torn_record_is_noticed_at_any_length() -> None:
    record = encode_batch(BATCH)
    assert all(decode_batch(record[:length]) is None for length in range(len(record) - 2))
    assert decode_batch(b"\0" * len(record)) is None


def test_a_changed_record_is_noticed() -> None:
    record = encode_batch(BATCH)
    assert decode_batch(record.replace(b"0.1, 0.3333", b"0.2, 0.3333", 1)) is None
    assert decode_batch(b"{}") is None
    assert decode_batch(b"[1]") is None


FRAME = pd.DataFrame({"a": [1.0, 2.0], "city": ["x", "y"]})
DECLARED = {"seed": 1, "model": {"knn": {}, "tree": {}}}


@pytest.mark.parametrize(
    ("frame", "declared"),
    [
        (FRAME.assign(a=[1.0, np.nextafter(2.0, 3)]), DECLARED),
        (FRAME.rename(columns={"a": "b"}), DECLARED),
        (FRAME.iloc[::-1], DECLARED),
        (FRAME.astype({"a": "float32"}), DECLARED),
        (FRAME, {**DECLARED, "seed": 2}),
        (FRAME, {**DECLARED, "model": {"tree": {}, "knn": {}}}),  # Optuna draws by place
    ],
)
def test_whatever_could_change_a_trial_changes_the_digest(frame: pd.DataFrame, declared: dict[str, object]) -> None:
    assert compute_study_digest(frame, declared) != compute_study_digest(FRAME, DECLARED)
    assert compute_study_digest(FRAME.copy(), {**DECLARED}) == compute_study_digest(FRAME, DECLARED)
