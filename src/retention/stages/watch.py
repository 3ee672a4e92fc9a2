"""Stage ``watch``: the month acted on against the months learnt from, one verdict before any label is known."""

from retention.files import read_artifact, read_table, write_artifact
from retention.learning.calibration.summary import LEARNT_PROBABILITIES, PROBABILITIES
from retention.learning.explanation.summary import Explanation
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.columns import PROBABILITY
from retention.tables.months.periods import Periods
from retention.tables.roles import ColumnRoles, build_customers_schema, build_learnt_schema
from retention.watch.watch import cannot_tell, watch
from retention.watch.wording import say


def run(settings: Settings, paths: Paths) -> None:
    """Read both sides with what the models say of them, write what is to be expected of the month."""
    roles, periods = read_artifact(paths.columns, ColumnRoles), read_artifact(paths.periods, Periods)
    given = read_table(paths.learnt_probabilities, LEARNT_PROBABILITIES)[PROBABILITY]
    learnt = read_table(paths.learnt, build_learnt_schema(roles)).assign(**{PROBABILITY: given})
    given = read_table(paths.probabilities, PROBABILITIES)[PROBABILITY]
    current = read_table(paths.customers, build_customers_schema(roles)).assign(**{PROBABILITY: given})
    if periods.acted_on in periods.learnt:
        watched = cannot_tell(say("one_month"), learnt, current)
    else:
        moved_by = read_artifact(paths.explanation, Explanation).importance
        weights = {column.column: column.share for column in moved_by}
        horizon = settings.plan.money.horizon_months
        watched = watch(learnt, current, roles, weights, settings.watch, settings.seed, horizon)
    write_artifact(paths.watch, watched)
