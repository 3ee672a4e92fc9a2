"""The same customers from month to month: who stays, who is new, and what of the last month goes on.

A step is a function of the month before and of one generator's uniform numbers. Whoever leaves is replaced in the same
place by someone new, so that what happens to one customer moves no other: a campaign can be lived through again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from retention.files import DECIMALS
from retention.simulate import customers as model
from retention.simulate.customers import Flags, Floats, Ints
from retention.simulate.drift import Drift
from retention.simulate.effects import compute_effects
from retention.simulate.exports import FIRST_ID

UNSEEN = 36  # months that the shop has lived before the first, so that its mix of customers has come to rest
SAME_PROFILE = 0.75  # the chance to keep the hidden profile for another month
LEAVES = 0.5  # the chance to leave of those who declined in each of the last three months; nobody else leaves
TWINS = 0.3  # the chance of who comes to every second place to be the twin of the one in the place before
OUT_OF_REACH = 0.05  # whom no offer reaches in a month
NEW, MONTH, MOST_DAYS = 121, 30, 1079  # days of tenure: of who comes, added a month, shown at most
KEPT = 0.6  # of the monthly profit, for three months after a decline
PROFIT = (545.0, 140.0)  # mean and deviation without a decline, in hundredths
LEVEL = {"calm": 0.0, "fading": -320.0}  # roubles added to REVENUE_PREVIOUS
DEVIATION = {"calm": 450.0, "fading": 620.0}  # of a month's revenue

# How much of a standard normal number behind each column goes on from one month to the next.
CARRIED: Mapping[str, float] = {
    "marketing_contacts_6m": 0.85,
    "promo_share": 0.7,
    "favourite_category": 0.9,
    "categories_per_visit": 0.6,
    "unpaid_items": 0.5,
    "service_errors": 0.4,
    "pages_per_visit": 0.6,
    "minutes_current": 0.5,
    "premium": 0.98,
    "accepts_messages": 0.98,
    "marketing_contacts_current": 0.0,
    "monthly_profit": 0.9,
    "responsiveness": 1.0,
    "revenue_current": 0.8,
}
PLACES = {name: row for row, name in enumerate(CARRIED)}
MOODS = {name: model.MARGINALS[name] for name in CARRIED if name in model.MARGINALS}
DECLINES = ("declined", "declined_1_ago", "declined_2_ago")  # of this month and of the two before
LUCK = ("keeps", "profile", "reach", "tenure", "revenue_1_ago", "revenue_2_ago", "minutes_1_ago")


@dataclass(frozen=True)
class Lives:
    """The customers of one month, one a place."""

    shown: pd.DataFrame  # what exports show, as whole numbers, and the truth: probability, effects, draw, `DECLINES`
    latent: Floats  # shape (columns of `CARRIED`, n): the standard normal numbers behind the columns
    profile: Ints  # shape (n,), places in `PROFILES`


def begin(n: int) -> Lives:
    """Return n places that nobody has taken yet."""
    names = ("id", "tenure_days", "minutes_current", "revenue_previous", "revenue_current", *DECLINES)
    empty = pd.DataFrame({name: np.zeros(n, dtype=np.int64) for name in names})
    return Lives(empty, np.zeros((len(CARRIED), n)), np.zeros(n, dtype=np.int64))


def live_on(lives: Lives, step: int, drift: Drift, rng: np.random.Generator) -> Lives:
    """Return the customers a month later.

    Step 0 is the first month that is written, and the first of all is -`UNSEEN`. The generator is the month's own: only
    uniform numbers are used, and as many whatever happened before. ``declined`` is what becomes of customers who get no
    offer.
    """
    n = len(lives.profile)
    places = np.arange(n)
    leaves, twins, draw = (rng.random(n) for _ in range(3))
    gone = lives.shown[list(DECLINES)].all(axis=1).to_numpy() & (leaves < LEAVES)
    came = gone | (lives.shown["id"] == 0).to_numpy()
    source = np.where(came & (places % 2 == 1) & (twins < TWINS), places - 1, places)  # whose life a twin has
    before, new = lives.shown.iloc[source].reset_index(drop=True), came[source]
    luck = {name: model.draw_open(rng, n)[source] for name in LUCK}
    fresh = np.stack([ndtri(model.draw_open(rng, n)[source if name != "monthly_profit" else ...]) for name in CARRIED])
    carried = np.where(new, 0.0, np.array(list(CARRIED.values()))[:, None])
    latent = carried * lives.latent[:, source] + np.sqrt(1 - carried**2) * fresh
    keeps = ~new & (luck["keeps"] < SAME_PROFILE) & (not drift.turns(step))
    profile = np.where(keeps, lives.profile[source], model.pick(drift.weigh_profiles(step), luck["profile"]))

    declined = lives.shown[list(DECLINES)].mul(~came, axis=0).to_numpy()
    columns = {"id": np.where(came, FIRST_ID + (UNSEEN + step) * n + places, lives.shown["id"])}
    moved = latent + np.array([drift.move(name, step) for name in CARRIED])[:, None]
    columns |= _show(before, moved, profile, luck, new)
    mean, deviation = PROFIT
    profit = (mean + deviation * latent[PLACES["monthly_profit"]]) * KEPT ** declined.sum(axis=1)
    columns["monthly_profit"] = np.clip(model.whole(profit), 20, 1200)
    shown = pd.DataFrame(columns | _reveal(columns, latent, luck, drift, step), copy=False)
    shown["campaign_draw"] = draw.round(DECIMALS)
    shown["declined"] = (shown["campaign_draw"] < shown["true_probability"]).astype(np.int64)
    shown[list(DECLINES[1:])] = declined[:, :-1]
    return Lives(shown, latent, profile)


def _show(
    before: pd.DataFrame, latent: Floats, profile: Ints, luck: Mapping[str, Floats], new: Flags
) -> dict[str, Ints]:
    """Return what the exports show of a month, but for the profit; the months before are what was shown then."""
    faded = model.find_faded(profile)
    uniform = dict(zip(CARRIED, ndtr(latent), strict=True))
    columns = model.place_marginals(MOODS, profile, uniform)
    aged = np.minimum(before["tenure_days"] + MONTH, MOST_DAYS)
    columns["tenure_days"] = np.where(new, NEW + (MONTH * luck["tenure"]).astype(np.int64), aged)
    model.place_consent(columns, faded, uniform)
    swings = [latent[PLACES["revenue_current"]]]  # this month's, and of new customers the two months' before
    carried = CARRIED["revenue_current"]
    for name in ("revenue_1_ago", "revenue_2_ago"):
        swings.append(carried * swings[-1] + np.sqrt(1 - carried**2) * ndtri(luck[name]))
    current, previous, before_previous = (_earn(columns, faded, swing) for swing in swings)
    columns["revenue_current"] = current
    columns["revenue_previous"] = np.where(new, previous, before["revenue_current"])
    columns["revenue_before_previous"] = np.where(new, before_previous, before["revenue_previous"])
    minutes = {"minutes_current": model.MARGINALS["minutes_current"]}
    fresh = model.place_marginals(minutes, profile, {"minutes_current": luck["minutes_1_ago"]})["minutes_current"]
    columns["minutes_previous"] = np.where(new, fresh, before["minutes_current"])
    return columns


def _earn(columns: Mapping[str, Ints], faded: Flags, swing: Floats) -> Ints:
    """Return a month's revenue in tenths; `swing` is its deviation from what is usual, standard normal."""
    usual = [np.array(model.REVENUE_PREVIOUS[mood])[columns["favourite_category"]] + LEVEL[mood] for mood in LEVEL]
    deviation = np.where(faded, DEVIATION["fading"], DEVIATION["calm"])
    quick = model.MINUTES_SLOPE * (columns["minutes_current"] - 13)
    return np.maximum(model.whole(10 * (np.where(faded, usual[1], usual[0]) + quick + deviation * swing)), 1)


def _reveal(
    columns: Mapping[str, Ints], latent: Floats, luck: Mapping[str, Floats], drift: Drift, step: int
) -> dict[str, Floats]:
    """Return what is true of a month's customers: their probability of decline and each offer's effect on it.

    The probability is the undated shop's function of what is shown; what lies outside its grids is put on their edges.
    """
    view = dict(columns) | {"revenue_before_previous": model.whole(columns["revenue_before_previous"] / 10)}
    view |= {name: np.clip(view[name], one.grid[0], one.grid[-1]) for name, one in model.MARGINALS.items()}
    probability = drift.change_probability(model.compute_probability(view), columns, step).round(DECIMALS)
    responsiveness = 0.5 + ndtr(latent[PLACES["responsiveness"]])
    known = {"true_probability": probability, "responsiveness": responsiveness}
    effects = compute_effects(pd.DataFrame(dict(columns) | known), over_months=True).round(DECIMALS)
    reached = luck["reach"] >= OUT_OF_REACH
    return known | {str(name): np.where(reached, effect, 0.0) for name, effect in effects.items()}
