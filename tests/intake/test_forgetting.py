"""A customer's rows leave an export, however it is written, and no other byte does."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from retention.intake.forgetting import _strike_csv, strike_export
from retention.tables.settings import MAIN, TableSettings

ROWS = ["108,a", '101,"b', 'c, 101"', "", "102,101", '"101",d', "103,e", "101.0,f"]
LEFT = ["108,a", "", "102,101", "103,e"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_just_the_rows_of_a_customer_go(project: Path, tmp_path: Path, encoding: str, end: str) -> None:
    declared: dict[str, Any] = yaml.safe_load((project / "conf/shop/one_click/tables.yaml").read_text(encoding="utf-8"))
    declared["exports"][MAIN]["encoding"] = encoding
    settings, path = TableSettings.model_validate(declared), tmp_path / "made.csv"
    path.write_bytes(end.join(["id,имя", *ROWS, ""]).encode(encoding))
    assert strike_export(path, MAIN, settings.exports[MAIN], settings, "101")
    assert path.read_bytes() == end.join(["id,имя", *LEFT, ""]).encode(encoding)
    assert not strike_export(path, MAIN, settings.exports[MAIN], settings, "101")


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_person_goes_from_lists_of_either_form(tmp_path: Path, separator: str) -> None:
    rows = [["group", "customer_id", "text"], ["contacted", "101", '"a;b,c"'], ["held", "'+102", "101"]]
    lines = [separator.join(row) + "\n" for row in rows]
    path = tmp_path / "list.csv"
    path.write_text("".join(lines), encoding="utf-8-sig")
    assert _strike_csv(path, "101")
    assert path.read_text(encoding="utf-8-sig") == lines[0] + lines[2]
    assert _strike_csv(path, "+102") and not _strike_csv(path, "101")
    assert path.read_text(encoding="utf-8-sig") == lines[0]
