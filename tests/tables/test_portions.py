"""Exports in portions: together they are what the whole is, whatever their rows' order; what is wrong is left to it."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from retention.simulate import write_shop
from retention.tables.customers import CustomerTable, build_customers, read_customers
from retention.tables.findings import sort_quarantine
from retention.tables.portions import divide_exports
from retention.tables.settings import MAIN, TableSettings


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """300 customers: rows without one, of unknown ones, twice, in another order, numbers with a stray blank."""
    write_shop(tmp_path / "shop", customers=300, seed=5, truth=None)
    files = {
        path.name: path.read_text(encoding="utf-8").splitlines(keepends=True) for path in (tmp_path / "shop").iterdir()
    }
    main, money, spent = (files[name] for name in ("market_file.csv", "money.csv", "market_money.csv"))
    main += [main[1], main[2].replace(",", ",9", 1)]
    money[1:] = [*money[:0:-1], ";2,5\r\n", "1;2,5\r\n", "2;3,5\r\n"]
    spent[1:] = [*spent[500:], *spent[1:480]]
    for name, lines in files.items():
        (tmp_path / "shop" / name).write_text("".join(lines), encoding="utf-8", newline="")
    return tmp_path / "shop"


def _build(folder: Path, settings: TableSettings, backend: str, into: Path, rows: int) -> list[CustomerTable]:
    into.mkdir()
    divided = divide_exports(folder, settings, backend, into, rows)
    assert divided is not None
    main = pd.read_csv(folder / "market_file.csv", encoding=settings.exports[MAIN].encoding)
    assert divided.count == -(-len(main["id"].dropna().unique()) // rows)
    return [
        build_customers(divided.read(number), settings, labelled=False, whole=False) for number in range(divided.count)
    ]


@pytest.mark.parametrize(
    ("backend", "ids", "encoding"),
    [("pandas", "integer", "utf-8"), ("polars", "text", "cp1251"), ("pandas", "text", "utf-16")],
)
def test_portions_are_together_what_the_whole_is(
    shop: Path,
    tmp_path: Path,
    declared: dict[str, Any],
    capfd: pytest.CaptureFixture[str],
    backend: str,
    ids: str,
    encoding: str,
) -> None:
    for file in shop.iterdir():
        file.write_text(file.read_text(encoding="utf-8"), encoding=encoding, newline="")
    exports = {name: {**export, "encoding": encoding} for name, export in declared["exports"].items()}
    settings = TableSettings.model_validate({**declared, "ids": ids, "exports": exports})
    whole = read_customers(shop, settings, backend, labelled=False)
    for rows in (7, 100):
        portions = _build(shop, settings, backend, tmp_path / str(rows), rows)
        joined = pd.concat([portion.frame for portion in portions], ignore_index=True)
        joined["unit"] = pd.factorize(joined["unit"])[0]
        pd.testing.assert_frame_equal(joined, whole.frame)
        aside = pd.concat([portion.quarantine for portion in portions], ignore_index=True)
        files = [export.file for export in settings.exports.values()]
        rows_aside = [one.reset_index(drop=True) for one in (sort_quarantine(aside, files), whole.quarantine)]
        pd.testing.assert_frame_equal(*rows_aside, check_dtype=False)
        for name in ("read", "kept", "excluded", "quarantined"):
            counts = [getattr(portion.quality.customers, name) for portion in portions]
            assert sum(counts) == getattr(whole.quality.customers, name)
    assert len(whole.quarantine) > 5
    assert capfd.readouterr() == ("", "")  # polars writes its warnings past Python


def test_numbers_as_people_write_them_are_mended_in_each_portion(
    shop: Path, tmp_path: Path, declared: dict[str, Any]
) -> None:
    file = shop / "money.csv"
    rows = file.read_text(encoding="utf-8").splitlines(keepends=True)
    rows[-30] = rows[-30].replace(";", ";\u00a0")
    file.write_text("".join(rows), encoding="utf-8", newline="")
    settings = TableSettings.model_validate(declared)
    portions = _build(shop, settings, "pandas", tmp_path / "portions", 50)
    joined = pd.concat([portion.frame for portion in portions], ignore_index=True)
    whole = read_customers(shop, settings, "pandas", labelled=False).frame
    pd.testing.assert_frame_equal(joined.drop(columns="unit"), whole.drop(columns="unit"))


@pytest.mark.parametrize("spoil", ["no file", "no number", "small"])
def test_what_cannot_be_divided_is_left_to_the_whole(
    shop: Path, tmp_path: Path, declared: dict[str, Any], spoil: str
) -> None:
    if spoil == "no file":
        (shop / "money.csv").unlink()
    elif spoil == "no number":
        with (shop / "money.csv").open("a", encoding="utf-8") as file:
            file.write("3;many\r\n")
    settings = TableSettings.model_validate(declared)
    assert divide_exports(shop, settings, "pandas", tmp_path, 1000 if spoil == "small" else 50) is None
