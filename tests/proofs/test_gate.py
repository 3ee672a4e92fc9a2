"""The gate replaces a stale champion, and keeps one that is better by the margin

Models of one recipe, each fitted on 972 training customers of a simulated shop, are judged by `judge` on 324 test
customers in one month, two, five or twelve: rows of one customer are alike from month to month. The champion has
learnt the first half of the months (of one month: the month before it), the challenger all. *Stale*: with the second
half the relation of label and columns has changed. *Equal*: it has not, and the challenger has only learnt more. The
others are the champion with its log-odds spoilt until it is worse by one margin, measured on thousands of customers.
The solver's last step is left out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from retention.audience.plan.campaign import compute_campaign_profit
from retention.learning.calibration.calibrated_model import train_model
from retention.learning.evaluation.bootstrap import Bootstrap
from retention.learning.model.choice import Choice
from retention.learning.model.space import build_choice
from retention.registry.gate import Check, Contender, Verdict, judge
from retention.settings import Settings, compose_params, read_settings
from retention.simulate import write_shop
from retention.tables.customers import read_customers
from retention.tables.roles import ColumnRoles, list_roles

TRAIN, TEST, SHARE = 972, 324, 0.25
WORLDS, RESAMPLES = 5, 200
DRAWS = {1: 100, 2: 50, 5: 24, 12: 12}  # of test customers in a world, by the number of months
STATES, STAYS = 6, 0.6  # rows that a customer may show, and how often the row is last month's
DRIFT, COST = 1.13, 0.03  # log-odds a standard deviation of a column, and the ROC-AUC that it costs
RECIPE = Choice("logistic", "splines", "onehot", "none", {"C": 1.0, "class_weight": None})
STANDING = Check("comparable", "passed", "")


@dataclass(frozen=True)
class Rows:
    """Customer-months of simulated customers."""

    customer: np.ndarray
    month: np.ndarray
    place: np.ndarray
    """Where the row stands in the shop's table."""
    declined: np.ndarray


@dataclass(frozen=True)
class Shop:
    """A simulated shop: `STATES` rows for each customer, with the true log-odds of decline, and what moves them."""

    settings: Settings
    roles: ColumnRoles
    table: pd.DataFrame
    odds: np.ndarray
    moves: np.ndarray

    def live(self, customers: np.ndarray, months: int, drifts_from: int, rng: np.random.Generator) -> Rows:
        """Let customers live through months; from one of them on the relation is another."""
        state, places = rng.integers(STATES, size=len(customers)), []
        for _ in range(months):
            state = np.where(rng.random(len(customers)) < STAYS, state, rng.integers(STATES, size=len(customers)))
            places.append(customers * STATES + state)
        place, month = np.concatenate(places), np.repeat(np.arange(months), len(customers))
        odds = self.odds[place] + DRIFT * self.moves[place] * (month >= drifts_from)
        return Rows(np.tile(customers, months), month, place, (rng.random(len(place)) < expit(odds)).astype(int))

    def fit(self, rows: Rows, kept: np.ndarray) -> Callable[[Rows], np.ndarray]:
        """Fit the recipe on some of the rows as the stage does; return what predicts others."""
        pipeline = build_choice(RECIPE, self.settings.space, self.roles, 1)
        names = list(self.roles.names)
        given = self.table.loc[rows.place[kept], names], rows.declined[kept], rows.customer[kept]
        model = train_model(pipeline, *given, self.settings.train, 1).model
        return lambda more: model.predict_proba(self.table.loc[more.place, names])[:, 1]

    def contend(self, rows: Rows, probability: np.ndarray, kept: np.ndarray) -> Contender:
        """Return what the gate sees of a model on some rows: each month is a campaign of its own."""
        profit, how = np.zeros(len(rows.place)), self.settings
        for month in np.unique(rows.month[kept]):
            here = kept & (rows.month == month)
            customers = self.table.loc[rows.place[here]].assign(declined=rows.declined[here])
            planned = (how.segment, how.offer, how.plan, self.roles)
            profit[here] = compute_campaign_profit(customers, probability[here], *planned, SHARE)
        return Contender(probability[kept], profit[kept])


