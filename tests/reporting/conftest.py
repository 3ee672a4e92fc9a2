"""A small shop's artifacts, in the shapes that the stages write, and a voice in each language."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retention.exploration.exploration import Roles, explore
from retention.files import rounded
from retention.reporting.language.voice import ColumnName, Voice
from retention.reporting.report import Report, write_report
from retention.reporting.sources import Sources
from retention.settings import Settings
from retention.strict import Language, Text

CATEGORIES = {"children_goods": ("Товары для детей", "Children's goods"), "kitchenware": ("Посуда", "Kitchenware")}
LABELS = {
    "customer_id": ("Номер клиента", "Customer id", None),
    "declined": ("Активность", "Activity", None),
    "accepts_messages": ("Согласие", "Accepts messages", None),
    "favourite_category": ("Любимая категория", "Favourite category", None),
    "pages_per_visit": ("Страниц за визит", "Pages a visit", ("шт.", "pages")),
    "promo_share": ("Доля покупок по акциям", "Share of purchases on promotion", None),
    "revenue_before_previous": ("Выручка два месяца назад", "Revenue, two months ago", ("руб.", "roubles")),
    "revenue_previous": ("Выручка в прошлом месяце", "Revenue, last month", ("руб.", "roubles")),
    "revenue_current": ("Выручка в текущем месяце", "Revenue, this month", ("руб.", "roubles")),
    "monthly_profit": ("Прибыль в месяц", "Monthly profit", ("тыс. руб.", "thousand roubles")),
}
NUMERIC = ("pages_per_visit", "promo_share", "revenue_before_previous", "revenue_previous", "revenue_current")
FEATURES = ("accepts_messages", "favourite_category", *NUMERIC)
HOSTILE = "<script>alert('x')</script> & «кавычки» {{ 7*7 }}"


def text(ru: str, en: str | None = None) -> dict[str, str]:
    return {"ru": ru, "en": en or ru}


def estimate(value: float, half: float = 0.02) -> dict[str, float]:
    return {"value": value, "low": value - half, "high": value + half}


@pytest.fixture
def features() -> tuple[str, ...]:
    """The columns that the shop's model gets."""
    return FEATURES


@pytest.fixture
def hostile_name() -> str:
    """A segment's name that a careless page would run."""
    return HOSTILE


@pytest.fixture(scope="session")
def customers() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    pages = rng.integers(1, 20, 240).astype(float)
    revenue = rng.normal(5000, 500, (240, 3))
    return pd.DataFrame(
        {
            "customer_id": np.arange(240) + 100,
            "declined": (pages + rng.normal(0, 4, 240) < 8).astype("int8"),
            "accepts_messages": rng.choice(["yes", "no"], 240),
            "favourite_category": rng.choice(list(CATEGORIES), 240),
            "pages_per_visit": pages,
            "promo_share": rng.random(240),
            **{f"revenue_{month}": revenue[:, i] for i, month in enumerate(("before_previous", "previous", "current"))},
            "monthly_profit": rng.normal(4, 1, 240),
            "twin_group": np.arange(240),
        }
    )


@pytest.fixture(scope="session")
def exploration(customers: pd.DataFrame, composed: Settings) -> dict[str, Any]:
    months = {month: f"revenue_{month}" for month in ("before_previous", "previous", "current")}
    roles = Roles(
        NUMERIC,
        ("accepts_messages", "favourite_category"),
        "declined",
        "monthly_profit",
        "customer_id",
        "twin_group",
        "favourite_category",
        months,
    )
    found: dict[str, Any] = rounded(explore(customers, roles, composed.explore, seed=1))
    return found


