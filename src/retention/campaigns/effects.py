"""What offers do, learnt from campaigns: each estimate is drawn towards what was assumed and what other offers show.

The effects of the k offers are θ = a·m + u: a is what was assumed; m, about 1, by how much all assumptions are off
together; u what is an offer's own. A campaign sees θ, the chance of its month, and noise of a known size. How far the
three vary is not known: their spreads κ, τ and ω run over a grid, weighed by how well each explains what was seen
(empirical Bayes made an average; Morris 1983; Gelman et al., "Bayesian Data Analysis", ch. 5). All is normal, so that
an effect may be negative.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import brentq

from retention.campaigns.ledger import AT_STAKE, COST, OFFER, Entry
from retention.campaigns.summary import Comparison, Measured, Observation
from retention.estimate import Estimate
from retention.strict import Strict
from retention.tables.columns import PROBABILITY

Floats = NDArray[np.float64]
Status = Literal["assumed", "partly_measured", "measured"]
Verdict = Literal["extend", "go_on", "stop"]
Evidence = tuple[str, Comparison]  # an offer, and what one campaign says of it

TOGETHER, OWN, MONTHLY = (0.0, 0.5, 1.0, 2.0), (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0), (0.0, 0.25, 0.5)
"""κ; τ and ω, as shares of the mean effect that was assumed."""
LIKELY = (1.0, 0.75, 0.25)  # the half-normal prior's scale of each
LEAST = 0.02  # the mean effect that spreads are shares of, where less was assumed
MEASURED = 0.8  # of the weight of an estimate


@dataclass(frozen=True)
class Economics:
    """An offer's planned customers in all campaigns, on average."""

    risk: float  # the probability p of decline
    spread: float  # p(1 − p)
    stake: float  # what is expected to be lost with a customer; without profit, the risk
    cost: float  # what contacting costs; without profit, nothing


class InformativeArm(Strict):
    """The smallest trial that halves the variance of an estimate."""

    customers: int  # half of them contacted, half left alone
    price: float
    """The net profit that is forgone: of those left alone if the offer pays, of the contacted if it does not."""


class OfferEffect(Strict):
    """What is known of an offer's effect: the share of the expected declines that it avoids."""

    assumed: float  # by the settings
    estimate: Estimate  # the posterior mean, which the plan uses, and its interval
    error: float  # the posterior standard deviation
    campaigns: int  # with this offer, that it rests on
    contacted: int  # their contacted customers
    held: int  # and those left alone
    weight: float
    """How much of the estimate is the offer's own campaigns, the rest being what was assumed and what others show."""
    status: Status
    """``assumed`` without a campaign, ``measured`` if its own weigh at least 0.8, else ``partly_measured``."""
    pays: float | None  # the probability that it earns what it costs; null without a campaign, profit or cost
    verdict: Verdict | None  # by that probability and ``campaigns.extend``
    trial: InformativeArm | None  # null where nothing is known of its customers


class Effects(Strict):
    """``effects.json``."""

    offers: dict[str, OfferEffect]  # by the key of each

    @property
    def means(self) -> dict[str, float]:
        """What the plan takes for each offer's effect."""
        return {name: offer.estimate.value for name, offer in self.offers.items()}


def gather_evidence(measured: Sequence[Measured]) -> list[Evidence]:
    """Return what the campaigns that can be read say of each offer."""
    return [evidence for campaign in measured for evidence in campaign.offers.items()]


def compute_economics(entries: Sequence[Entry]) -> dict[str, Economics]:
    """Return for each offer what its planned customers were like."""
    found: dict[str, list[Floats]] = {}
    for entry in entries:
        share = entry.launched.terms.loss_share
        for name, rows in entry.assigned.groupby(OFFER, sort=True):
            risk = rows[PROBABILITY].to_numpy(dtype=float)
            stake = risk * rows[AT_STAKE].to_numpy(dtype=float) * share
            cost = rows[COST].to_numpy(dtype=float) * entry.launched.terms.money
            found.setdefault(str(name), []).append(np.column_stack([risk, risk * (1 - risk), stake, cost]))
    return {name: Economics(*np.concatenate(parts).mean(axis=0).tolist()) for name, parts in found.items()}


