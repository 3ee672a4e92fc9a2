"""Stage ``watch``: the month acted on against those learnt from and those before it, and what became of what was said.

It reads no label of the month itself. Of earlier months it knows what was said of them then, and the labels
that have matured since.
"""

import hashlib

import pandas as pd

from retention.audience.alignment import align_rows
from retention.audience.plan.summary import PlanMetrics
from retention.audience.segments.rules import MEMBERSHIP
from retention.audience.segments.summary import SegmentsSummary
from retention.files import read_artifact, read_table, write_artifact
from retention.history.compare import compare_customers, compare_outcomes, describe_month
from retention.history.figures import EARLIER, Foreseen, History, Since
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
    roles, periods = read_artifact(paths.columns, ColumnRoles), read_artifact(paths.periods, Periods)
    learnt, said = read_table(paths.learnt, build_learnt_schema(roles)), read_table(paths.probabilities, PROBABILITIES)
    watched = _watch(settings, paths, roles, periods, learnt, said)
    segments, expected = read_artifact(paths.segments, SegmentsSummary), watched.quality and watched.quality.roc_auc
    foreseen = Foreseen(
        verdict=watched.verdict,
        reasons=watched.reasons,
        blind=watched.blind,
        roc_auc=expected.value if expected else None,
        seen_low=expected.seen_low if expected else None,
        seen_high=expected.seen_high if expected else None,
    )
    plan, bounds = read_artifact(paths.plan_metrics, PlanMetrics), settings.report.bands
    model = hashlib.sha256(paths.model.read_bytes()).hexdigest(), read_artifact(paths.best, Best).choice
    now = describe_month(periods.acted_on, said[PROBABILITY], segments, plan, bounds, foreseen, model)
    months, earlier = read_artifact(paths.history, History).months, read_table(paths.earlier, EARLIER)
    current = said.merge(align_rows(read_table(paths.membership, MEMBERSHIP), said))
    judged = segments.minimum_support, segments.confidence, settings.seed
    known = (compare_outcomes(one, earlier, learnt, *judged) for one in months)
    then = months[-1] if months else None
    moves = compare_customers(then, now, earlier[earlier[MONTH] == then.month], current) if then else None
    write_artifact(paths.watch, watched)
    write_artifact(paths.since, Since(now=now, then=then, moves=moves, happened=tuple(one for one in known if one)))


def _watch(
    settings: Settings, paths: Paths, roles: ColumnRoles, periods: Periods, learnt: pd.DataFrame, said: pd.DataFrame
) -> Watch:
    given = read_table(paths.learnt_probabilities, LEARNT_PROBABILITIES)[PROBABILITY]
    scored = learnt.assign(**{PROBABILITY: given})
    current = read_table(paths.customers, build_customers_schema(roles)).assign(**{PROBABILITY: said[PROBABILITY]})
    if periods.acted_on in periods.learnt:
        return cannot_tell(say("one_month"), scored, current)
    weights = {one.column: one.share for one in read_artifact(paths.explanation, Explanation).importance}
    month = Month(current, settings.plan.money.lost_months)
    return watch(scored, month, roles, weights, settings.watch, settings.seed)
