"""How good the model is for groups of the test customers."""

from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retention.estimate import compute_share
from retention.learning.evaluation.bootstrap import Bootstrap
from retention.learning.evaluation.evaluation import Group
from retention.learning.evaluation.metrics import compute_roc_auc

ENOUGH = 30  # customers, and at least this part of them in the rarer class for a ROC-AUC
RARE = 5
USE = 3  # of random numbers; the parts of the customers are 1 and 2

Floats = NDArray[np.float64]


def measure_groups(
    target: NDArray[np.int_], probability: Floats, members: pd.DataFrame, of: str, bootstrap: Bootstrap
) -> list[Group]:
    """Return how good the model is in each group; nothing but the support where it is too small.

    Labels and probabilities, (n_customers,), are of customers that the model did not learn from, as is the bootstrap.
    `members` has a column of flags for each group, named by its key; `of` is ``segment``, or the column whose values
    they are.
    """
    found = []
    for key, chosen in members.astype(bool).items():
        rows = chosen.to_numpy()
        group = Group(of=of, key=str(key), support=int(rows.sum()))
        found.append(_measure(group, target[rows], probability[rows], bootstrap.take(rows)))
    return found


def _measure(group: Group, target: NDArray[np.int_], probability: Floats, bootstrap: Bootstrap) -> Group:
    if group.support < ENOUGH:
        return group
    declined = int(target.sum())
    observed = compute_share(declined, group.support, bootstrap.confidence)
    roc_auc = None
    if min(declined, group.support - declined) >= RARE:
        use = (USE, *f"{group.of}={group.key}".encode())  # a stream of its own, whatever the other groups are
        roc_auc = bootstrap.estimate(partial(compute_roc_auc, target, probability), *use, strata=target, scale="share")
    return group.model_copy(update={"observed": observed, "predicted": float(probability.mean()), "roc_auc": roc_auc})