def make_segment(key: str, name: dict[str, str], customers: pd.DataFrame) -> dict[str, Any]:
    few = len(customers) < 30
    revenue = {
        "before_previous": 4800.0,
        "previous": 4900.0,
        "current": 5000.0,
        "change": estimate(5000 / 4800 - 1),
    }
    figures = {
        "decline_rate": estimate(float(customers["declined"].mean())),
        "mean_probability": estimate(0.4),
        "monthly_profit": estimate(4.0),
        "profit_at_risk": 4.0 * len(customers),
        "consent_share": 0.7,
        "favourite_categories": [{"key": "kitchenware", "count": len(customers), "share": 1.0}],
        "revenue_by_month": revenue,
        "revenue_by_category": [{"key": "kitchenware", "support": 5, "too_few": True, "revenue": None}],
    }
    return {
        "key": key,
        "name": name,
        "text": text(f"Кто такие {key}", f"Who {key} are"),
        "purpose": text("Для проверки", "For a test"),
        "support": len(customers),
        "share": len(customers) / 240,
        "too_few": few,
        **(dict.fromkeys(figures) if few else figures),
        "drivers": []
        if few
        else [
            {"column": "pages_per_visit", "mean_abs": 0.5, "share": 0.6, "mean": 0.1, "direction": "down"},
            {"column": "favourite_category", "mean_abs": 0.2, "share": 0.4, "mean": 0, "direction": "by_category"},
        ],
        "differs": []
        if few
        else [
            {
                "column": "promo_share",
                "measure": "cohens_d",
                "effect": 0.8,
                "inside": 0.7,
                "outside": 0.4,
                "more": None,
                "by_definition": False,
                "p_value": 0.0,
                "p_adjusted": 0.0001,
            }
        ],
        "reasons": [] if few else [{"column": "pages_per_visit", "customers": len(customers), "share": 1.0}],
        "offers": ["discount"],
        "eligible": {"discount": len(customers)},
        "origin": "declared",
        "stability": None,
    }


@pytest.fixture
def stability() -> dict[str, Any]:
    """How stable one found rule is."""
    return {
        "key": "found_low_pages_per_visit",
        "name": text("Страниц за визит < 8", "Pages a visit < 8"),
        "kept": True,
        "halves": 40,
        "share": 0.95,
        "overlap": 0.8,
        "lift": estimate(2.3),
        "behaviour_only": True,
        "test": {"support": 45, "decline_rate": estimate(0.7)},
    }


@pytest.fixture
def segments(customers: pd.DataFrame, stability: dict[str, Any]) -> dict[str, Any]:
    found = [
        make_segment("hostile", text(HOSTILE), customers[:100]),
        make_segment("small", text("Горстка", "A handful"), customers[:7]),
    ]
    return {
        "threshold": 0.4,
        "horizon_months": 3.0,
        "confidence": 0.95,
        "population": make_segment("all", text("Все", "All"), customers),
        "segments": found,
        "overlap": {"keys": ["hostile", "small"], "customers": [[100, 7], [7, 7]]},
        "found": {"searched": 180, "halves": 40, "required": 0.7, "overlap": 0.6, "rules": [stability]},
        "actionable": {"pages_per_visit": True, "favourite_category": False},
    }


