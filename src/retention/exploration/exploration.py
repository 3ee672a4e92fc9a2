"""Everything the exploration says about the customer table, in one frozen summary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import pandas as pd
from pydantic import Field

from retention.exploration.associations import Associations, compute_associations, compute_vif
from retention.exploration.distributions import (
    CategoricalColumn,
    NumericColumn,
    describe_categorical,
    describe_numeric,
)
from retention.exploration.leaks import Leak, judge_leaks, measure_reach
from retention.exploration.revenue import Revenue, summarise_revenue
from retention.exploration.settings import ExploreSettings
from retention.exploration.twins import Twins, count_twins
from retention.strict import Strict

ROW_ORDER = "row_order"


@dataclass(frozen=True)
class Roles:
    """Which column of the customer table plays which part.

    Parameters
    ----------
    numeric, categorical : sequence of str
        The features, by kind.
    target, profit, identifier, twins, category : str
        The label, the monthly profit, the customer's number, the twin group, the favourite category.
    months : mapping of str to str
        Name of the month to its revenue column, oldest first.
    """

    numeric: Sequence[str]
    categorical: Sequence[str]
    target: str
    profit: str
    identifier: str
    twins: str
    category: str
    months: Mapping[str, str]


class Exploration(Strict):
    """``exploration.json``: what the customer table says before any model.

    Parameters
    ----------
    customers, declined : int
        All customers, and those who declined.
    rules : ExploreSettings
        The settings that the counts and verdicts rest on.
    columns : dict of str to NumericColumn or CategoricalColumn
        Each feature and the profit.
    phik : Associations
        Which columns go together.
    vif : dict of str to float or None
        Variance inflation factor of each numeric feature; None where the others determine it.
    leaks : tuple of Leak
        What each column alone says about the label, the most telling first.
    revenue : Revenue
        Revenue by month.
    twins : Twins
        Equal customers.
    """

    customers: int
    declined: int
    rules: ExploreSettings
    columns: dict[str, Annotated[NumericColumn | CategoricalColumn, Field(discriminator="kind")]]
    phik: Associations
    vif: dict[str, float | None]
    leaks: tuple[Leak, ...]
    revenue: Revenue
    twins: Twins


def explore(customers: pd.DataFrame, roles: Roles, settings: ExploreSettings, seed: int) -> Exploration:
    """Describe the customer table. Nothing is chosen by it: it looks at every kept customer.

    Parameters
    ----------
    customers : DataFrame
        One row per customer, in the order of the export.
    roles : Roles
        Which column is what.
    settings : ExploreSettings
        Rules and thresholds.
    seed : int
        Of the folds of the leak audit.
    """
    label = customers[roles.target]
    numeric = [*roles.numeric, roles.profit]
    described = [*numeric, *roles.categorical]
    return Exploration(
        customers=len(customers),
        declined=int(label.sum()),
        rules=settings,
        columns=_describe(customers, label, numeric, roles.categorical, settings),
        phik=compute_associations(customers[[*described, roles.target]], numeric),
        vif=compute_vif(customers, roles.numeric),
        leaks=_audit(customers, roles, described, settings, seed),
        revenue=summarise_revenue(customers, roles.months, roles.category, roles.target, settings.confidence),
        twins=count_twins(customers[roles.twins], label),
    )


def _describe(
    customers: pd.DataFrame,
    label: pd.Series,
    numeric: Sequence[str],
    categorical: Sequence[str],
    settings: ExploreSettings,
) -> dict[str, NumericColumn | CategoricalColumn]:
    confidence = settings.confidence
    return {
        name: describe_numeric(
            customers[name],
            label,
            fence=settings.outlier_fence,
            bins=settings.histogram_bins,
            confidence=confidence,
        )
        for name in numeric
    } | {name: describe_categorical(customers[name], label, confidence=confidence) for name in categorical}


def _audit(
    customers: pd.DataFrame, roles: Roles, described: Sequence[str], settings: ExploreSettings, seed: int
) -> tuple[Leak, ...]:
    """Audit what a model could be given by mistake too: the identifier and the order of the rows."""
    columns = customers[[*described, roles.identifier]].assign(**{ROW_ORDER: range(len(customers))})
    reach = measure_reach(
        columns,
        customers[roles.target],
        customers[roles.twins],
        bins=settings.leak_bins,
        folds=settings.leak_folds,
        seed=seed,
    )
    return judge_leaks(reach, settings.leak_suspicious, settings.leak_certain)
