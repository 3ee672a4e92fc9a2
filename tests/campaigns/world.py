"""A shop whose campaigns can be lived through: planned by a fitted model, judged by the simulator's truth."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from retention.audience.offers.audience import Audience, build_audience
from retention.audience.segments.rules import resolve_rules
from retention.campaigns.design import draw_control
from retention.campaigns.ledger import (
    ARM,
    ASSIGNED,
    AT_STAKE,
    BLOCK,
    CAMPAIGN,
    CHANCE,
    CONTACTED,
    COST,
    HELD,
    OFFER,
    Entry,
    Launched,
    Terms,
)
from retention.campaigns.measurement import GONE
from retention.campaigns.settings import CampaignSettings, Way
from retention.learning.calibration.calibrated_model import train_model
from retention.learning.model.choice import Choice
from retention.learning.model.space import build_choice
from retention.settings import Settings
from retention.simulate import write_shop
from retention.tables.columns import ID, MONTH, PROBABILITY, TARGET, UNIT
from retention.tables.customers import read_customers
from retention.tables.months.periods import move_month
from retention.tables.roles import list_roles

Factor = float | np.ndarray
CAMPAIGNS = CampaignSettings.model_validate(
    {
        "way": "quarterly", "year_budget": None, "confidence": 0.95, "few_customers": 20, "few_events": 10,
        "permutations": 199, "alarm": 0.01, "extend": 0.9,
    }
)  # fmt: skip
CHOICE = Choice("logistic", "splines", "onehot", "none", {"C": 1.0, "class_weight": None})


@dataclass(frozen=True)
class World:
    """Customers with the probabilities of a fitted model and the shop's own rules, and what is true of them."""

    terms: Terms
    settings: CampaignSettings
    audience: Audience
    """All customers, planned or not."""
    truth: np.ndarray
    saved: np.ndarray
    """What is true of them: the probability of decline, and what each offer takes off it, shape (n, offers)."""

    def plan(self, effects: Mapping[str, float], who: np.ndarray) -> pd.DataFrame:
        """Return those of `who` (places) for whom an offer pays by these effects, with the best of them."""
        audience = self.audience
        values = audience.stake[who, None] * np.array([effects[name] for name in audience.offers]) - audience.costs[who]
        values = np.where(audience.eligible[who], values, -np.inf)
        best = values.argmax(axis=1)
        paying = values.max(axis=1) > 0
        return self.tabulate(who[paying], best[paying])

    def tabulate(self, who: np.ndarray, best: np.ndarray) -> pd.DataFrame:
        """Return the columns of the ledger for customers and their offers, by place, and what is true of them."""
        audience, customers = self.audience, self.audience.customers.iloc[who]
        table = {
            ID: customers[ID].astype(str),
            UNIT: customers[UNIT],
            OFFER: np.array(list(audience.offers), dtype=object)[best],
            PROBABILITY: customers[PROBABILITY],
            AT_STAKE: audience.loss[who] / self.terms.loss_share,
            COST: audience.costs[who, best],
            "truth": self.truth[who],
            "saved": self.saved[who, best],
        }
        return pd.DataFrame(table).reset_index(drop=True)

    def launch(
        self, rows: pd.DataFrame, share: float, campaign: str, month: str = "2026-01", way: Way = "quarterly"
    ) -> Entry:
        """Draw the control group of some of the planned and freeze them."""
        rows = rows.reset_index(drop=True)
        likely = np.unique(rows[OFFER], return_inverse=True)[1]
        draw = draw_control(likely, rows, np.ones(len(rows), dtype=bool), share, way, campaign)
        assigned = rows.assign(
            **{
                CAMPAIGN: campaign,
                MONTH: month,
                ARM: np.where(draw.held, HELD, CONTACTED),
                BLOCK: draw.block,
                CHANCE: np.where(draw.held, draw.chance, 1 - draw.chance),
            }
        )[list(ASSIGNED.columns)]
        launched = Launched(
            campaign=campaign, month=month, reading=move_month(month, self.terms.months), model="", version=None,
            forced="", terms=self.terms, settings={}, plan="", checksum="",
        )  # fmt: skip
        return Entry(launched, assigned, None, 0)

    def live(self, entry: Entry, rows: pd.DataFrame, factor: Factor, rng: np.random.Generator) -> pd.DataFrame:
        """Return what becomes of the customers, if the offers do `factor` times what the simulator says."""
        sent = (entry.assigned[ARM] == CONTACTED).to_numpy()
        risk = rows["truth"].to_numpy() - np.where(sent, factor * rows["saved"].to_numpy(), 0.0)
        declined = (rng.random(len(rows)) < risk).astype(int)
        return pd.DataFrame({ID: rows[ID].to_numpy(), TARGET: declined, GONE: False})


def build_world(settings: Settings, folder: Path, learnt: int, customers: int, seed: int) -> World:
    """Fit the model on one simulated shop and plan for another, by the same rules, without a budget."""
    roles = list_roles(settings.tables.columns)
    write_shop(folder / "learnt", customers=learnt, seed=seed, truth=None)
    write_shop(folder / "new", customers=customers, seed=seed + 1000, truth=folder / "truth.parquet")
    known = read_customers(folder / "learnt", settings.tables, "pandas").frame
    pipeline = build_choice(CHOICE, settings.space, roles, settings.seed)
    names = list(roles.names)
    model = train_model(pipeline, known[names], known[TARGET], known[UNIT], settings.train, settings.seed).model
    new = read_customers(folder / "new", settings.tables, "pandas").frame
    new[PROBABILITY] = model.predict_proba(new[names])[:, 1]
    rules = resolve_rules(settings.segment, settings.offer, new)
    audience = build_audience(new, rules, settings.offer, settings.plan.money, roles)
    truth = pd.read_parquet(folder / "truth.parquet").set_index("id").loc[new[ID]]
    terms = Terms(
        months=3,
        horizon_months=settings.plan.money.horizon_months,
        loss_share=settings.plan.money.loss_share.value,
        money=True,
        effects={name: offer.effect.value for name, offer in settings.offer.items()},
    )
    saved = truth[[f"effect_{offer}" for offer in settings.offer]].to_numpy()
    return World(terms, CAMPAIGNS, audience, truth["true_probability"].to_numpy(), saved)
