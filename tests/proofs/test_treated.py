"""A model that learns treated customers' labels as they are says too little risk; four ways beside it and an oracle

A simulated shop of 1,300 customers over twelve months, lived through once for each way: each month a model is fitted on
the labels that have matured, the offers that pay by it and by the effects learnt so far are planned, a share of the
planned is left alone, both arms rest until the result, and the customers answer as the simulator says. The model is
judged on every month's customers by what would become of them without a campaign, which the simulator knows.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from retention.audience.offers.audience import build_audience
from retention.audience.segments.rules import resolve_rules
from retention.campaigns.effects import compute_economics, gather_evidence, learn_effects
from retention.campaigns.labels import count_for, teach
from retention.campaigns.ledger import Entry, Terms
from retention.campaigns.measurement import GONE, measure_campaign
from retention.learning.calibration.calibrated_model import train_model
from retention.learning.model.space import build_choice
from retention.settings import Settings
from retention.simulate.drift import UNCHANGED
from retention.simulate.exports import write_exports
from retention.simulate.lives import UNSEEN, Lives, begin, live_on
from retention.simulate.months import answer_campaign, name_months
from retention.tables.columns import ID, MONTH, PROBABILITY, TARGET, UNIT
from retention.tables.customers import read_customers
from retention.tables.months.rows import TIMES, take_taught
from retention.tables.months.shop import number_units
from retention.tables.roles import list_roles

from ..campaigns.world import CAMPAIGNS, CHOICE, World

SEEDS, CUSTOMERS, DELAY, SHARE, FOLDS = 5, 1300, 3, 0.15, 3
NAMES = name_months("2026-01", 12)
FIRST = 2 * DELAY  # place of the first month whose model could learn from treated customers
UNTREATED, CONTACTED = "untreated", "was_contacted"
WAYS = {
    "oracle": "what would have happened without campaigns (the simulator's)",
    "corrected": "corrected by the learnt effect",
    "left_out": "contacted left out, controls weighted by 1/π",
    "column": "the assignment as a column, set to untreated",
    "as_seen": "as they are",
    "planned_left_out": "both arms left out",
}
Predict = Callable[[pd.DataFrame], np.ndarray]


@dataclass
class Life:
    """A shop lived through by one way of learning."""

    settings: Settings
    way: str
    terms: Terms
    learnt: list[pd.DataFrame] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    def learn(self, known: int, effects: dict[str, float]) -> Predict:
        """Fit on the first `known` months."""
        roles = list_roles(self.settings.tables.columns)
        rows = pd.concat(self.learnt[:known], ignore_index=True)
        rows[UNIT] = number_units(rows, roles.names)
        way, counts = self.way, count_for(rows, self.entries)
        taught = teach(rows, self.entries, effects, way if way in ("corrected", "left_out") else "as_seen")
        if way == "oracle":
            taught[TARGET] = rows[UNTREATED]
        elif way == "planned_left_out":
            taught[TIMES] = (counts == 1).astype(int)
        elif way == "column":
            rows[CONTACTED] = (counts == 0).astype(float)
            roles = roles.model_copy(update={"features": {**roles.features, CONTACTED: "number"}})
        given, names = take_taught(rows, taught), list(roles.names)
        pipeline = build_choice(CHOICE, self.settings.space, roles, self.settings.seed)
        train = self.settings.train.model_copy(update={"folds": FOLDS})
        model = train_model(pipeline, given[names], given[TARGET], given[UNIT], train, self.settings.seed).model
        return lambda frame: np.asarray(model.predict_proba(frame.assign(**{CONTACTED: 0.0})[names])[:, 1])

    def launch(self, customers: pd.DataFrame, truth: pd.DataFrame, effects: dict[str, float], month: str) -> np.ndarray:
        """Plan for everyone who does not rest, and return for whom an offer would pay, resting or not."""
        settings = self.settings
        rules, roles = resolve_rules(settings.segment, settings.offer, customers), list_roles(settings.tables.columns)
        audience = build_audience(customers, rules, settings.offer, settings.plan.money, roles)
        saved = truth[[f"effect_{name}" for name in settings.offer]].to_numpy()
        world = World(self.terms, CAMPAIGNS, audience, truth["true_probability"].to_numpy(), saved)
        paying = world.plan(effects, np.arange(len(customers)))
        resting = {name for entry in self.entries if entry.launched.reading > month for name in entry.assigned[ID]}
        self.entries.append(world.launch(paying[~paying[ID].isin(resting)], SHARE, month, month))
        return customers[ID].astype(str).isin(paying[ID]).to_numpy()


def judge(given: np.ndarray, truth: np.ndarray, paying: np.ndarray) -> dict[str, float]:
    """Return the expected log loss and ROC-AUC against what happens without a campaign, and the bias."""
    loss = -(truth * np.log(given) + (1 - truth) * np.log(1 - given))
    auc = roc_auc_score(
        np.repeat([1, 0], len(given)), np.tile(given, 2), sample_weight=np.concatenate([truth, 1 - truth])
    )
    off = given - truth
    return {"loss": loss.mean(), "auc": auc, "bias": off.mean(), "bias of the planned": off[paying].mean()}


def read_month(folder: Path, settings: Settings, lives: Lives, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a month's customers by its exports, and what is true of them."""
    shown, rng = lives.shown.sort_values("id", ignore_index=True), np.random.default_rng([seed, 1])
    write_exports(folder, shown.drop(columns="declined"), rng)
    customers = read_customers(folder, settings.tables, "pandas", labelled=False).frame
    return customers, shown.set_index("id").loc[customers[ID]]


