"""The gate: whether a challenger takes the champion's place, as a list of named checks on the same test customers.

There are two ways. *Better*: the log loss improves for certain. *Fresh*: the challenger has learnt newer months, and is
for certain not worse by the margins (non-inferiority). Every comparison is paired, and draws whole customers: what is
hard about them touches both models alike, and several months of one count as one.
"""

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from retention.estimate import Estimate
from retention.learning.evaluation.bootstrap import Bootstrap
from retention.learning.evaluation.metrics import compute_roc_auc, list_log_losses
from retention.tracking.settings import GateSettings

Status = Literal["passed", "failed", "undecided", "not_applicable"]

NAMES = {"roc_auc": "ROC-AUC", "log_loss": "log-loss (calibration)", "profit": "campaign profit"}
WAYS = ("better", "fresh")


@dataclass(frozen=True)
class Contender:
    """A model as the gate sees it."""

    probability: np.ndarray  # of decline, for customers it did not learn from
    profit: np.ndarray  # what each customer brings to the campaign that it leads to


@dataclass(frozen=True)
class Check:
    """One check: a code, what was measured and a sentence."""

    code: str
    status: Status
    sentence: str
    value: float | None = None  # the measure; of a comparison the improvement, above 0 if the challenger is the better
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Verdict:
    """What the gate says."""

    checks: tuple[Check, ...]

    @property
    def promotes(self) -> bool:
        """Return whether the challenger may be used, and passed one of the ways where there is a champion to pass."""
        needed, ways = self._list_statuses(are_ways=False), self._list_statuses(are_ways=True)
        return needed <= {"passed", "not_applicable"} and ("passed" in ways or not ways)

    @property
    def decision(self) -> str:
        """Return ``promote``, ``keep`` (nothing speaks for the challenger) or ``undecided``, which keeps it too."""
        if self.promotes:
            return "promote"
        lost = self._list_statuses(are_ways=True) - {"not_applicable"} == {"failed"}
        return "keep" if lost or "failed" in self._list_statuses(are_ways=False) else "undecided"

    def _list_statuses(self, *, are_ways: bool) -> set[Status]:
        """Return how the ways ended, or whatever else must hold; the measures only lead to the ways."""
        return {check.status for check in self.checks if check.code not in NAMES and (check.code in WAYS) == are_ways}


def judge(
    declined: np.ndarray,
    challenger: Contender,
    champion: Contender | None,
    standing: Check,
    gate: GateSettings,
    bootstrap: Bootstrap,
    newer: bool,
) -> Verdict:
    """Compare two models on n customer-months, without a champion if there is none that can be compared.

    `declined`, int, shape (n,), is 1 where the activity dropped. `standing` says what the champion's probabilities are,
    or why there are none; undecided keeps it. The bootstrap is of the customers; `newer` says whether the challenger
    has learnt newer months than the champion.
    """
    auc = bootstrap.estimate(partial(compute_roc_auc, declined, challenger.probability), strata=declined, scale="share")
    floor = check_floor(auc, gate.roc_auc_floor)
    if champion is None:
        return Verdict((standing, floor))
    gains = _measure_gains(declined, challenger, champion, bootstrap)
    margins = gate.margin.model_dump()
    margins["profit"] *= abs(float((bootstrap.whole @ champion.profit)[0]))
    measures = tuple(_check_worse(code, gain, margins[code]) for code, gain in gains.items())
    statuses = {check.status for check in measures}
    better, fresh = _check_better(gains["log_loss"], gate.better, statuses), _check_fresh(newer, statuses)
    return Verdict((standing, floor, *measures, better, fresh))


def share_confidence(confidence: float, turn: int) -> float:
    """Return the level of the intervals of a comparison, the `turn`-th on the same customers' months.

    They share the error budget 1 − `confidence`: the n-th spends 1 / (n (n + 1)) of it at the one end of its intervals
    that decides, so that all together, however many come, spend no more than the whole (Bonferroni). The first has
    intervals of `confidence` itself.
    """
    return 1 - 2 * (1 - confidence) / (turn * (turn + 1))


def _measure_gains(
    labels: np.ndarray, challenger: Contender, champion: Contender, bootstrap: Bootstrap
) -> dict[str, Estimate]:
    """Return the improvement in each measure that applies."""
    ours, theirs = challenger.probability, champion.probability

    def improve_auc(weights: np.ndarray) -> np.ndarray:
        return compute_roc_auc(labels, ours, weights) - compute_roc_auc(labels, theirs, weights)

    losses = [list_log_losses(labels, probability) for probability in (theirs, ours)]
    gains = {
        "roc_auc": bootstrap.estimate(improve_auc, strata=labels),
        "log_loss": bootstrap.estimate_mean(losses[0] - losses[1]),
    }
    if challenger.profit.any() or champion.profit.any():  # else nobody would be contacted by either
        gains["profit"] = bootstrap.estimate(lambda weights: weights @ (challenger.profit - champion.profit))
    return gains


def _check_worse(code: str, gain: Estimate, margin: float) -> Check:
    """Return whether a measure is for certain not worse by the margin."""
    status: Status = "passed" if gain.low > -margin else "failed" if gain.high <= -margin else "undecided"
    said = {
        "passed": "not worse by the margin",
        "failed": "worse by the margin",
        "undecided": "these customers do not tell whether it is worse by the margin",
    }[status]
    improved = f"{NAMES[code]} improves by {gain.value:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})"
    return Check(code, status, f"{improved}, margin {margin:.4g}: {said}.", **gain.model_dump())


def _check_better(gain: Estimate, least: float, measures: set[Status]) -> Check:
    if gain.high <= least:
        said = "The two are equal." if gain.low == gain.high == 0 else "The log-loss does not improve."
        return Check("better", "failed", said)
    if gain.low <= least:
        return Check("better", "undecided", "These customers do not tell whether the log-loss improves.")
    if "failed" in measures:
        return Check("better", "failed", "The log-loss improves for certain, but something is worse by its margin.")
    return Check("better", "passed", "The log-loss improves for certain, and nothing is worse by its margin.")


def _check_fresh(newer: bool, measures: set[Status]) -> Check:
    if not newer:
        return Check("fresh", "not_applicable", "The challenger has learnt no newer months than the champion.")
    if measures == {"passed"}:
        return Check("fresh", "passed", "The challenger has learnt newer months, and nothing is worse by its margin.")
    if "failed" in measures:
        return Check("fresh", "failed", "The challenger has learnt newer months, but something is worse by its margin.")
    told = "The challenger has learnt newer months; these customers do not tell whether it is worse by a margin."
    return Check("fresh", "undecided", told)


def check_floor(auc: Estimate, floor: float) -> Check:
    """Return whether a model orders the customers well enough to be used at all."""
    status: Status = "passed" if auc.low >= floor else "failed" if auc.value < floor else "undecided"
    said = {"passed": "lies above", "failed": "lies below", "undecided": "does not lie above with certainty"}[status]
    sentence = f"The challenger's ROC-AUC {auc.value:.4f} ({auc.low:.4f} to {auc.high:.4f}) {said} the floor {floor:g}."
    return Check("roc_auc_floor", status, sentence, **auc.model_dump())