def learn_effects(
    assumed: Mapping[str, float],
    evidence: Sequence[Evidence],
    economics: Mapping[str, Economics],
    confidence: float,
    extend: float,
) -> Effects:
    """Combine what was assumed with what campaigns saw.

    Parameters
    ----------
    assumed : mapping of str to float
        By offer, as set.
    economics : mapping of str to Economics
        Of the offers that were in a campaign.
    confidence : float
        Of the intervals.
    extend : float
        An offer that pays with this probability is extended; one that does not with it is stopped.
    """
    names, prior = list(assumed), np.array(list(assumed.values()), dtype=float)
    known = [(offer, one) for offer, one in evidence if offer in assumed]
    weights, *grid = _weigh_grid(
        prior, [names.index(offer) for offer, _ in known], [one.observation for _, one in known]
    )
    found = {}
    for place, name in enumerate(names):
        own = [one for offer, one in known if offer == name]
        points = (weights, *(part[:, place] for part in grid))
        found[name] = _describe(prior[place], points, own, economics.get(name), confidence, extend)
    return Effects(offers=found)


def _weigh_grid(prior: Floats, places: Sequence[int], seen: Sequence[Observation]) -> tuple[Floats, ...]:
    """Return the weight of each point of the grid, (g,), and what is known of the k effects there, each (g, k).

    That is their means, their standard deviations, and the weight of their own campaigns.
    """
    scale = max(LEAST, float(np.abs(prior).mean())) if len(prior) else LEAST
    design = np.eye(len(prior))[list(places)].reshape(len(seen), len(prior))
    values, errors = (np.array([getattr(one, name) for one in seen], dtype=float) for name in ("value", "error"))
    logs, points = [], []
    for spreads in product(TOGETHER, OWN, MONTHLY):
        together, own, monthly = spreads
        spread = together**2 * np.outer(prior, prior) + (own * scale) ** 2 * np.eye(len(prior))
        noise = errors**2 + (monthly * scale) ** 2
        total = design @ spread @ design.T + np.diag(noise)
        gain = np.linalg.solve(total, design @ spread).T  # (k, observations)
        off = values - design @ prior
        left = spread - gain @ design @ spread
        precision = design.T @ (1 / noise)
        likely = sum(-0.5 * (one / usual) ** 2 for one, usual in zip(spreads, LIKELY, strict=True))
        logs.append(likely - 0.5 * (np.linalg.slogdet(total)[1] + off @ np.linalg.solve(total, off)))
        share = precision / (precision + 1 / np.diag(spread))
        points.append((prior + gain @ off, np.sqrt(np.maximum(np.diag(left), 0.0)), share))
    weights = np.exp(np.array(logs) - max(logs))
    return weights / weights.sum(), *map(np.array, zip(*points, strict=True))


def _describe(
    assumed: float,
    points: tuple[Floats, ...],
    own: Sequence[Comparison],
    economics: Economics | None,
    confidence: float,
    extend: float,
) -> OfferEffect:
    weights, means, deviations, shares = points
    mean, weight = float(weights @ means), float(weights @ shares)
    error = float(np.sqrt(weights @ (deviations**2 + (means - mean) ** 2)))

    def below(effect: float) -> float:
        return float(weights @ stats.norm.cdf((effect - means) / deviations))

    low, high = (
        float(brentq(lambda x, tail=tail: below(x) - tail, mean - 20 * error, mean + 20 * error))
        for tail in ((1 - confidence) / 2, (1 + confidence) / 2)
    )
    pays = None
    if economics and economics.stake > 0 and economics.cost > 0:
        pays = 1 - below(economics.cost / economics.stake)
    return OfferEffect(
        assumed=float(assumed),
        estimate=Estimate(value=mean, low=low, high=high),
        error=error,
        campaigns=len(own),
        contacted=sum(one.contacted for one in own),
        held=sum(one.held for one in own),
        weight=weight if own else 0.0,
        status="assumed" if not own else "measured" if weight >= MEASURED else "partly_measured",
        pays=pays,
        verdict=None if pays is None else "extend" if pays >= extend else "stop" if pays <= 1 - extend else "go_on",
        trial=_plan_trial(economics, mean, error) if economics else None,
    )


def _plan_trial(economics: Economics, effect: float, error: float) -> InformativeArm:
    """Return the trial whose own error is that of the estimate: together they have half its variance."""
    each = int(np.ceil(2 * economics.spread / (economics.risk * error) ** 2))
    worth = effect * economics.stake - economics.cost
    return InformativeArm(customers=2 * each, price=each * abs(worth))