def live(settings: Settings, folder: Path, way: str, seed: int) -> list[dict[str, float]]:
    """Return how good the model is in each month in which it could have learnt from treated customers."""
    assumed, money = {name: offer.effect.value for name, offer in settings.offer.items()}, settings.plan.money
    share = money.loss_share.value
    terms = Terms(months=DELAY, horizon_months=money.horizon_months, loss_share=share, money=True, effects=assumed)
    life, lives, told = Life(settings, way, terms), begin(CUSTOMERS), []
    for step in range(-UNSEEN, len(NAMES)):
        lives = live_on(lives, step, UNCHANGED, np.random.default_rng([seed, UNSEEN + step]))
        if step < 0:
            continue
        customers, truth = read_month(folder / NAMES[step], settings, lives, seed)
        if step >= DELAY:
            known = {
                str(rows[MONTH].iloc[0]): rows[[ID, TARGET]].assign(**{GONE: False})
                for rows in life.learnt[: step - DELAY + 1]
            }
            measured = [
                measure_campaign(one, known.get(one.launched.month), "declined", CAMPAIGNS) for one in life.entries
            ]
            economics = compute_economics(life.entries)
            effects = learn_effects(assumed, gather_evidence(measured), economics, 0.95, 0.9).means
            given = life.learn(step - DELAY + 1, effects)(customers)
            paying = life.launch(customers.assign(**{PROBABILITY: given}), truth, effects, NAMES[step])
            if step >= FIRST:
                told.append(judge(given, truth["true_probability"].to_numpy(), paying))
            answered = answer_campaign(life.entries[-1].assigned, lives.shown)
            changed = lives.shown["id"].map(answered.set_index(answered[ID].astype(int))[TARGET])
            declined = changed.fillna(lives.shown["declined"]).astype(int)
            lives = replace(lives, shown=lives.shown.assign(declined=declined))
        seen = lives.shown.set_index("id")["declined"].loc[customers[ID]].to_numpy()
        alone = (truth["campaign_draw"] < truth["true_probability"]).to_numpy(int)
        life.learnt.append(customers.assign(**{MONTH: NAMES[step], TARGET: seen, UNTREATED: alone}))
    return told


@pytest.mark.slow
@pytest.mark.proof
def test_the_default_is_the_nearest_to_the_oracle(composed: Settings, tmp_path: Path, proof: list[str]) -> None:
    found = {
        way: pd.DataFrame(
            [pd.DataFrame(live(composed, tmp_path / way / str(seed), way, seed)).mean() for seed in range(SEEDS)]
        )
        for way in WAYS
    }
    means, above = pd.DataFrame({way: rows.mean() for way, rows in found.items()}).T, found["oracle"]["loss"]
    proof += [
        f"{SEEDS} shops, the mean of the {len(NAMES) - FIRST} months whose models could learn from treated customers; "
        f"{SHARE:.0%} of the planned left alone.",
        "",
        "| labels of treated customers | log loss | above the oracle's, ‰ | bias | bias of the planned | ROC-AUC |",
        "|---|---|---|---|---|---|",
    ]
    for way, told in WAYS.items():
        each = ", ".join(f"{1000 * one:+.1f}" for one in found[way]["loss"] - above)
        row = means.loc[way]
        proof.append(
            f"| {told} | {row['loss']:.4f} | {each} | {row['bias']:+.4f} | {row['bias of the planned']:+.4f} "
            f"| {row['auc']:.4f} |"
        )
    proof.append("")
    assert means["loss"].drop("oracle").idxmin() == composed.label.treated
    assert abs(means["bias of the planned"][composed.label.treated]) < abs(means["bias of the planned"]["as_seen"])
