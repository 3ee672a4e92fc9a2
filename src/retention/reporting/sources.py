"""What the report is made of: the artifacts of the stages before it, read but not yet interpreted."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from retention.audience.plan.summary import PlanSummary
from retention.audience.segments.summary import SegmentsSummary
from retention.campaigns.effects import Effects
from retention.campaigns.summary import Campaigns
from retention.exploration.exploration import Exploration
from retention.history.figures import History
from retention.history.summary import Since
from retention.learning.calibration.summary import Calibration
from retention.learning.evaluation.evaluation import Evaluation
from retention.learning.explanation.summary import Explanation
from retention.learning.search.best import Best
from retention.tables.months.periods import Periods
from retention.tables.quality import Quality
from retention.tables.roles import ColumnRoles


@dataclass(frozen=True)
class Sources:
    """The artifacts by name.

    Parameters
    ----------
    roles, periods, quality, exploration, best, calibration, evaluation, explanation, segments, plan, history, since,
    campaigns, effects
        The JSON artifacts.
    resting : int
        Customers of the month whom the plan leaves alone since the result of a campaign is waited for.
    trials, what_if, probabilities, offers, holdout : DataFrame
        The tables.
    curves : mapping of str to DataFrame
        ``roc``, ``pr``, ``calibration``, ``lift``.
    pictures : mapping of str to bytes
        SHAP's own, as PNG.
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
    resting: int
    trials: pd.DataFrame
    what_if: pd.DataFrame
    probabilities: pd.DataFrame
    offers: pd.DataFrame
    holdout: pd.DataFrame
    curves: Mapping[str, pd.DataFrame]
    pictures: Mapping[str, bytes]
