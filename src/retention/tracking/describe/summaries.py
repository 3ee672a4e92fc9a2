"""What the stages found, as far as runs, models and cards are told from it."""

from dataclasses import dataclass

from retention.audience.plan.summary import PlanMetrics
from retention.audience.segments.summary import SegmentsSummary
from retention.learning.evaluation.evaluation import Evaluation, Metrics
from retention.learning.search.best import Best
from retention.tables.quality import Quality


@dataclass(frozen=True)
class Summaries:
    """The artifacts that a run is told from.

    Parameters
    ----------
    best : Best
        The winner of the search.
    metrics : Metrics
        What runs are compared by.
    evaluation : Evaluation
        All that was measured.
    quality : Quality
        What became of the customers.
    segments : SegmentsSummary
        What is told of the segments.
    plan : PlanMetrics
        What plans are compared by.
    """

    best: Best
    metrics: Metrics
    evaluation: Evaluation
    quality: Quality
    segments: SegmentsSummary
    plan: PlanMetrics

    def tell(self) -> str:
        """Return model and test ROC-AUC in a phrase."""
        roc_auc = self.evaluation.test.roc_auc
        return f"{self.best.model}, test ROC-AUC {roc_auc.value:.3f} ({roc_auc.low:.3f} to {roc_auc.high:.3f})"
