"""The figures that the manager reads first, each recomputed from an artifact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from retention.reporting.sources import Sources


@dataclass(frozen=True)
class Rule:
    """A simple rule and the net profit that it would bring."""

    name: Mapping[str, str]
    net_profit: float


@dataclass(frozen=True)
class Group:
    """A named group of customers, and its profit at risk where that is known."""

    name: Mapping[str, str]
    customers: int
    profit_at_risk: float | None


@dataclass(frozen=True)
class Headline:
    """The summary for the manager, in plain numbers.

    Parameters
    ----------
    customers : int
        Customers with a probability.
    expected_declines : float
        The sum of their probabilities.
    profit_at_risk : float
        Of all customers, over the horizon.
    horizon_months : float
        For how long a decline is taken to last.
    riskiest : Group or None
        The segment with the most profit at risk among those large enough.
    contacts, holdout : int
        Rows of the offer list and of the control group.
    budget : float or None
        None is no limit.
    spent, net_profit : float
        Of the customers on the offer list.
    planned_net_profit : float
        Of the plan, before a control group is taken from it: what simple rules are compared with.
    marginal_value : float
        What one more unit of budget brings.
    top_offer : Group or None
        The offer that most customers get.
    best_rule : Rule or None
        The best of the simple rules that keep to the budget.
    roc_auc : mapping
        ``value``, ``low``, ``high`` on the test part.
    test_customers : int
        Customers of the test part.
    measured : bool
        Whether every effect has been measured.
    detectable_effect, planned_effect : float or None
        The smallest effect that the control group would show, and the one that the plan counts on.
    """

    customers: int
    expected_declines: float
    profit_at_risk: float
    horizon_months: float
    riskiest: Group | None
    contacts: int
    holdout: int
    budget: float | None
    spent: float
    net_profit: float
    planned_net_profit: float
    marginal_value: float | None
    top_offer: Group | None
    best_rule: Rule | None
    roc_auc: Mapping[str, float]
    test_customers: int
    measured: bool
    detectable_effect: float | None
    planned_effect: float | None


def summarise_headline(sources: Sources) -> Headline:
    """Collect the manager's figures from the artifacts."""
    plan, metrics = sources.plan, sources.metrics["test"]
    probability = sources.probabilities["decline_probability"]
    return Headline(
        customers=len(probability),
        expected_declines=float(probability.sum()),
        profit_at_risk=sources.segments["population"]["profit_at_risk"],
        horizon_months=sources.segments["horizon_months"],
        riskiest=_riskiest(sources.segments["segments"]),
        contacts=len(sources.offers),
        holdout=len(sources.holdout),
        budget=plan["budget"],
        spent=plan["spent"],
        net_profit=plan["expected_net_profit"],
        planned_net_profit=plan["planned"]["expected_net_profit"],
        marginal_value=plan["marginal_value_of_budget"],
        top_offer=_top_offer(plan["offers"]),
        best_rule=_best_rule(plan["baselines"]),
        roc_auc=metrics["roc_auc"],
        test_customers=metrics["support"]["customers"],
        measured=plan["effects"] == "measured",
        detectable_effect=plan["holdout"]["detectable_effect"],
        planned_effect=plan["holdout"]["planned_effect"],
    )


def _riskiest(segments: Sequence[Mapping[str, Any]]) -> Group | None:
    known = [item for item in segments if not item["too_few"]]
    if not known:
        return None
    top = max(known, key=lambda item: item["profit_at_risk"])
    return Group(top["name"], top["support"], top["profit_at_risk"])


def _top_offer(offers: Sequence[Mapping[str, Any]]) -> Group | None:
    used = [item for item in offers if item["customers"] > 0]
    if not used:
        return None
    top = max(used, key=lambda item: item["customers"])
    return Group(top["name"], top["customers"], None)


def _best_rule(rules: Sequence[Mapping[str, Any]]) -> Rule | None:
    possible = [rule for rule in rules if not rule["over_budget"]]
    if not possible:
        return None
    best = max(possible, key=lambda item: item["expected_net_profit"])
    return Rule(best["name"], best["expected_net_profit"])
