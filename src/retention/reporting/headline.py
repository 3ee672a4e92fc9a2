"""The figures that the manager reads first, each recomputed from an artifact."""

from collections.abc import Sequence
from dataclasses import dataclass

from retention.audience.plan.baselines import SimplePlan
from retention.audience.plan.summary import OfferSummary
from retention.audience.segments.summary import SegmentSummary
from retention.estimate import Estimate
from retention.reporting.sources import Sources
from retention.strict import Text
from retention.tables.columns import PROBABILITY


@dataclass(frozen=True)
class Group:
    """A named group of customers, and its profit at risk where that is known."""

    name: Text
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
    marginal_value : float
        What one more unit of budget brings.
    top_offer : Group or None
        The offer that most customers get.
    best_rule : SimplePlan or None
        The best of the simple rules that keep to the budget.
    roc_auc : Estimate
        On the test part.
    test_customers : int
        Customers of the test part.
    measured : bool
        Whether the effects and what is lost with a decline have been measured.
    assumed : tuple of str
        What has not been.
    detectable_effect, planned_effect : float or None
        The smallest effect that the control group would show, and the one that the plan counts on.
    """

    customers: int
    expected_declines: float
    profit_at_risk: float | None
    horizon_months: float
    riskiest: Group | None
    contacts: int
    holdout: int
    budget: float | None
    spent: float
    net_profit: float
    marginal_value: float | None
    top_offer: Group | None
    best_rule: SimplePlan | None
    roc_auc: Estimate
    test_customers: int
    measured: bool
    assumed: tuple[str, ...]
    detectable_effect: float | None
    planned_effect: float | None


def summarise_headline(sources: Sources) -> Headline:
    """Collect the manager's figures from the artifacts."""
    plan, segments, test = sources.plan, sources.segments, sources.evaluation.test
    probability = sources.probabilities[PROBABILITY]
    return Headline(
        customers=len(probability),
        expected_declines=float(probability.sum()),
        profit_at_risk=segments.population.profit_at_risk,
        horizon_months=segments.horizon_months,
        riskiest=_find_riskiest(segments.segments),
        contacts=len(sources.offers),
        holdout=len(sources.holdout),
        budget=plan.budget,
        spent=plan.spent,
        net_profit=plan.expected_net_profit,
        marginal_value=plan.marginal_value_of_budget,
        top_offer=_find_top_offer(plan.offers),
        best_rule=_find_best_rule(plan.baselines),
        roc_auc=test.roc_auc,
        test_customers=test.support.customers,
        measured=plan.effects == "measured",
        assumed=plan.assumed,
        detectable_effect=plan.holdout.detectable_effect,
        planned_effect=plan.holdout.planned_effect,
    )


def _find_riskiest(segments: Sequence[SegmentSummary]) -> Group | None:
    known = [Group(s.name, s.support, s.profit_at_risk) for s in segments if s.profit_at_risk is not None]
    return max(known, key=lambda group: group.profit_at_risk or 0.0, default=None)


def _find_top_offer(offers: Sequence[OfferSummary]) -> Group | None:
    used = [Group(offer.name, offer.customers, None) for offer in offers if offer.customers > 0]
    return max(used, key=lambda group: group.customers, default=None)


def _find_best_rule(rules: Sequence[SimplePlan]) -> SimplePlan | None:
    possible = (rule for rule in rules if not rule.over_budget)
    return max(possible, key=lambda rule: rule.expected_net_profit, default=None)
