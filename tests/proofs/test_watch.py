"""A stable month is called fine, and what is expected of a month comes true if only its customers have changed

The shop is simulated month by month, with customers who return. Models of two kinds are fitted by `train_model` on what
was learnt from; what `watch` is given is what they say of customers they had not seen, never the true probabilities. A
changed month draws customers with weights that depend on what the exports show (or the model says) of them alone, as
strongly as makes the model's ROC-AUC 0.05 worse among such customers.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.special import logit

from retention.learning.calibration.calibrated_model import TrainedModel, tabulate_probabilities, train_model
from retention.learning.calibration.summary import find_folds
from retention.learning.evaluation.metrics import compute_roc_auc
from retention.learning.model.choice import Choice
from retention.learning.model.space import build_choice
from retention.settings import read_settings
from retention.simulate.customers import CATEGORIES
from retention.simulate.drift import Drift, Kind
from retention.simulate.lives import Lives, begin, live_on
from retention.tables.columns import ID, PROBABILITY, PROFIT, STANDS_FOR, TARGET, UNIT
from retention.tables.roles import list_roles
from retention.watch.expected import measure_labels
from retention.watch.summary import Watch
from retention.watch.watch import PARTS, Month, watch

SETTINGS = read_settings(Path(__file__).parents[2] / "params.yaml")
ROLES = list_roles(SETTINGS.tables.columns)
TRUE, COST, AWAY = "true_probability", 0.05, 10_000_000
SETTLED = 36  # months after which the mix of customers stays
MODELS = {
    "logistic": Choice("logistic", "minmax", "onehot", "none", {"C": 1.0, "class_weight": None}),
    "trees": Choice(
        "extra_trees", "none", "onehot", "none", {"n_estimators": 100, "max_features": 0.15, "min_samples_leaf": 3}
    ),
}
SHOPS = {"4 months of 325": (4, 325), "1 month of 1,300": (1, 1300)}
STABLE = Drift()


def live(lives: Lives, first: int, steps: int, rng: np.random.Generator, drift: Drift = STABLE) -> Iterator[Lives]:
    for step in range(first, first + steps):
        lives = live_on(lives, step, drift, rng)
        yield lives


def tabulate(lives: Lives) -> pd.DataFrame:
    shown = lives.shown
    frame = shown.assign(
        favourite_category=np.array(CATEGORIES)[shown["favourite_category"]],
        service_level=np.where(shown["premium"] == 1, "premium", "standard"),
        accepts_messages=np.where(shown["accepts_messages"] == 1, "yes", "no"),
        **{name: shown[name].astype(float) for name in ROLES.numeric},
    )
    return frame.rename(columns={"id": ID})[[ID, *ROLES.names, PROFIT, TRUE, TARGET]]


@dataclass
class Shop:
    """A shop, what a model learnt from it, and where its customers have got to."""

    learnt: pd.DataFrame
    trained: TrainedModel
    lives: Lives
    step: int
    learnt_in: str
    model: str
    seed: int
    weights: Mapping[str, float]

    def give(self, month: pd.DataFrame) -> pd.DataFrame:
        """Return customers with what the models say that had not seen them, as the stage `predict` does."""
        fold = find_folds(month[ID], self.learnt)
        models = [self.trained.model, *self.trained.fold_models]
        given = tabulate_probabilities(models, fold, month[list(ROLES.names)])
        return month.assign(**{UNIT: np.arange(len(month)), PROBABILITY: given[PROBABILITY]})

    def live_on(self, number: int, drift: Drift = STABLE) -> pd.DataFrame:
        """Return one way in which the month three months on may come, one of many."""
        rng = np.random.default_rng([self.seed, 1, number])
        return tabulate(list(live(self.lives, self.step, 3, rng, drift))[-1])


@cache
def open_shop(learnt_in: str, model: str, seed: int) -> Shop:
    months, places = SHOPS[learnt_in]
    rng = np.random.default_rng([seed, 0])
    *_, settled = live(begin(places), 0, SETTLED, rng)
    lived = list(live(settled, SETTLED, months, rng))
    learnt = pd.concat([tabulate(lives) for lives in lived], ignore_index=True)
    learnt[UNIT], learnt[STANDS_FOR] = pd.factorize(learnt[ID])[0], 1
    test = rng.random(len(learnt)) < 0.25
    test = test[pd.factorize(learnt[ID])[0]]  # by customer
    known = learnt[~test]
    pipeline = build_choice(MODELS[model], SETTINGS.space, ROLES, seed)
    trained = train_model(pipeline, known[list(ROLES.names)], known[TARGET], known[UNIT], SETTINGS.train, seed)
    fold = np.zeros(len(learnt), dtype=int)
    fold[~test] = trained.fold
    given = tabulate_probabilities([trained.model, *trained.fold_models], fold, learnt[list(ROLES.names)])
    told = {name: abs(np.corrcoef(learnt[name], given["score"])[0, 1]) for name in ROLES.numeric}
    return Shop(learnt.join(given), trained, lived[-1], SETTLED + months, learnt_in, model, seed, told)


def open_shops(counts: Mapping[str, int]) -> Iterator[Shop]:
    for learnt_in in SHOPS:
        for model, count in counts.items():
            yield from (open_shop(learnt_in, model, seed) for seed in range(count))


def find_strangers() -> Iterator[pd.DataFrame]:
    """Yield customers of other shops that are alike."""
    for seed in range(6):
        *_, settled = live(begin(1300), 0, SETTLED, np.random.default_rng([seed, 3]))
        for way in range(3):
            *_, lived = live(settled, SETTLED, 3, np.random.default_rng([seed, 3, way]))
            frame = tabulate(lived)
            yield frame.assign(**{ID: frame[ID] + AWAY * (1 + 3 * seed + way)})


def judge(shop: Shop, month: pd.DataFrame, seed: int) -> Watch:
    return watch(shop.learnt, Month(month), ROLES, shop.weights, SETTINGS.watch, seed)


def measure(month: pd.DataFrame, declines: Any, weights: Any = 1.0) -> float:
    """Return ROC-AUC if each customer declines with so much probability."""
    declines = np.asarray(declines, dtype=float)
    both = np.concatenate([weights * declines, weights * (1 - declines)])[None]
    return float(compute_roc_auc(np.repeat([1, 0], len(month)), np.tile(month[PROBABILITY], 2), both)[0])


def z(values: pd.Series) -> Any:
    return (values - values.mean()) / values.std()


def bump(values: pd.Series) -> Any:
    return -(z(values) ** 2) / 2


def hardness(probability: pd.Series) -> Any:
    return -np.abs(logit(probability.clip(1e-6, 1 - 1e-6))) / 3


SHIFTS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "who is hard to tell in truth": lambda month: hardness(month[TRUE]),
    "who is hard to tell for the model": lambda month: hardness(month[PROBABILITY]),
    "more pages": lambda month: z(month["pages_per_visit"]),
    "ordinary numbers of pages": lambda month: bump(month["pages_per_visit"]),
    "more minutes": lambda month: z(month["minutes_previous"]) + z(month["minutes_current"]),
    "ordinary in three columns": lambda month: (
        bump(month["pages_per_visit"]) + bump(month["minutes_previous"]) + bump(month["minutes_current"])
    ),
    "active buyers of promotions": lambda month: (
        z(month["promo_share"]) + z(month["minutes_current"]) + z(month["pages_per_visit"])
    ),
    "many pages in few categories": lambda month: z(month["pages_per_visit"]) - z(month["categories_per_visit"]),
}


def find_weights(pool: pd.DataFrame, shift: str) -> Any:
    """Return how likely each customer of the pool is drawn, so that ROC-AUC is `COST` worse; None where none does."""
    tilt = np.asarray(SHIFTS[shift](pool))
    before = measure(pool, pool[TRUE])

    def weigh(strength: float) -> Any:
        return np.exp(strength * tilt - (strength * tilt).max())

    def excess(strength: float) -> float:
        return before - measure(pool, pool[TRUE], weigh(strength)) - COST

    strengths = np.linspace(0, 6, 25)
    for low, high in pairwise(strengths):
        if excess(high) > 0:
            weights = weigh(brentq(excess, low, high, xtol=1e-3))
            return weights / weights.sum()
    return None


def gather(shop: Shop, others: list[pd.DataFrame], ways: int) -> pd.DataFrame:
    """Return customers from whom changed months are drawn: the shop's own in many ways, and strangers."""
    own = [shop.live_on(1000 + number) for number in range(ways)]
    return shop.give(pd.concat([*own, *others], ignore_index=True))


