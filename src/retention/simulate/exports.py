"""The four exports as files, spelled, separated and ended as the real shop's are, and with the flaws of real ones.

Flaws are put into a clean draw: telling order of rows, twins, inactive, outlier, misspellings. Lines are joined by
arrow's kernels: a million customers are six million lines.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from retention.files import replacing
from retention.simulate.customers import Floats, Ints, pick

FIRST_ID = 500_001
SMALLEST = 100  # customers; below it the blocks of rows cannot hold every defect
OWN = ("id", "monthly_profit", "campaign_draw")  # all that tells twins apart
OUTLIER = 984_317  # tenths of a rouble, some fourteen times the next largest
# How many of each there are among the real shop's 1,300 customers.
PER_1300 = {"twins": 11, "inactive": 3, "misspelt": 10}
# Where the file's blocks of each label end, as shares of that label's customers: row order gives the label away.
BLOCK_ENDS = {1: (0.80, 0.90), 0: (0.06, 0.12)}

Spelling = Callable[[int], str]
Orders = Mapping[tuple[int, ...], int]  # how often each order of the months comes

ROWS_AT_ONCE = 500_000  # bounds the memory, not the result

SERVICE_LEVEL = ("стандарт", "премиум", "стандартт")
MISSPELT = 2  # its place in SERVICE_LEVEL
LABEL = "Покупательская активность"
ACTIVITY = ("Прежний уровень", "Снизилась")
CONSENT = ("нет", "да")
CATEGORY = (  # in the order of CATEGORIES; one с missing in the last, as in the real file
    "Товары для детей",
    "Домашний текстиль",
    "Мелкая бытовая техника и электроника",
    "Кухонная посуда",
    "Техника для красоты и здоровья",
    "Косметика и аксесуары",
)
MONTHS = ("препредыдущий_месяц", "предыдущий_месяц", "текущий_месяц")
TIMES = ("предыдцщий_месяц", "текущий_месяц")  # misspelt in the real file too
# How often the months of a customer come in which order (rows of 1,300).
MONTH_ORDERS: Orders = {
    (2, 0, 1): 314,
    (0, 1, 2): 298,
    (1, 2, 0): 288,
    (1, 0, 2): 145,
    (2, 1, 0): 132,
    (0, 2, 1): 123,
}
TIME_ORDERS: Orders = {(1, 0): 677, (0, 1): 623}


def _count(flaw: str, n: int) -> int:
    return max(1, round(PER_1300[flaw] * n / 1300))


def order_rows(declined: Ints) -> Ints:
    """Return the order in which the file lists the customers: by label, in blocks of unequal length."""
    parts = []
    for label, ends in BLOCK_ENDS.items():
        rows = np.flatnonzero(declined == label)
        parts.append(np.split(rows, [round(end * len(rows)) for end in ends]))
    return np.concatenate([block for pair in zip(*parts, strict=True) for block in pair])


def add_defects(customers: pd.DataFrame, uniform: Floats) -> pd.DataFrame:
    """Return the customers with twins, inactive, outlier and misspellings in place.

    Customers are in the file's order; random numbers of shape (n,) decide which rows get a flaw. None gets two, so that
    each can be counted. Where they have no label, which nobody knows yet in a month, any may be inactive and there are
    no twins, which come as such.
    """
    n, free, source = len(customers), np.argsort(uniform, kind="stable"), np.arange(len(customers))
    early = free
    if "declined" in customers:
        declined = customers["declined"].to_numpy()
        first = int(np.argmin(declined))  # length of the first block
        last = int(np.flatnonzero(np.diff(declined) == 1)[-1]) + 1  # start of the last block of declined customers
        pairs = np.arange(_count("twins", n))
        originals, copies = first - 1 - pairs[::-1], last + pairs
        source[copies] = originals
        free = free[~np.isin(free, np.concatenate([originals, copies]))]
        early = free[free < first]
    outlier, inactive = early[0], early[1 : 1 + _count("inactive", n)]
    standard = free[(customers["premium"].to_numpy()[free] == 0) & ~np.isin(free, early[: 1 + len(inactive)])]
    flawed = customers.iloc[source].reset_index(drop=True)
    flawed[list(OWN)] = customers[list(OWN)]
    flawed.loc[inactive, ["revenue_before_previous", "revenue_previous", "promo_share"]] = 0
    flawed.loc[outlier, "revenue_current"] = OUTLIER
    flawed.loc[standard[: _count("misspelt", n)], "premium"] = MISSPELT
    return flawed


def _spell(values: Ints, spelling: Spelling) -> pa.Array:
    index, distinct = pd.factorize(values)
    return pa.array([spelling(int(value)) for value in distinct], pa.string()).take(pa.array(index))


def _digits(values: Ints) -> pa.Array:
    return pa.array(values).cast(pa.string())


def _point(digits: int) -> Spelling:
    return lambda value: repr(value / 10**digits)


def _comma(value: int) -> str:
    return f"{value / 100:g}".replace(".", ",")


def _write_lines(path: Path, header: str, columns: list[pa.Array], separator: str = ",") -> None:
    with replacing(path) as beside, beside.open("wb") as file:
        file.write(f"{header}\r\n".encode())
        for start in range(0, len(columns[0]), ROWS_AT_ONCE):
            cells = [column.slice(start, ROWS_AT_ONCE) for column in columns]
            lines = pc.binary_join_element_wise(*cells, separator)
            ended = pc.binary_join_element_wise(lines, "", "\r\n")
            size = pc.sum(pc.binary_length(ended)).as_py()
            file.write(memoryview(ended.buffers()[2])[:size])


def _write_months(
    path: Path, value: tuple[str, Spelling], amounts: pd.DataFrame, orders: Orders, uniform: Floats
) -> None:
    """Write one line per customer and month.

    `amounts` are by id with a column a month, `value` is their header and spelling; `uniform` gives every customer's
    order of the months.
    """
    order = np.array(list(orders))[pick(np.array(list(orders.values())), uniform)]
    ordered = np.take_along_axis(amounts.to_numpy(), order, axis=1)
    ids, months = np.repeat(amounts.index.to_numpy(), order.shape[1]), amounts.columns.__getitem__
    columns = [_digits(ids), _spell(order.ravel(), months), _spell(ordered.ravel(), value[1])]
    _write_lines(path, f"id,Период,{value[0]}", columns)


def _write_market(path: Path, customers: pd.DataFrame) -> None:
    """Write the main export; it has the label if `customers` has it."""
    spelled: dict[str, tuple[pd.Series, Spelling]] = {
        **({LABEL: (customers["declined"], ACTIVITY.__getitem__)} if "declined" in customers else {}),
        "Тип сервиса": (customers["premium"], SERVICE_LEVEL.__getitem__),
        "Разрешить сообщать": (customers["accepts_messages"], CONSENT.__getitem__),
        "Маркет_актив_6_мес": (customers["marketing_contacts_6m"], _point(1)),
        "Маркет_актив_тек_мес": (customers["marketing_contacts_current"], str),
        "Длительность": (customers["tenure_days"], str),
        "Акционные_покупки": (customers["promo_share"], _point(2)),
        "Популярная_категория": (customers["favourite_category"], CATEGORY.__getitem__),
        "Средний_просмотр_категорий_за_визит": (customers["categories_per_visit"], str),
        "Неоплаченные_продукты_штук_квартал": (customers["unpaid_items"], str),
        "Ошибка_сервиса": (customers["service_errors"], str),
        "Страниц_за_визит": (customers["pages_per_visit"], str),
    }
    columns = [_spell(np.asarray(values), spelling) for values, spelling in spelled.values()]
    _write_lines(path, ",".join(["id", *spelled]), [_digits(customers["id"].to_numpy()), *columns])


def write_outcomes(path: Path, ids: Ints, declined: Ints) -> None:
    """Write what became of customers, under the headers and in the spelling of the main export."""
    _write_lines(path, f"id,{LABEL}", [_digits(ids), _spell(declined, ACTIVITY.__getitem__)])


def write_exports(out: Path, customers: pd.DataFrame, rng: np.random.Generator) -> None:
    """Write ``market_file.csv``, ``market_money.csv``, ``market_time.csv`` and ``money.csv``.

    Customers are as `add_defects` gives them: whole numbers, in the file's order. Without ``declined`` the label is
    left out. `rng` shuffles the months of every customer.
    """
    _write_market(out / "market_file.csv", customers)
    by_id, n = customers.set_index("id"), len(customers)
    revenue = by_id[["revenue_before_previous", "revenue_previous", "revenue_current"]].set_axis(MONTHS, axis=1)
    _write_months(out / "market_money.csv", ("Выручка", _point(1)), revenue, MONTH_ORDERS, rng.random(n))
    minutes = by_id[["minutes_previous", "minutes_current"]].set_axis(TIMES, axis=1)
    _write_months(out / "market_time.csv", ("минут", str), minutes, TIME_ORDERS, rng.random(n))
    profit = _spell(customers["monthly_profit"].to_numpy(), _comma)
    _write_lines(out / "money.csv", "id;Прибыль", [_digits(by_id.index.to_numpy()), profit], ";")
