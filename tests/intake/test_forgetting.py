"""A customer's rows leave an export, however it is written, and no other byte does."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from retention.errors import UserError
from retention.files import write_bytes, write_text
from retention.intake.forgetting import _strike_csv, forget_customer, strike_export
from retention.paths import Paths
from retention.settings import Settings
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


LISTS = {  # with what is left of it
    "offers.csv": (
        '\ufeffcustomer_id;cost;name\n101;1,5;a\n102;101;b\n"101";2;c, d\n',
        "\ufeffcustomer_id;cost;name\n102;101;b\n",
    ),
    "holdout.csv": ("customer_id,cost\r\n101,1.5\r\n102,101\r\n", "customer_id,cost\r\n102,101\r\n"),
    "contacts.csv": ("reached;customer_id\nда;101\nнет;102\n", "reached;customer_id\nнет;102\n"),
}


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251"])
def test_lists_are_finished_where_a_kill_came_after_the_data(composed: Settings, tmp_path: Path, encoding: str) -> None:
    paths = Paths(tmp_path, tmp_path)
    write_text(paths.data / "2026-01" / "market_file.csv", "id\n102\n")
    for name, (before, _) in LISTS.items():
        write_bytes(paths.artifacts / name, before.encode(encoding, errors="ignore"))
    told = forget_customer("101", composed.tables, paths)
    assert told[0] == "Customer 101 was taken out of contacts.csv, holdout.csv, offers.csv."
    left = {name: (paths.artifacts / name).read_bytes() for name in LISTS}
    assert left == {name: after.encode(encoding, errors="ignore") for name, (_, after) in LISTS.items()}
    with pytest.raises(UserError, match="has the customer 101: check the id"):
        forget_customer("101", composed.tables, paths)
    assert (paths.data / "2026-01" / "market_file.csv").read_text() == "id\n102\n"