def draw(pool: pd.DataFrame, weights: Any, size: int, rng: np.random.Generator) -> pd.DataFrame:
    chosen = pool.iloc[rng.choice(len(pool), 4 * size, p=weights)].drop_duplicates(ID).head(size)
    return chosen.reset_index(drop=True).assign(**{UNIT: np.arange(len(chosen))})


def look(watched: Watch, shop: Shop, month: pd.DataFrame) -> dict[str, Any]:
    """Return what was expected of a month beside what is true of it and what its labels show."""
    quality = watched.quality
    assert quality and quality.at_risk and watched.shift
    labels, told, lost = (month[name].to_numpy() for name in (TARGET, PROBABILITY, PROFIT))
    happened = measure_labels(labels, told, lost, np.ones(len(month)))
    came = {name: (one := getattr(quality, name)).seen_low <= it <= one.seen_high for name, it in happened.items()}
    return {
        "learnt": shop.learnt_in,
        "model": shop.model,
        "customers": len(month),
        "alarm": watched.verdict != "fine",
        "retrain": watched.verdict == "retrain",
        "expected quality": quality.fall.low > 0,
        "classifier": watched.shift.p_value <= SETTINGS.watch.false_alarm / PARTS,
        "columns": any(column.shifted for column in watched.columns),
        "off the truth": quality.roc_auc.value - measure(month, month[TRUE]),
        "off what happened": quality.roc_auc.value - happened["roc_auc"],
        "ROC-AUC came true": came["roc_auc"],
        "log loss came true": came["log_loss"],
        "decline rate came true": came["decline_rate"],
        "money at risk came true": came["at_risk"],
        "returning": watched.returning,
    }


