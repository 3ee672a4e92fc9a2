"""Customers in; the test part and the folds out: the rows of one customer, and twins, never apart."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from retention.determinism import draw_number
from retention.errors import UserError
from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import ID, MONTH

Fold = tuple[NDArray[np.intp], NDArray[np.intp]]

PART = "part"
TRAIN, TEST, ASIDE = "train", "test", "aside"
SPLIT = TableSchema(
    rows="a customer-month, in the order of the table that is learnt from",
    columns={
        MONTH: ColumnSchema("text", "The month."),
        ID: ColumnSchema("id", "The customer."),
        PART: ColumnSchema(
            "text", "`train`, `test`, or `aside`: of the training side, but equal to a row of the test side."
        ),
    },
)


def split_customers(
    customer_id: pd.Series, features: pd.DataFrame, target: ArrayLike, test_share: float, seed: int
) -> NDArray[np.str_]:
    """Say to which part each customer-month belongs, shape (n_rows,).

    A customer's side is decided once for all months, by a hash of the id under `seed`, and whoever else is there. A row
    of the training side that is equal in every feature to one of the test side is neither learnt from nor tested.

    Parameters
    ----------
    customer_id, features, target
        Of n_rows customer-months; the label is 0 or 1.
    test_share, seed : float, int
        The probability of the test side; and which of the possible splits.

    Raises
    ------
    UserError
        If a part would lack one of the classes.
    """
    ids, place = np.unique(customer_id.astype(str), return_inverse=True)
    is_test = np.array([draw_number(f"{seed}:{name}") < test_share for name in ids])[place]
    twins = features.groupby(list(features), sort=False, observed=True, dropna=False).ngroup().to_numpy()
    beside = np.isin(twins, twins[is_test])
    part = np.select([is_test, beside], [TEST, ASIDE], TRAIN)
    labels = np.asarray(target)
    for name in (TEST, TRAIN):
        if len(np.unique(labels[part == name])) < 2:
            raise UserError(
                f"split.test_share = {test_share} leaves no customer of one class in a part of {(part == name).sum()}: "
                "both parts need both classes; give more customers or another share."
            )
    return part


def stratified_group_folds(target: ArrayLike, groups: ArrayLike, n_folds: int, seed: int) -> list[Fold]:
    """Split customers into folds: groups alike in classes and size are shuffled and dealt like cards.

    First those without decliners are dealt, then those with rows of both classes, then those of decliners alone: every
    fold has as many groups with a row of a class as any other, give or take one. scikit-learn's StratifiedGroupKFold
    weighs every group against every fold, 0.2 s for 1,000 customers, and may leave a fold without a class.

    Returned are the positions of the training and of the validation customers of each fold, ascending. Every customer
    is in the validation part of exactly one of them.
    """
    _, group_of = np.unique(np.asarray(groups), return_inverse=True)
    size = np.bincount(group_of)
    decliners = np.bincount(group_of, weights=np.asarray(target))
    shuffled = np.random.default_rng(seed).permutation(len(size))
    classes = np.where(decliners == 0, 0, np.where(decliners < size, 1, 2))
    in_turn = np.where(classes == 1, -size, size)  # the last folds get the larger ones, and then the first
    alike_together = shuffled[np.lexsort((decliners[shuffled], in_turn[shuffled], classes[shuffled]))]
    fold_of_group = np.empty(len(size), dtype=np.intp)
    fold_of_group[alike_together] = np.arange(len(size)) % n_folds
    fold_of = fold_of_group[group_of]
    return [(np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)) for fold in range(n_folds)]


def repeated_folds(target: ArrayLike, groups: ArrayLike, n_folds: int, repeats: range, seed: int) -> list[Fold]:
    """Return the folds of several partitions, one after another; the seed of repeat r comes from (`seed`, r) alone."""
    seeds = [int(np.random.SeedSequence([seed, repeat]).generate_state(1)[0]) for repeat in repeats]
    return [fold for state in seeds for fold in stratified_group_folds(target, groups, n_folds, state)]