@pytest.fixture(scope="module")
def shop(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    root = tmp_path_factory.mktemp("gate")
    how = ("train.folds=3", "train.methods=[none,sigmoid]", "plan.solver.exact_pairs=0", f"gate.resamples={RESAMPLES}")
    compose_params(project / "conf", root / "params.yaml", list(how))
    settings = read_settings(root / "params.yaml")
    write_shop(root / "data", customers=40_000, seed=1, truth=root / "truth.parquet")
    table = read_customers(root / "data", settings.tables, settings.runtime.backend).frame
    truth = pd.read_parquet(root / "truth.parquet").set_index("id")["true_probability"]
    table = table.sample(frac=1, random_state=1).reset_index(drop=True)
    pages = table["pages_per_visit"]
    odds = logit(np.clip(table["customer_id"].map(truth).to_numpy(), 1e-6, 1 - 1e-6))
    return Shop(
        settings, list_roles(settings.tables.columns), table, odds, ((pages - pages.mean()) / pages.std()).to_numpy()
    )


def spoil(least: float, measure: Callable[[float], float], most: float) -> float:
    """Return how strongly a model must be spoilt until it is worse by as much as `least`."""
    low, high = 0.0, most
    for _ in range(14):
        middle = (low + high) / 2
        low, high = (middle, high) if measure(middle) < least else (low, middle)
    return high


def list_spoilt(shop: Shop, rows: Rows, champion: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return models that are worse than the champion by one margin each, measured on all of the rows."""
    margin, odds, label = shop.settings.gate.margin, logit(np.clip(champion, 1e-6, 1 - 1e-6)), rows.declined
    noise, first = rng.normal(size=len(shop.table))[rows.place], rows.month == 0

    def blur(strength: float) -> np.ndarray:
        mixed = (odds + strength * noise)[:, None]
        return LogisticRegression(C=np.inf).fit(mixed, label).predict_proba(mixed)[:, 1]

    def earn(probability: np.ndarray) -> float:
        return float(shop.contend(rows, probability, first).profit.sum())

    def lose_auc(strength: float) -> float:
        return float(roc_auc_score(label, champion) - roc_auc_score(label, odds + strength * noise))

    def lose_likelihood(strength: float) -> float:
        return float(log_loss(label, expit((1 + strength) * odds)) - log_loss(label, champion))

    best = earn(champion)
    return {
        "worse by the margin in ROC-AUC": blur(spoil(margin.roc_auc, lose_auc, 5)),
        "worse by the margin in log loss": expit((1 + spoil(margin.log_loss, lose_likelihood, 5)) * odds),
        "worse by the margin in profit": blur(spoil(margin.profit, lambda by: 1 - earn(blur(by)) / best, 9)),
    }


def list_pairs(shop: Shop, months: int, rng: np.random.Generator) -> Iterator[tuple[str, Rows, np.ndarray, np.ndarray]]:
    """Yield pairs of models on all test customers of a world: a name, the rows, the champion's and the challenger's."""
    customers = rng.permutation(len(shop.table) // STATES)
    gone = int(months == 1)
    half, lived = max(1, months // 2), months + gone
    for name, drifts_from in {"stale": half, "equal": lived}.items():
        learnt = shop.live(customers[:TRAIN], lived, drifts_from, rng)
        older = learnt.month < half
        champion, challenger = (shop.fit(learnt, kept) for kept in (older, ~older if gone else older | True))
        rows = shop.live(customers[TRAIN:], months, drifts_from - gone, rng)
        yield name, rows, champion(rows), challenger(rows)
    for name, spoilt in list_spoilt(shop, rows, champion(rows), rng).items():
        yield name, rows, champion(rows), spoilt


def ask(shop: Shop, rows: Rows, champion: np.ndarray, challenger: np.ndarray, seed: int) -> Verdict:
    """Ask the gate on as many test customers as a shop has."""
    drawn = np.random.default_rng(seed).choice(np.unique(rows.customer), TEST, replace=False)
    kept = np.isin(rows.customer, drawn)
    contenders = (shop.contend(rows, one, kept) for one in (challenger, champion))
    gate = shop.settings.gate
    bootstrap = Bootstrap(rows.customer[kept], gate.resamples, gate.confidence, seed)
    return judge(rows.declined[kept], *contenders, STANDING, gate, bootstrap, newer=True)


def measure_drift(shop: Shop) -> float:
    """Return what a model of stable months loses on drifted ones to one that has learnt them."""
    rng = np.random.default_rng(7)
    customers = rng.permutation(len(shop.table) // STATES)
    learnt, rows = shop.live(customers[:TRAIN], 12, 6, rng), shop.live(customers[TRAIN:], 1, 0, rng)
    old, new = (shop.fit(learnt, kept)(rows) for kept in (learnt.month < 6, learnt.month >= 6))
    return float(roc_auc_score(rows.declined, new) - roc_auc_score(rows.declined, old))


@pytest.mark.slow
@pytest.mark.proof
def test_a_stale_champion_goes_and_a_better_one_stays(shop: Shop, proof: list[str]) -> None:
    cost = measure_drift(shop)
    counts: dict[str, dict[int, list[str]]] = {}
    for months, draws in DRAWS.items():
        for world in range(WORLDS):
            for name, *pair in list_pairs(shop, months, np.random.default_rng([months, world])):
                for draw in range(draws):
                    verdict = ask(shop, *pair, seed=draws * world + draw)
                    passed = [check.code for check in verdict.checks[-2:] if check.status == "passed"]
                    said = passed[0] if verdict.promotes else verdict.decision
                    counts.setdefault(name, {}).setdefault(months, []).append(said)
    margin = shop.settings.gate.margin
    proof += [
        f"The drift costs the champion's model {cost:.3f} ROC-AUC. Margins: ROC-AUC {margin.roc_auc:g}, log loss "
        f"{margin.log_loss:g}, profit {margin.profit:.0%}. {RESAMPLES} resamples.",
        "",
        "| challenger | test customer-months | verdicts | promoted | of them as better | undecided | kept |",
        "|---|---|---|---|---|---|---|",
    ]
    promoted: dict[tuple[str, int], float] = {}
    for name, by_months in counts.items():
        for months, said in by_months.items():
            better, fresh, undecided, kept = (
                said.count(way) / len(said) for way in ("better", "fresh", "undecided", "keep")
            )
            promoted[name, months] = better + fresh
            cells = " | ".join(f"{share:.2f}" for share in (better + fresh, better, undecided, kept))
            proof.append(f"| {name} | {TEST * months:,} | {len(said)} | {cells} |")
    assert abs(cost - COST) < 0.003
    assert min(promoted["stale", months] for months in DRAWS if TEST * months >= 1500) >= 0.8
    for name in counts:
        if name.startswith("worse"):
            assert np.mean([promoted[name, months] for months in DRAWS]) <= 0.05, name
