"""Made-up shops that look like no shop of this project; who declines follows from what the customers do."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd


def write_table(
    folder: Path, name: str, rows: Sequence[Sequence[object]], separator: str = ",", encoding: str = "utf-8"
) -> None:
    """Write rows, the header first, as a text table."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(separator.join(map(str, row)) + "\n" for row in rows)
    (folder / name).write_bytes(text.encode(encoding))


def _draw(generator: np.random.Generator, risk: np.ndarray) -> np.ndarray:
    """Draw who declines: the logistic of twice the standardised risk."""
    return generator.random(len(risk)) < 1 / (1 + np.exp(-2 * (risk - risk.mean()) / risk.std()))


def write_orders_shop(folder: Path, customers: int = 1200, seed: int = 1) -> None:
    """Write a Russian shop with money and no consent: cp1251, ids with leading zeros, a log of four months' orders."""
    generator = np.random.default_rng(seed)
    ids = [f"{number:07d}" for number in generator.choice(90_000, customers, replace=False)]
    visits, days = generator.poisson(6, customers), generator.integers(30, 2000, customers)
    level, trend = generator.gamma(4, 400, customers), generator.normal(0, 0.5, customers)
    declined = _draw(generator, -1.5 * trend - 0.15 * visits)
    cities = ["Казаннь"] * 4 + generator.choice(["Казань", "Омск", "Самара"], customers - 4).tolist()
    profit = [f"{value / 30:.2f}".replace(".", ",") for value in level]
    gone = np.where(declined, "Ушёл", "Остался")
    header = ["Код клиента", "Город", "Визитов за месяц", "Дней с регистрации", "Прибыль в месяц", "Статус", "Телефон"]
    phones = [f"+7 900 {generator.integers(1000000, 9999999)}" for _ in ids]
    people = zip(ids, cities, visits, days, profit, gone, phones, strict=True)
    write_table(folder, "клиенты.csv", [header, *people], ";", "cp1251")
    orders: list[Sequence[object]] = [["Клиент", "Дата заказа", "Сумма"]]
    for month in range(3, 7):
        for customer in generator.permutation(customers):
            for _ in range(generator.integers(1, 3)):
                amount = level[customer] * (1 + 0.2 * trend[customer]) ** month * generator.uniform(0.5, 1.5)
                day = f"{generator.integers(1, 29):02d}.{month:02d}.2026"
                orders.append([ids[customer], day, f"{amount:.2f}".replace(".", ",")])
    write_table(folder, "заказы.csv", orders, ";", "cp1251")


def write_plain_shop(folder: Path, customers: int = 600, seed: int = 2) -> None:
    """Write an English shop in one table, with neither months nor money, with an ordered column and missing cells."""
    generator = np.random.default_rng(seed)
    activity = generator.integers(0, 3, customers)
    age, logins = generator.integers(18, 80, customers), generator.poisson(4 + 2 * activity)
    rating = np.round(generator.normal(3.5, 0.8, customers), 1)
    table = pd.DataFrame(
        {
            "Member ID": [f"M-{number}" for number in generator.permutation(customers) + 5000],
            "Activity": np.array(["low", "medium", "high"])[activity],
            "Age": age,
            "logins": logins,
            "avg_rating": np.where(generator.random(customers) < 0.1, "", rating.astype(str)),
            "Has app": np.where(generator.random(customers) < 0.4, "TRUE", "FALSE"),
            "plan": generator.choice(["basic", "family", "student", "group"], customers),
            "Country": "Malta",
            "Churned": np.where(_draw(generator, -activity - 0.2 * logins - 0.6 * rating), "Yes", "No"),
        }
    )
    write_table(folder, "members.csv", [list(table), *table.to_numpy().tolist()], ",", "utf-8-sig")
