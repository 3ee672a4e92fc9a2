"""Stage ``watch``: the month acted on against those learnt from and those before it, and what became of what was said.

It reads no label of the month itself. Of earlier months it knows only what was said of them then.
"""

import hashlib

from retention.audience.alignment import align_rows
from retention.audience.plan.summary import PlanMetrics
from retention.audience.segments.rules import MEMBERSHIP
from retention.audience.segments.summary import SegmentsSummary
from retention.files import read_artifact, read_table, write_artifact
from retention.history.compare import compare_customers, compare_outcomes, describe_month
from retention.history.figures import EARLIER, Foreseen, History, MonthFigures, Since
from retention.learning.calibration.summary import LEARNT_PROBABILITIES, PROBABILITIES
from retention.learning.explanation.summary import Explanation
from retention.learning.search.best import Best
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import MONTH, PROBABILITY
from retention.tables.months.periods import Periods
from retention.tables.roles import ColumnRoles, build_customers_schema, build_learnt_schema
from retention.watch.summary import Watch
from retention.watch.watch import Month, cannot_tell, say, watch


def run(settings: Settings, paths: Paths) -> None:
    """Write what is to be expected of the month, and the month beside those before it."""
    watched = _watch(settings, paths)
    write_artifact(paths.watch, watched)
    write_artifact(paths.since, _look_back(settings, paths, _describe(settings, paths, watched)))


def _watch(settings: Settings, paths: Paths) -> Watch:
    roles, periods = read_artifact(paths.columns, ColumnRoles), read_artifact(paths.periods, Periods)
    given = read_table(paths.learnt_probabilities, LEARNT_PROBABILITIES)[PROBABILITY]
    learnt = read_table(paths.learnt, build_learnt_schema(roles)).assign(**{PROBABILITY: given})
    given = read_table(paths.probabilities, PROBABILITIES)[PROBABILITY]
    current = read_table(paths.customers, build_customers_schema(roles)).assign(**{PROBABILITY: given})
    if periods.acted_on in periods.learnt:
        return cannot_tell(say("one_month"), learnt, current)
    moved_by = read_artifact(paths.explanation, Explanation).importance
    weights = {column.column: column.share for column in moved_by}
    month = Month(current, settings.plan.money.lost_months)
    return watch(learnt, month, roles, weights, settings.watch, settings.seed)


def _describe(settings: Settings, paths: Paths, watched: Watch) -> MonthFigures:
    return describe_month(
        read_artifact(paths.periods, Periods).acted_on,
        read_table(paths.probabilities, PROBABILITIES)[PROBABILITY],
        read_artifact(paths.segments, SegmentsSummary),
        read_artifact(paths.plan_metrics, PlanMetrics),
        settings.report.bands,
        _recall(watched),
        (hashlib.sha256(paths.model.read_bytes()).hexdigest(), read_artifact(paths.best, Best).choice),
    )


def _recall(watched: Watch) -> Foreseen:
    expected = watched.quality.roc_auc if watched.quality else None
    return Foreseen(
        verdict=watched.verdict,
        reasons=watched.reasons,
        blind=watched.blind,
        roc_auc=expected.value if expected else None,
        seen_low=expected.seen_low if expected else None,
        seen_high=expected.seen_high if expected else None,
    )


def _look_back(settings: Settings, paths: Paths, now: MonthFigures) -> Since:
    """Put the month beside the one before it, and what was said of earlier ones beside what happened."""
    roles, months = read_artifact(paths.columns, ColumnRoles), read_artifact(paths.history, History).months
    given, earlier = read_table(paths.probabilities, PROBABILITIES), read_table(paths.earlier, EARLIER)
    current = given.merge(align_rows(read_table(paths.membership, MEMBERSHIP), given))
    segments, bounds = read_artifact(paths.segments, SegmentsSummary), settings.report.bands
    learnt = read_table(paths.learnt, build_learnt_schema(roles))
    least, confidence = segments.minimum_support, segments.confidence
    known = (compare_outcomes(one, earlier, learnt, least, confidence, settings.seed) for one in months)
    then = months[-1] if months else None
    return Since(
        now=now,
        then=then,
        moves=compare_customers(then, now, earlier[earlier[MONTH] == then.month], current, bounds) if then else None,
        happened=tuple(one for one in known if one),
    )
