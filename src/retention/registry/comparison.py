"""Measures a challenger against the champion on the challenger's own test customers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retention.audience.plan.campaign import compute_campaign_profit
from retention.errors import UserError
from retention.learning.evaluation.bootstrap import Bootstrap
from retention.learning.settings import SpaceSettings
from retention.registry.entrant import Entrant
from retention.registry.gate import Check, Contender, Verdict, judge
from retention.settings import Settings
from retention.tables.columns import FEATURES, ID, PROBABILITY, TARGET, TWINS
from retention.tables.roles import list_roles
from retention.tracking.models.shop import tell_shop

if TYPE_CHECKING:
    from retention.learning.calibration.calibrated_model import CalibratedModel


@dataclass(frozen=True)
class Ground:
    """The customers that a comparison stands on.

    Parameters
    ----------
    customers : DataFrame of n rows
        Those that the challenger was made from.
    is_test : ndarray of bool, shape (n,)
        Which of them it had set aside.
    """

    customers: pd.DataFrame
    is_test: np.ndarray

    @property
    def test(self) -> pd.DataFrame:
        """Return the customers that were set aside."""
        return self.customers[self.is_test]

    @property
    def known(self) -> pd.DataFrame:
        """Return the customers that the challenger learnt from."""
        return self.customers[~self.is_test]


def compare(
    settings: Settings, families: SpaceSettings, challenger: Entrant, customers: pd.DataFrame, champion: Entrant | Check
) -> Verdict:
    """Ask the gate about a challenger.

    Parameters
    ----------
    settings : Settings
    families : SpaceSettings
        What the champion may be made of.
    challenger : Entrant
    customers : DataFrame
        The customers that the challenger was made from.
    champion : Entrant or Check
        The champion, or why there is none to compare with.
    """
    said = challenger.probabilities
    aside = said.loc[said["part"] == "test"].set_index(ID)[PROBABILITY]
    ground = Ground(customers, customers[ID].isin(aside.index).to_numpy())
    test = ground.test
    theirs, standing = (
        (None, champion)
        if isinstance(champion, Check)
        else predict_champion(settings, families, ground, challenger, champion)
    )

    def contend(probability: np.ndarray) -> Contender:
        share = len(test) / len(customers)
        planned = (settings.segment, settings.offer, settings.plan, list_roles(settings.tables.columns))
        profit = compute_campaign_profit(test, probability, *planned, share)
        return Contender(probability, profit)

    return judge(
        test[TARGET].to_numpy(dtype=int),
        contend(aside.loc[test[ID]].to_numpy(dtype=float)),
        None if theirs is None else contend(theirs),
        standing,
        settings.gate,
        Bootstrap(test[TWINS].to_numpy(), settings.gate.resamples, settings.gate.confidence, settings.seed),
    )


def predict_champion(
    settings: Settings, families: SpaceSettings, ground: Ground, challenger: Entrant, champion: Entrant
) -> tuple[np.ndarray | None, Check]:
    """Return the champion's probabilities for the test customers, and a check that says where they are from.

    Stored ones if it was made from the same data and had set these customers aside; else those of its file; and
    if it learnt from any of these customers or their twins, those of its recipe, fitted without them.
    """
    number, known, ids = champion.version.number, champion.probabilities, ground.test[ID]
    aside = known[known["part"] == "test"].set_index(ID)[PROBABILITY]
    same_data = champion.version.data_md5 == challenger.version.data_md5 != "unknown"
    if same_data and ids.isin(aside.index).all():
        told = f"Version {number} set these {len(ids)} customers aside: the probabilities stored with it are compared."
        return aside.loc[ids].to_numpy(dtype=float), Check("comparable", "passed", told)
    learnt = ground.customers[ID].isin(known.loc[known["part"] == "train", ID])
    seen = ground.test[TWINS].isin(ground.customers.loc[learnt, TWINS])
    try:
        if seen.any():
            told = (
                f"Version {number} learnt from {seen.sum()} of these {len(ids)} customers (or their twins): its "
                "recipe was fitted again without them."
            )
            model = _refit(settings, families, ground.known, champion)
        else:
            told = f"Version {number} learnt from none of these {len(ids)} customers: its file scored them."
            model = load_model(families, champion)
        probability = model.predict_proba(ground.test[list(FEATURES)])[:, 1]
    except (UserError, ValueError, KeyError) as error:  # what scikit-learn says of columns and categories it lacks
        return None, refuse_comparison(number, " ".join(str(error).split()))
    return np.asarray(probability, dtype=float), Check("comparable", "passed", told)


def refuse_comparison(number: int, reason: str) -> Check:
    """Return the check that keeps a champion since it cannot be compared."""
    return Check("comparable", "undecided", f"Version {number} cannot be compared on these customers: {reason}")


def check_shops(challenger: Entrant, champion: Entrant) -> Check | None:
    """Return the check that keeps a champion of another shop; None if both are of one."""
    ours, theirs = challenger.version.shop, champion.version.shop
    if ours == theirs:
        return None
    return refuse_comparison(
        champion.version.number, f"it was made from {tell_shop(theirs)}, the challenger from {tell_shop(ours)}."
    )


def load_model(families: SpaceSettings, entrant: Entrant) -> "CalibratedModel":
    """Return a registered model, ready to predict.

    Raises
    ------
    UserError
        If it holds a type, or was made of a family, that ``conf/`` does not list. Nothing of it has run then.
    """
    from retention.learning.model.model_file import list_trusted_types, read_model

    model: CalibratedModel = read_model(entrant.content, list_trusted_types(entrant.choice, families))
    return model


def _refit(settings: Settings, families: SpaceSettings, known: pd.DataFrame, champion: Entrant) -> "CalibratedModel":
    from retention.learning.calibration.training import train_model
    from retention.learning.model.space import build_choice

    pipeline = build_choice(champion.choice, families, list_roles(settings.tables.columns), settings.seed)
    given = known[list(FEATURES)], known[TARGET], known[TWINS]
    return train_model(pipeline, *given, settings.train, settings.seed, settings.runtime.workers).model
