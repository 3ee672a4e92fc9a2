"""Customers in; the test part and the folds out, stratified by the label, twins never apart."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from retention.errors import UserError
from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import ID

Fold = tuple[NDArray[np.intp], NDArray[np.intp]]

SPLIT = TableSchema(
    rows="a customer, in the order of the customer table",
    columns={ID: ColumnSchema("id", "The customer."), "part": ColumnSchema("text", "`train` or `test`.")},
)


def split_customers(target: ArrayLike, groups: ArrayLike, test_share: float, seed: int) -> NDArray[np.bool_]:
    """Choose the test part; True where a customer belongs to it, shape (n_customers,).

    The number of test customers of each class is the rounded share of the class, exactly, unless there are
    too few customers without twins to make up for groups that cannot be divided.

    Parameters
    ----------
    target, groups : array-like of shape (n_customers,)
        The label (0 or 1), and the number of the twin group.
    test_share, seed : float, int
        Between 0 and 1; and which of the possible splits.

    Raises
    ------
    UserError
        If a part would lack one of the classes.
    """
    labels = np.asarray(target).astype(int)
    _, group_of = np.unique(np.asarray(groups), return_inverse=True)
    members = np.bincount(group_of)
    positives = np.bincount(group_of, weights=labels).astype(int)
    wanted = class_quotas(np.bincount(labels, minlength=2), test_share)
    chosen = _choose_groups(members - positives, positives, wanted, test_share, np.random.default_rng(seed))
    is_test = chosen[group_of]
    for part in (is_test, ~is_test):
        if len(np.unique(labels[part])) < 2:
            raise UserError(
                f"split.test_share = {test_share} leaves no customer of one class in a part of {part.sum()}: "
                "both parts need both classes; give more customers or another share."
            )
    return is_test


def class_quotas(counts: NDArray[np.int_], share: float) -> NDArray[np.int_]:
    """Return how many of each class make up `share` of all: largest remainders, so that the total is exact."""
    exact = counts * share
    quotas: NDArray[np.int_] = np.floor(exact).astype(int)
    missing = round(counts.sum() * share) - quotas.sum()
    quotas[np.argsort(quotas - exact, kind="stable")[:missing]] += 1
    return quotas


def _choose_groups(
    negatives: NDArray[np.int_],
    positives: NDArray[np.int_],
    wanted: NDArray[np.int_],
    share: float,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Take the share of each kind of twin group first, then fill both classes up with single customers.

    A share of a kind that is no whole number is rounded at random, or twins would be tested more or less often.
    """
    chosen = np.zeros(len(negatives), dtype=bool)
    size = negatives + positives
    kinds: NDArray[Any] = np.unique(np.column_stack([size, positives])[size > 1], axis=0)
    for members, of_class_1 in kinds:
        alike = np.flatnonzero((size == members) & (positives == of_class_1))
        chosen[rng.permutation(alike)[: int(len(alike) * share + rng.random())]] = True
    for label, in_class in enumerate((negatives, positives)):
        missing = max(0, wanted[label] - in_class[chosen].sum())
        single = np.flatnonzero((size == 1) & (in_class == 1))
        chosen[rng.permutation(single)[:missing]] = True
    return chosen


def stratified_group_folds(target: ArrayLike, groups: ArrayLike, n_folds: int, seed: int) -> list[Fold]:
    """Split customers into folds: groups alike in size and decliners are shuffled and dealt like cards.

    scikit-learn's StratifiedGroupKFold weighs every group against every fold, 0.2 s for 1,000 customers.

    Every customer is in the validation part of exactly one of the `n_folds` folds.

    Returns
    -------
    list of (ndarray, ndarray)
        Positions of the training and of the validation customers, ascending.
    """
    _, group_of = np.unique(np.asarray(groups), return_inverse=True)
    size = np.bincount(group_of)
    decliners = np.bincount(group_of, weights=np.asarray(target))
    shuffled = np.random.default_rng(seed).permutation(len(size))
    alike_together = shuffled[np.lexsort((decliners[shuffled], size[shuffled]))]
    fold_of_group = np.empty(len(size), dtype=np.intp)
    fold_of_group[alike_together] = np.arange(len(size)) % n_folds
    fold_of = fold_of_group[group_of]
    return [(np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)) for fold in range(n_folds)]


def repeated_folds(target: ArrayLike, groups: ArrayLike, n_folds: int, repeats: range, seed: int) -> list[Fold]:
    """Return the folds of several partitions, one after another.

    Repeat r is the same partition whatever the other repeats are: its seed comes from (`seed`, r) alone.
    """
    seeds = [int(np.random.SeedSequence([seed, repeat]).generate_state(1)[0]) for repeat in repeats]
    return [fold for state in seeds for fold in stratified_group_folds(target, groups, n_folds, state)]
