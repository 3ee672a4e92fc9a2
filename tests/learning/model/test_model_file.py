import io
import json
import os
import subprocess
import sys
import zipfile
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from retention.errors import UserError
from retention.learning.calibration.calibrated_model import CalibratedModel
from retention.learning.calibration.calibrators import build_calibrator
from retention.learning.model.model_file import MOVED, OWN_TYPES, read_model, write_model_bytes

FAMILIES = """
import hashlib, sys
import numpy as np
from retention.determinism import pin_kernels
pin_kernels()
import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from retention.learning.model.pipeline import find_output_scale
from retention.learning.model.features import ComputedColumns
from retention.learning.model.model_file import read_model, write_model_bytes
from retention.learning.model.pipeline import build_pipeline
from retention.learning.model.regression import RegressionClassifier
from retention.learning.calibration.calibrated_model import train_model
from retention.learning.settings import TrainSettings

filler = [object() for _ in range(int(sys.argv[1]))]  # other addresses in memory
rng = np.random.default_rng(0)
frame = pd.DataFrame({"a": rng.normal(size=90), "b": rng.uniform(1, 2, 90), "c": rng.choice(["x", "y", "z"], 90)})
target = (frame["a"] + rng.normal(size=90) > 0).astype(int)
tree = "sklearn.tree._tree.Tree"
features = "retention.learning.model.features.ComputedColumns"
families = {
    "knn": (KNeighborsClassifier(), ["sklearn.metrics._dist_metrics.EuclideanDistance64",
                                     "sklearn.neighbors._kd_tree.KDTree"]),
    "tree": (DecisionTreeClassifier(max_depth=3, random_state=0), [tree]),
    "logistic": (LogisticRegression(), []),
    "svc": (SVC(), []),
    "linear": (RegressionClassifier(Ridge()), ["retention.learning.model.regression.RegressionClassifier"]),
    "extra_trees": (ExtraTreesClassifier(8, random_state=0, n_jobs=2), [tree]),
    "boosting": (HistGradientBoostingClassifier(max_iter=5, random_state=0),
                 ["sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"]),
}
methods = ["none", "sigmoid", "beta", "isotonic"]
for number, (name, (model, trusted)) in enumerate(families.items()):
    pipeline = build_pipeline(model, StandardScaler(), OneHotEncoder(sparse_output=False),
                              ComputedColumns({"d": {"ratio": ["a", "b"]}}), ["c"])
    method = methods[1 + number % 3]
    model = train_model(pipeline, frame, target, np.arange(90), TrainSettings(folds=3, methods=[method]), seed=0).model
    content = write_model_bytes(model)
    loaded = read_model(content, [*trusted, features])
    assert np.array_equal(loaded.predict_proba(frame), model.predict_proba(frame)), name
    print(name, hashlib.sha256(content).hexdigest())
"""


@pytest.mark.slow
def test_equal_models_are_equal_files_in_every_process() -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", FAMILIES, number],
            env={**os.environ, "PYTHONHASHSEED": number},
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in ("1", "12345")
    ]
    first, second = (process.communicate(timeout=300)[0] for process in started)
    assert all(process.returncode == 0 for process in started)
    assert len(first.splitlines()) == 7
    assert first == second


def model(depth: int = 2) -> CalibratedModel:
    x, y = np.arange(20.0)[:, None], np.arange(20) % 3 == 0
    fitted = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(x, y)
    return CalibratedModel(fitted, build_calibrator("none", "probability"))


def test_another_model_is_another_file() -> None:
    assert write_model_bytes(model()) == write_model_bytes(model())
    assert write_model_bytes(model()) != write_model_bytes(model(depth=3))


def test_the_file_holds_no_clock_and_no_address() -> None:
    with zipfile.ZipFile(io.BytesIO(write_model_bytes(model()))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        names = sorted(archive.namelist())
        numbers = [int(part.split(",")[0].rstrip("}]")) for part in schema(archive).split('"__id__":')[1:]]
    assert names == sorted([*(f"{number}.npy" for number in range(len(names) - 1)), "schema.json"])
    assert max(numbers) < len(numbers)


def schema(archive: zipfile.ZipFile) -> str:
    return archive.read("schema.json").decode()


def test_a_type_that_is_not_listed_is_refused() -> None:
    content = write_model_bytes(model())
    with pytest.raises(UserError, match=r"sklearn\.tree\._tree\.Tree.*trusted_types"):
        read_model(content, [])
    assert read_model(content, ["sklearn.tree._tree.Tree"]).predict(np.zeros((1, 1))).shape == (1,)


def test_a_forged_file_runs_nothing() -> None:
    content = write_model_bytes(CalibratedModel(LogisticRegression(), build_calibrator("sigmoid", "score")))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        forged = json.loads(schema(archive))
        forged["__module__"], forged["__class__"] = "os", "system"
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as other:
            other.writestr("schema.json", json.dumps(forged))
    with pytest.raises(UserError, match=r"os\.system|posix\.system"):
        read_model(target.getvalue(), [])


def test_what_is_no_model_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "model.skops"
    with pytest.raises(UserError, match=r"model\.skops is missing"):
        read_model(broken, [])
    broken.write_bytes(b"PK not really")
    with pytest.raises(UserError, match="not a skops model"):
        read_model(broken, [])


def test_a_file_that_rots_anywhere_is_named() -> None:
    content = write_model_bytes(model())
    for place in range(0, len(content), 7):
        for rotten in (bytearray(content), bytearray(content[:place])):
            rotten[place : place + 3] = b"\0\0\0" if len(rotten) > place + 3 else b""
            with suppress(UserError):  # nothing else; where no bit that counts has changed, the model is read
                read_model(bytes(rotten), ["sklearn.tree._tree.Tree"])


def test_a_model_written_when_its_classes_stood_elsewhere_is_read() -> None:
    model = CalibratedModel(LogisticRegression(), build_calibrator("none", "probability"))
    former = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(write_model_bytes(model))) as source, zipfile.ZipFile(former, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            for old, new in MOVED.items():
                content = content.replace(new.encode(), old.encode())
            target.writestr(name, content)
    assert b"retention.learning.calibrators" in former.getvalue()
    assert isinstance(read_model(former.getvalue(), []), CalibratedModel)


def test_own_types_exist() -> None:
    for name in OWN_TYPES:
        module, _, kind = name.rpartition(".")
        assert hasattr(import_module(module), kind)
