"""Stage ``compare``: the month acted on beside those before it, and what became of what was said of them."""

import hashlib

from retention.audience.alignment import align_rows
from retention.audience.plan.summary import PlanMetrics
from retention.audience.segments.rules import MEMBERSHIP
from retention.audience.segments.summary import SegmentsSummary
from retention.files import read_artifact, read_table, write_artifact
from retention.history.describe import describe_month
from retention.history.figures import EARLIER, History
from retention.history.happened import compare_outcomes
from retention.history.moves import compare_customers
from retention.history.summary import Since
from retention.learning.calibration.summary import PROBABILITIES
from retention.learning.search.best import Best
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import MONTH, PROBABILITY
from retention.tables.months.periods import Periods
from retention.tables.roles import ColumnRoles, build_learnt_schema


def run(settings: Settings, paths: Paths) -> None:
    """Read what this month's stages found and what is known of earlier months; write both beside each other."""
    roles, months = read_artifact(paths.columns, ColumnRoles), read_artifact(paths.history, History).months
    given, earlier = read_table(paths.probabilities, PROBABILITIES), read_table(paths.earlier, EARLIER)
    current = given.merge(align_rows(read_table(paths.membership, MEMBERSHIP), given))
    segments, bounds = read_artifact(paths.segments, SegmentsSummary), settings.report.bands
    now = describe_month(
        read_artifact(paths.periods, Periods).acted_on,
        given[PROBABILITY],
        segments,
        read_artifact(paths.plan_metrics, PlanMetrics),
        bounds,
        None,
        (hashlib.sha256(paths.model.read_bytes()).hexdigest(), read_artifact(paths.best, Best).choice),
    )
    then = months[-1] if months else None
    learnt = read_table(paths.learnt, build_learnt_schema(roles))
    least, confidence = segments.minimum_support, segments.confidence
    known = (compare_outcomes(one, earlier, learnt, least, confidence, settings.seed) for one in months)
    since = Since(
        now=now,
        then=then,
        moves=compare_customers(then, now, earlier[earlier[MONTH] == then.month], current, bounds) if then else None,
        happened=tuple(one for one in known if one),
    )
    write_artifact(paths.since, since)
