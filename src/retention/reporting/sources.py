"""What the report is made of: the artifacts of the stages before it, read but not yet interpreted."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from retention.audience.plan.summary import PlanSummary
from retention.audience.segments.rules import SegmentRules
from retention.audience.segments.summary import SegmentsSummary
from retention.campaigns.effects import Effects
from retention.campaigns.summary import Campaigns
from retention.exploration.exploration import Exploration
from retention.history.figures import History, Since
from retention.learning.calibration.summary import Calibration
from retention.learning.evaluation.evaluation import Evaluation
from retention.learning.explanation.summary import Explanation
from retention.learning.search.best import Best
from retention.tables.months.periods import Periods
from retention.tables.quality import Quality
from retention.tables.roles import ColumnRoles


@dataclass(frozen=True)
class Frames:
    """The tables with a row a customer of the month, in one order; of the plan only the planned.

    Parameters
    ----------
    customers, attributions, membership, planned : DataFrame
        What is known of them, what moves the model's output, their segments, and the plan.
    """

    customers: pd.DataFrame
    attributions: pd.DataFrame
    membership: pd.DataFrame
    planned: pd.DataFrame


@dataclass(frozen=True)
class Sources:
    """The artifacts by name.

    Parameters
    ----------
    roles, periods, quality, exploration, best, calibration, evaluation, explanation, segments, plan, history, since,
    campaigns, effects, rules
        The JSON artifacts.
    resting : frozenset of str
        Customers of the month whom the plan leaves alone since the result of a campaign is waited for.
    trials, what_if, probabilities, learnt : DataFrame
        The tables; `learnt` is of the customer-months that were learnt from.
    frames : Frames
    curves : mapping of str to DataFrame
        ``roc``, ``pr``, ``calibration``, ``lift``.
    lists : mapping of str to str
        The lists for the CRM by file name, as they stand on the disk.
    pictures : mapping of str to bytes
        What the library shap drew, as PNG by name: ``beeswarm``, ``waterfall``.
    """

    roles: ColumnRoles
    periods: Periods
    quality: Quality
    exploration: Exploration
    best: Best
    calibration: Calibration
    evaluation: Evaluation
    explanation: Explanation
    segments: SegmentsSummary
    plan: PlanSummary
    history: History
    since: Since
    campaigns: Campaigns
    effects: Effects
    rules: SegmentRules
    resting: frozenset[str]
    trials: pd.DataFrame
    what_if: pd.DataFrame
    probabilities: pd.DataFrame
    learnt: pd.DataFrame
    frames: Frames
    curves: Mapping[str, pd.DataFrame]
    lists: Mapping[str, str]
    pictures: Mapping[str, bytes]
