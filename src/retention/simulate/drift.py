"""What may change in the sample shop from a month on: its customers, what makes them decline, or how many do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.special import expit, logit

from retention.errors import UserError, name_nearest
from retention.simulate.customers import PROFILES, Floats, Ints


class Kind(StrEnum):
    """What changes."""

    NONE = "none"
    COVARIATES = "covariates"
    """What customers are like; not the probability of decline given that, nor how well it can be told."""
    HARDER = "harder"
    """Who the customers are: more of the profiles that look like another; again not the probability given that."""
    RELATION = "relation"
    """The probability given what customers are like: errors of the service, which meant little, drive them away."""
    PRIOR = "prior"
    """How many decline: the log-odds of declining profiles, with what each profile is like as before."""


# Of declining profiles more are taken than there are in the undated shop, because those who leave had one.
REPLACED = 1.6
# By how many standard deviations the customers of each profile move in a column, under `Kind.COVARIATES`.
MOVES: Mapping[str, float] = {"marketing_contacts_6m": -0.6, "favourite_category": 0.6, "accepts_messages": 0.5}
# What the share of each profile (in the order of `PROFILES`) is multiplied by, under `Kind.HARDER`.
TILT = (0.45, 2.2, 2.2, 0.7, 0.8, 2.2, 2.2)
PER_ERROR = 0.6  # log-odds, under `Kind.RELATION`
USUAL_ERRORS = 4.2
PRIOR_ODDS = 0.5  # log-odds, under `Kind.PRIOR`


@dataclass(frozen=True)
class Drift:
    """A change that comes at once and stays."""

    kind: Kind = Kind.NONE
    since: int = 0  # the month from which it holds: 0 for the first that is written
    strength: float = 1.0  # times the change that the constants above describe

    def holds(self, kind: Kind, step: int) -> bool:
        """Say whether this kind of change is in force at a step."""
        return self.kind is kind and step >= self.since

    def turns(self, step: int) -> bool:
        """Say whether everyone takes a profile anew at a step, so that the mix moves at once."""
        return step == self.since and self.kind in (Kind.HARDER, Kind.PRIOR)

    def weigh_profiles(self, step: int) -> Floats:
        """Return the weight of each profile among those who take one at a step, shape (profiles,)."""
        shares = np.array([one.share * (REPLACED if one.declines else 1) for one in PROFILES])
        if self.holds(Kind.HARDER, step):
            shares *= np.array(TILT) ** self.strength
        if self.holds(Kind.PRIOR, step):
            shares *= np.exp([PRIOR_ODDS * self.strength * one.declines for one in PROFILES])
        return shares

    def move(self, name: str, step: int) -> float:
        """Return by how many standard deviations a column is moved."""
        return self.strength * MOVES.get(name, 0.0) if self.holds(Kind.COVARIATES, step) else 0.0

    def change_probability(self, probability: Floats, columns: Mapping[str, Ints], step: int) -> Floats:
        """Return the probability of decline at a step from that of the unchanged shop, shape (n,)."""
        if self.holds(Kind.RELATION, step):
            added = PER_ERROR * self.strength * (columns["service_errors"] - USUAL_ERRORS)
        elif self.holds(Kind.PRIOR, step):
            added = np.full(len(probability), PRIOR_ODDS * self.strength)
        else:
            return probability
        changed: Floats = expit(logit(probability) + added)
        return changed


UNCHANGED = Drift()


def choose_drift(told: str | None, months: Sequence[str]) -> Drift:
    """Return the drift that ``KIND@YYYY-MM`` tells, or say what can be chosen."""
    if told is None:
        return UNCHANGED
    kind, _, since = told.partition("@")
    kinds = [one for one in Kind if one is not Kind.NONE]
    if kind not in kinds:
        raise UserError(f'There is no drift "{kind}"{name_nearest(kind, kinds)}: choose {", ".join(kinds)}.')
    if since not in months:
        raise UserError(
            f"A drift has a month from which it holds, of {months[0]} to {months[-1]}: say {kind}@{months[-1]}."
        )
    return Drift(Kind(kind), months.index(since))
