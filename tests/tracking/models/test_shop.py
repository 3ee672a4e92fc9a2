"""Which shop a model belongs to: what of the settings tells, and DVC's pointer to the data."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from retention.settings import compose_params, parse_settings
from retention.tables.settings import Export
from retention.tracking.provenance import name_shop


@pytest.fixture(scope="module")
def params(project: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("params") / "params.yaml"
    compose_params(project / "conf", path, [])
    return yaml.safe_load(path.read_text())  # type: ignore[no-any-return]


def _read(params: dict[str, Any]) -> dict[str, Export]:
    return parse_settings(params).tables.exports


def test_a_header_makes_another_shop_and_a_spelling_does_not(params: dict[str, Any], tmp_path: Path) -> None:
    pointer = tmp_path / "data.dvc"
    before = name_shop(pointer, _read(params))
    months = params["tables"]["exports"]["revenue"]["months"]["revenue_current"]
    months["spellings"].append("now")
    params["tables"]["handling"]["twins"] = "drop_second"
    assert name_shop(pointer, _read(params)) == before
    params["tables"]["exports"]["profit"]["headers"]["monthly_profit"] = "Profit"
    assert name_shop(pointer, _read(params)) != before


def test_the_sample_is_told_from_real_tables_of_the_same_form(params: dict[str, Any], tmp_path: Path) -> None:
    pointer = tmp_path / "data.dvc"
    for remote in ({"remote": "sample"}, {}):
        pointer.write_text(yaml.safe_dump({"outs": [{"md5": "0.dir", "path": "data", **remote}]}))
        assert name_shop(pointer, _read(params)).startswith("sample-" if remote else "shop-")
