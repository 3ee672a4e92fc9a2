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
from retention.watch.summary import Watch


@dataclass(frozen=True)
class Sources:
    """The artifacts by name: those in JSON, then the tables."""

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
    watch: Watch
    campaigns: Campaigns
    effects: Effects
    rules: SegmentRules
    resting: frozenset[str]
    """Customers of the month whom the plan leaves alone since the result of a campaign is waited for."""
    trials: pd.DataFrame
    what_if: pd.DataFrame
    probabilities: pd.DataFrame
    learnt: pd.DataFrame
    """The customer-months that were learnt from."""
    customers: pd.DataFrame
    attributions: pd.DataFrame
    membership: pd.DataFrame
    """A row a customer of the month, in one order: what is known, what moves the model's output, the segments."""
    planned: pd.DataFrame  # a row a planned customer, in the same order
    curves: Mapping[str, pd.DataFrame]  # ``roc``, ``pr``, ``calibration``, ``lift``
    lists: Mapping[str, str]  # the lists for the CRM by file name, as they stand on the disk
    pictures: Mapping[str, bytes]  # what the library shap drew, as PNG by name: ``beeswarm``, ``waterfall``
