"""The stored model: the file's own bytes, and the file's own predictions wherever it is loaded."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retention.errors import UserError
from retention.learning.model.model_file import read_model
from retention.paths import Paths
from retention.tables.roles import ColumnRoles
from retention.tracking.loader import _load_pyfunc
from retention.tracking.models.columns import ColumnRule
from retention.tracking.models.package import REQUIREMENTS, build_typical_customer, write_package

from ..conftest import fit_model

LOAD = """
import json, sys
import mlflow.pyfunc, mlflow.sklearn
import pandas as pd
frame = pd.read_parquet(sys.argv[2])
served = mlflow.pyfunc.load_model(sys.argv[1]).predict(frame)
raw = mlflow.sklearn.load_model(sys.argv[1]).predict_proba(frame)[:, 1]
import retention
print(json.dumps({"served": served["decline_probability"].tolist(), "raw": raw.tolist(), "code": retention.__path__}))
"""


@pytest.fixture(scope="module")
def paths(make: Callable[..., Paths], tmp_path_factory: pytest.TempPathFactory) -> Paths:
    return make(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="module")
def customers(paths: Paths) -> pd.DataFrame:
    return pd.read_parquet(paths.learnt)


@pytest.fixture(scope="module")
def package(paths: Paths, customers: pd.DataFrame, roles: ColumnRoles) -> Path:
    rules = {
        name: ColumnRule(categories=tuple(customers[name].unique())) if name in roles.categorical else ColumnRule()
        for name in roles.names
    }
    folder = paths.root / "package"
    write_package(folder, paths.model, customers, rules, ["a.trusted.Type"], {"model_card.md": "# Card"})
    return folder


def test_the_very_bytes_of_the_file_are_stored(package: Path, paths: Paths) -> None:
    assert (package / "data" / "model.skops").read_bytes() == paths.model.read_bytes()


@pytest.mark.slow
def test_it_loads_in_another_process_with_the_code_it_brings(
    package: Path, paths: Paths, customers: pd.DataFrame
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOAD, package, paths.learnt],
        capture_output=True, text=True, check=True, cwd=package.parent,
    )  # fmt: skip
    found = json.loads(done.stdout)
    expected = read_model(paths.model, []).predict_proba(customers)[:, 1]
    assert found["code"] == [str(package / "code" / "retention")]
    np.testing.assert_array_equal(found["served"], expected.round(9))
    np.testing.assert_array_equal(found["raw"], expected)


def test_an_exchanged_model_file_is_not_loaded(package: Path, paths: Paths, tmp_path: Path) -> None:
    folder = shutil.copytree(package, tmp_path / "model")
    file = folder / "data" / "model.skops"
    assert _load_pyfunc(str(file)).get_raw_model() is not None
    file.write_bytes(fit_model(pd.read_parquet(paths.learnt), c=0.5))
    with pytest.raises(UserError, match="sha256 differs"):
        _load_pyfunc(str(file))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, ""), ({"promo_share": 0}, ""), ({"unknown_column": 1}, ""),
        ({"promo_share": None}, "is empty"), ({"promo_share": 1e308}, "outside"), ({"promo_share": "7"}, "no number"),
        ({"service_level": "golden"}, "no category"), ({"service_level": None}, "is empty|no category"),
    ],
)  # fmt: skip
def test_pyfunc_and_mlflows_server_accept_and_refuse_the_same(
    package: Path, customers: pd.DataFrame, roles: ColumnRoles, change: dict[str, object], said: str
) -> None:
    import mlflow.pyfunc
    from mlflow.exceptions import MlflowException
    from mlflow.pyfunc.scoring_server import invocations

    row = {**json.loads(customers[list(roles.names)].head(1).to_json(orient="records"))[0], **change}
    model = mlflow.pyfunc.load_model(str(package))
    schema = model.metadata.get_input_schema()
    asked = [
        {"dataframe_records": [row]},
        {"instances": [row]},
        {"inputs": [row]},
        {"inputs": {k: [v] for k, v in row.items()}},
    ]
    calls = [lambda: model.predict(pd.DataFrame([row]))]
    calls += [lambda body=body: invocations(json.dumps(body), "application/json", model, schema) for body in asked]
    for call in calls:
        if not said:
            call()
        else:
            with pytest.raises(MlflowException, match=said):
                call()


def test_signature_and_example_are_the_canonical_columns(
    package: Path, customers: pd.DataFrame, roles: ColumnRoles
) -> None:
    from mlflow.models import Model

    described = Model.load(str(package))
    assert described.signature.inputs.input_names() == list(roles.names)
    kinds = dict(
        zip(
            roles.names,
            [str(kind).lower().removeprefix("datatype.") for kind in described.signature.inputs.input_types()],
            strict=True,
        )
    )
    assert {kinds[name] for name in roles.numeric} == {"any"}  # MLflow would take no whole number for a double
    assert {kinds[name] for name in roles.categorical} == {"string"}
    assert described.signature.outputs.input_names() == ["decline_probability"]
    example = described.load_input_example(str(package))
    assert example[roles.numeric[0]].item() == pytest.approx(np.median(customers[roles.numeric[0]]))


def test_the_example_is_no_real_customer(customers: pd.DataFrame, roles: ColumnRoles) -> None:
    example = build_typical_customer(customers, roles.names)
    assert not (customers[list(roles.numeric)].to_numpy() == example[list(roles.numeric)].to_numpy()).all(axis=1).any()


def test_requirements_are_pinned_without_addresses_and_types_come_from_the_settings(package: Path) -> None:
    lines = (package / "requirements.txt").read_text().split()
    assert [line.partition("==")[0] for line in lines] == list(REQUIREMENTS)
    assert all(line.partition("==")[2] for line in lines)
    assert "a.trusted.Type" in (package / "MLmodel").read_text()
    assert not list(package.rglob("__pycache__"))
    assert not any("http" in path.read_text() for path in package.glob("*") if path.is_file())
