"""The gate: whether a challenger is better than the champion on the same customers, as a list of named checks.

Every comparison is paired: in each resample both models are measured on the same customers, so that what is
hard about these customers touches both alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from retention.estimate import Estimate
from retention.learning.evaluation.bootstrap import Bootstrap, Scale
from retention.learning.evaluation.metrics import compute_log_loss, compute_roc_auc
from retention.tracking.settings import GateSettings

Status = Literal["passed", "failed", "undecided", "not_applicable"]
Gain = Callable[[np.ndarray], np.ndarray]

NAMES = {"roc_auc": "ROC-AUC", "log_loss": "log-loss (calibration)", "profit": "campaign profit"}


@dataclass(frozen=True)
class Contender:
    """A model as the gate sees it."""

    probability: np.ndarray
    """Of decline, for customers it did not learn from."""
    profit: np.ndarray
    """What each customer brings to the campaign that it leads to."""


@dataclass(frozen=True)
class Check:
    """One check: a code, what was measured and a sentence."""

    code: str
    status: Status
    sentence: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    """The measure and its interval; for a comparison the improvement, above 0 if the challenger is the better."""


@dataclass(frozen=True)
class Verdict:
    """What the gate says."""

    checks: tuple[Check, ...]

    @property
    def promotes(self) -> bool:
        """Return whether nothing failed or stayed undecided, and something passed."""
        found = {check.status for check in self.checks}
        return found <= {"passed", "not_applicable"} and "passed" in found

    @property
    def decision(self) -> str:
        """Return ``promote``, ``keep`` (the champion is as good or better) or ``undecided``, which keeps it too."""
        if self.promotes:
            return "promote"
        return "keep" if any(check.status == "failed" for check in self.checks) else "undecided"


def judge(
    declined: np.ndarray,
    challenger: Contender,
    champion: Contender | None,
    standing: Check,
    gate: GateSettings,
    bootstrap: Bootstrap,
) -> Verdict:
    """Compare two models on n customers.

    Parameters
    ----------
    declined : ndarray of int, shape (n,)
        1 where the activity dropped.
    challenger : Contender
    champion : Contender or None
        None if there is none, or none that can be compared.
    standing : Check
        What the champion's probabilities are, or why there are none; undecided keeps it.
    gate : GateSettings
        The floor and the margins.
    bootstrap : Bootstrap
        Of these customers.
    """
    labels = np.asarray(declined).astype(int)

    def measure(code: str, gain: Gain, scale: Scale = "real") -> Estimate:
        strata = labels if code == "roc_auc" else None
        return bootstrap.estimate(gain, list(NAMES).index(code), strata=strata, scale=scale)

    auc = measure("roc_auc", partial(compute_roc_auc, labels, challenger.probability), "share")
    checks = [standing, _check_floor(auc, gate.roc_auc_floor)]
    gains = _list_gains(labels, challenger, champion) if champion else {}
    lacking = "nobody would be contacted by either model" if champion else "there are no predictions to compare with"
    for code, name in NAMES.items():
        checks.append(
            _compare(code, measure(code, gains[code]), getattr(gate.margin, code))
            if code in gains
            else Check(code, "not_applicable", f"{name} was not compared: {lacking}.")
        )
    return Verdict(tuple(checks))


def _list_gains(labels: np.ndarray, challenger: Contender, champion: Contender) -> dict[str, Gain]:
    """Return for each measure that applies the improvement, as a function of weights (resamples, n)."""
    ours, theirs = challenger.probability, champion.probability
    gains: dict[str, Gain] = {
        "roc_auc": lambda weights: compute_roc_auc(labels, ours, weights) - compute_roc_auc(labels, theirs, weights),
        "log_loss": lambda weights: compute_log_loss(labels, theirs, weights) - compute_log_loss(labels, ours, weights),
    }
    if challenger.profit.any() or champion.profit.any():
        gains["profit"] = lambda weights: weights @ (challenger.profit - champion.profit)
    return gains


def _compare(code: str, gain: Estimate, margin: float) -> Check:
    """Return what an improvement and its interval say against the margin; an equal model does not pass."""
    if gain.low > margin:
        status, said = "passed", "the challenger is the better"
    elif gain.high <= margin:
        equal = gain.low == gain.high == 0
        status, said = "failed", "the two are equal" if equal else "the challenger is not better by the margin"
    else:
        status, said = "undecided", "the interval holds the margin, so these customers do not tell"
    interval = f"{gain.value:+.4f} ({gain.low:+.4f} to {gain.high:+.4f}, margin {margin:g})"
    return Check(code, status, f"{NAMES[code]} improves by {interval}: {said}.", **gain.model_dump())  # type: ignore[arg-type]


def _check_floor(auc: Estimate, floor: float) -> Check:
    status: Status = "passed" if auc.low >= floor else "failed" if auc.value < floor else "undecided"
    interval = f"{auc.value:.4f} ({auc.low:.4f} to {auc.high:.4f})"
    said = {"passed": "lies above", "failed": "lies below", "undecided": "does not lie above with certainty"}[status]
    return Check(
        "roc_auc_floor", status, f"The challenger's ROC-AUC {interval} {said} the floor {floor:g}.", **auc.model_dump()
    )
