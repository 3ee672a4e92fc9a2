"""A tiny shop: eight customers in the format of the real exports, and how the settings read them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from retention.tables.customers import CustomerTable, read_customers
from retention.tables.settings import TableSettings

HEADER = (
    "id,Покупательская активность,Тип сервиса,Разрешить сообщать,Маркет_актив_6_мес,Маркет_актив_тек_мес,"
    "Длительность,Акционные_покупки,Популярная_категория,Средний_просмотр_категорий_за_визит,"
    "Неоплаченные_продукты_штук_квартал,Ошибка_сервиса,Страниц_за_визит"
)
CUSTOMERS = [
    "108,Снизилась,премиум,да,3.4,5,121,0.0,Товары для детей,6,2,1,5",
    "101,Прежний уровень,стандарт,нет,4.4,4,819,0.75,Домашний текстиль,4,4,2,5",
    "102,Снизилась,стандарт,да,4.9,3,539,0.14,Кухонная посуда,5,2,1,5",
    "103,Прежний уровень,стандартт,да,3.2,5,896,0.99,Товары для детей,5,0,6,4",
    "104,Прежний уровень,премиум,да,5.1,3,1064,0.94,Косметика и аксесуары,3,2,3,2",
    "105,Снизилась,стандарт,нет,3.3,4,762,0.26,Домашний текстиль,4,1,1,4",
    "106,Прежний уровень,стандарт,да,5.1,3,834,0.15,Мелкая бытовая техника и электроника,3,4,6,5",
    "107,Прежний уровень,стандарт,да,1.4,3,863,0.35,Техника для красоты и здоровья,3,6,8,9",
]
IDS = [108, 101, 102, 103, 104, 105, 106, 107]
MONTHS = {"препредыдущий_месяц": 4000.5, "текущий_месяц": 5000.0, "предыдущий_месяц": 4500.25}

Files = dict[str, str]
Build = Callable[..., CustomerTable]


def lines(*rows: str, end: str = "\n") -> str:
    return end.join(rows) + end


@pytest.fixture
def files() -> Files:
    """The text of the four exports."""
    revenue = [f"{i},{month},{value + i}" for i in IDS for month, value in MONTHS.items()]
    minutes = [f"{i},{month},{i - 90}" for i in IDS for month in ("текущий_месяц", "предыдцщий_месяц")]
    return {
        "market_file.csv": lines(HEADER, *CUSTOMERS),
        "market_money.csv": lines("id,Период,Выручка", *revenue),
        "market_time.csv": lines("id,Период,минут", *minutes),
        "money.csv": lines("id;Прибыль", *(f"{i};{i % 10},25" for i in sorted(IDS)), end="\r\n"),
    }


@pytest.fixture(scope="session")
def declared(project: Path) -> dict[str, Any]:
    """The section ``tables`` of the real settings, as plain data."""
    return yaml.safe_load((project / "conf" / "shop" / "one_click" / "tables.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def build(tmp_path: Path, declared: dict[str, Any]) -> Build:
    """Write the files and build the customer table of them."""

    def write_and_build(
        files: Mapping[str, str | bytes],
        backend: str = "pandas",
        labelled: bool = True,
        declared: Mapping[str, Any] = declared,
        **handling: Any,
    ) -> CustomerTable:
        for name, content in files.items():
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        settings = TableSettings.model_validate({**declared, "handling": {**declared["handling"], **handling}})
        return read_customers(tmp_path, settings, backend, labelled)

    return write_and_build