def table(seen: pd.DataFrame, by: str, columns: Mapping[str, str]) -> list[str]:
    """Return means by group as Markdown: absolute ones of what is named ``off …``."""
    sizes = [name for name in columns if name.startswith("off")]
    absolute = seen.assign(**{name: seen[name].abs() for name in sizes})
    lines = [f"| {by} | months | {' | '.join(columns.values())} |", "|---" * (len(columns) + 2) + "|"]
    for name, group in [*absolute.groupby(by, sort=False), ("all", absolute)]:
        cells = " | ".join(f"{group[column].mean():.3f}" for column in columns)
        lines.append(f"| {name} | {len(group)} | {cells} |")
    return [*lines, ""]


ALARMS = {"alarm": "not fine", **dict.fromkeys(("expected quality", "classifier", "columns"), "")}
ALARMS |= {name: f"by {name}" for name, said in ALARMS.items() if not said}
CAME = {f"{name} came true": f"{name} came true" for name in ("ROC-AUC", "log loss", "decline rate", "money at risk")}
OFF = {"off the truth": "mean error of ROC-AUC", "off what happened": "against the labels"}


@pytest.mark.slow
@pytest.mark.proof
def test_a_stable_month_is_fine(proof: list[str]) -> None:
    seen = pd.DataFrame(
        look(judge(shop, month, number), shop, month)
        for shop in open_shops({"logistic": 16, "trees": 9})
        for number in range(4)
        for month in [shop.give(shop.live_on(number))]
    )
    proof.append(
        f"**{len(seen)} stable months**, {seen['returning'].mean():.0%} of whose customers return; nominal: "
        f"{SETTINGS.watch.false_alarm} are not called fine. An interval that a figure of the labels is to come true in "
        "is one of 95 %."
    )
    proof.extend(["", *table(seen, "learnt", ALARMS | OFF | CAME), *table(seen, "model", ALARMS | OFF | CAME)])
    assert len(seen) == 200
    assert seen["alarm"].mean() <= 0.05
    assert seen["ROC-AUC came true"].mean() >= 0.9


@pytest.mark.slow
@pytest.mark.proof
def test_what_is_expected_of_other_customers_comes_true(proof: list[str]) -> None:
    others, found = list(find_strangers()), []
    for shop in open_shops({"logistic": 8, "trees": 4}):
        pool, rng = gather(shop, others, ways=8), np.random.default_rng([shop.seed, 2])
        for shift in SHIFTS:
            weights = find_weights(pool, shift)
            for size in (330, 1300) if weights is not None else ():
                month = draw(pool, weights, size, rng)
                watched = judge(shop, month, shop.seed)
                assert watched.quality
                expected, such = watched.quality.roc_auc, measure(pool, pool[TRUE], weights)
                covers = {"covers": expected.low <= such <= expected.high, "shift": shift}
                found.append(look(watched, shop, month) | covers)
    seen = pd.DataFrame(found)
    covers = {"covers": "interval of ROC-AUC covers"}
    proof.append(
        f"**{len(seen)} changed months**: other customers, ROC-AUC {COST} worse among such customers. The interval of "
        "ROC-AUC is for all such customers; what their labels show has one of its own. The truth is the ROC-AUC that "
        "the true probabilities of the month's customers give."
    )
    for by in ("shift", "customers", "learnt", "model"):
        proof.extend(["", *table(seen, by, ALARMS | {"retrain": "retrain"} | OFF | covers | CAME)])
    assert seen["alarm"].mean() >= 0.9
    assert seen["off the truth"].abs().mean() <= 0.02
    assert min(seen[name].mean() for name in ("covers", *CAME)) >= 0.9


@pytest.mark.slow
@pytest.mark.proof
def test_a_change_of_the_relation_is_seen_by_the_labels_only(proof: list[str]) -> None:
    found = []
    for shop in open_shops({"logistic": 16}):
        changed = Drift(Kind.RELATION, since=shop.step, strength=3.0)
        month = shop.give(shop.live_on(0, changed))
        found.append(look(judge(shop, month, 0), shop, month))
    seen = pd.DataFrame(found)
    proof.append(
        f"**{len(seen)} months whose relation has changed**: errors of the service, which meant little, drive "
        "customers away. The watch is blind to it, by its nature; the labels are not."
    )
    proof.extend(["", *table(seen, "learnt", ALARMS | OFF | CAME)])
    assert seen["ROC-AUC came true"].mean() < 0.5