@pytest.fixture
def plan() -> dict[str, Any]:
    totals = {"contacts": 40, "spent": 9.5, "expected_net_profit": 30.25}
    rule = {"key": "risk", "name": text("Сначала риск", "Highest risk first"), "over_budget": False}
    everyone = {"key": "everyone", "name": text("Всем", "Everyone"), "over_budget": True}
    curve = [
        {"threshold": x, "profit": 20 - 40 * (x - 0.4) ** 2, "low": 10.0, "high": 25.0, "contacts": 100}
        for x in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    return {
        "budget": 10.0,
        **totals,
        "marginal_value_of_budget": 0.8,
        "bound": 33.5,
        "gap": 0.001,
        "method": "lagrangian",
        "effects": "assumed",
        "money": {"unit": text("тыс. руб.", "thousand roubles"), "horizon_months": 3.0},
        "planned": {"contacts": 44, "spent": 10.0, "expected_net_profit": 33.4},
        "offers": [
            {
                "key": "discount",
                "name": text("Скидка", "Discount"),
                "customers": 40,
                "cost": 9.5,
                "expected_value": 30.25,
                "eligible": 120,
                "effect": {"value": 0.1, "status": "assumed", "source": text("Предположение", "Assumption")},
                "break_even_effect": 0.03,
            }
        ],
        "segments": [
            {"key": "hostile", **totals, "offers": {"discount": 40}},
            {"key": "small", "contacts": 0, "spent": 0.0, "expected_net_profit": 0.0, "offers": {"discount": 0}},
        ],
        "baselines": [
            rule | {"contacts": 40, "spent": 10.0, "expected_net_profit": 28.0},
            everyone | {"contacts": 120, "spent": 30.0, "expected_net_profit": 31.0},
        ],
        "sensitivity": [{"factor": 0.5, "same_plan": 5.0, **totals}, {"factor": 2.0, "same_plan": 60.0, **totals}],
        "holdout": {
            "customers": 4,
            "share": 0.1,
            "power": 0.8,
            "detectable_effect": 0.3,
            "planned_effect": 0.1,
        },
        "threshold": {"value": 0.4, "set_by": "money", "suggested": estimate(0.4, 0.1), "curve": curve},
    }


@pytest.fixture
def what_if() -> pd.DataFrame:
    """Plans that differ in every figure; the first is the plan itself, a little better than the rule's."""

    def describe(method: str, budget: float, threshold: float, factor: float, net: float) -> dict[str, Any]:
        contacts = 0 if budget == 0 or factor == 0 or threshold == 1 else int(44 * factor * (1 - threshold)) + 1
        spent = min(budget, contacts * 12.3456)
        figures = {"contacts": contacts, "spent": spent, "net_profit": net if contacts else 0.0}
        offer = {"discount_customers": contacts, "discount_cost": spent, "discount_net_profit": figures["net_profit"]}
        reach = {"above": round(240 * (1 - threshold)), "reachable": round(120 * (1 - threshold))}
        return {
            "method": method,
            "budget": budget,
            "threshold": threshold,
            "factor": factor,
            **figures,
            **offer,
            **reach,
        }

    grid = product((0.0, 5.0, 10.0, 1500.5, np.inf), (0.0, 0.25, 0.4, 1.0), (0.0, 0.5, 1.0, 2.0))
    rules = [describe("rule", b, t, f, 33.3 + 100 * (f - 1) - 7 * t + min(b, 2000) - 10) for b, t, f in grid]
    return pd.DataFrame([describe("plan", 10.0, 0.0, 1.0, 33.4), *rules])


@pytest.fixture
def metrics() -> dict[str, Any]:
    names = ("pr_auc", "brier", "log_loss", "calibration_slope", "expected_calibration_error")
    values = dict.fromkeys(names, estimate(1.0)) | {"calibration_intercept": estimate(0.0)}
    study = {"recipe": text("дерево", "a tree"), "roc_auc": estimate(0.85), "brier": estimate(0.1)}
    return {
        "test": {"roc_auc": estimate(0.91), **values, "support": {"customers": 60, "declined": 20}},
        "out_of_fold": {"roc_auc": estimate(0.9), **values, "support": {"customers": 180, "declined": 70}},
        "baselines": {"study_a": {**study, "difference": {"roc_auc": estimate(0.06)}}},
    }


@pytest.fixture
def best() -> dict[str, Any]:
    choice = {"trial": 1, "model": "my_own", "scaler": "minmax", "encoder": "onehot", "features": "none"}
    candidate = {"roc_auc_search": 0.9, "below_leader": 0.0, "noise": 0.0, "kilobytes": 12, "eligible": True}
    return {
        **choice,
        "params": {"C": 1.5, "penalty": "l2", "n": 3},
        "roc_auc": estimate(0.9) | {"folds": [0.9, 0.9]},
        "tolerance": 0.001,
        "price": 0.0,
        "study": "ab" * 32,
        "candidates": [choice | candidate | {"roc_auc": 0.905}],
        "reason": text("Лучшее испытание.", "The best trial."),
    }


@pytest.fixture
def explanation() -> dict[str, Any]:
    common = {"share_low": 0.1, "share_high": 0.5, "first_rank": 1, "last_rank": 2, "mean_abs": 0.4}
    common |= {"refit_share_low": 0.1, "refit_share_high": 0.6, "refit_first_rank": 1, "refit_last_rank": 2}
    return {
        "refits": 5,
        "agreement": 0.94,
        "explained": "log-odds",
        "importance": [
            {"column": "pages_per_visit", "share": 0.7, "direction": -1, **common},
            {"column": "favourite_category", "share": 0.3, "direction": None, **common},
        ],
        "shapes": {
            "pages_per_visit": [
                {"start": 1.0, "end": 5.0, "customers": 90, "mean": 0.5, "low": 0.2, "high": 0.9},
                {"start": 6.0, "end": 19.0, "customers": 150, "mean": -0.5, "low": -0.9, "high": -0.1},
            ],
            "favourite_category": [
                {"value": key, "customers": 120, "mean": 0.1, "low": -0.1, "high": 0.3} for key in CATEGORIES
            ],
        },
    }


@pytest.fixture
def sources(
    customers: pd.DataFrame,
    exploration: dict[str, Any],
    segments: dict[str, Any],
    plan: dict[str, Any],
    what_if: pd.DataFrame,
    metrics: dict[str, Any],
    best: dict[str, Any],
    explanation: dict[str, Any],
) -> Sources:
    grid = np.linspace(0, 1, 11)
    listed = customers[["customer_id"]].assign(decline_probability=0.8)
    trials = pd.DataFrame(
        {
            "number": [0, 1, 2],
            "state": ["complete", "complete", "pruned"],
            "model": ["tree", "my_own", "tree"],
            "roc_auc": [0.8, 0.9, np.nan],
        }
    )
    calibration = {"mean_probability": [0.1, 0.9], "decline_rate": [0.15, 0.88], "low": [0.05, 0.8]}
    return Sources(
        quality={
            "files": {"market_file.csv": {"rows": 243, "columns": 13}},
            "customers": {"read": 243, "kept": 240, "excluded": 2, "quarantined": 1},
            "findings": [
                {
                    "code": "outlier",
                    "file": "market_money.csv",
                    "column": "revenue_current",
                    "count": 1,
                    "handling": "exclude",
                    "message": text("выброс", "outlier"),
                }
            ],
        },
        exploration=exploration,
        best=best,
        calibration={"method": "my_method"},
        metrics=metrics,
        explanation=explanation,
        segments=segments,
        plan=plan,
        trials=trials,
        what_if=what_if,
        probabilities=listed.assign(decline_probability=np.linspace(0.01, 0.99, 240)),
        offers=listed[:40],
        holdout=listed[40:44],
        curves={
            "roc": pd.DataFrame({"false_positive_rate": grid, "true_positive_rate": grid**0.25}),
            "pr": pd.DataFrame({"recall": grid, "precision": 1 - grid / 3}),
            "lift": pd.DataFrame({"share_contacted": grid, "gain": grid**0.5, "lift": 1.0}),
            "calibration": pd.DataFrame({**calibration, "high": [0.3, 0.95], "customers": 30}),
        },
    )


def make_voice(language: Language) -> Voice:
    columns = {
        name: ColumnName(Text(ru=ru, en=en), Text(ru=unit[0], en=unit[1]) if unit else None, {})
        for name, (ru, en, unit) in LABELS.items()
    }
    category = {key: Text(ru=ru, en=en) for key, (ru, en) in CATEGORIES.items()}
    consent = {"yes": Text(ru="да", en="yes"), "no": Text(ru="нет", en="no")}
    columns["favourite_category"] = ColumnName(columns["favourite_category"].label, None, category)
    columns["accepts_messages"] = ColumnName(columns["accepts_messages"].label, None, consent)
    return Voice(language, columns, Text(ru="тыс. руб.", en="thousand roubles"))


@pytest.fixture(params=["ru", "en"])
def voice(request: pytest.FixtureRequest) -> Voice:
    return make_voice(request.param)


@pytest.fixture
def russian() -> Voice:
    return make_voice("ru")


@pytest.fixture
def english() -> Voice:
    return make_voice("en")


@pytest.fixture
def report(sources: Sources, voice: Voice) -> Report:
    return write_report(sources, voice, FEATURES, good_roc_auc=0.8)
