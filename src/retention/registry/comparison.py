"""Measures a challenger against the champion on the challenger's own test customers."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retention.audience.plan.campaign import compute_campaign_profit
from retention.errors import UserError
from retention.learning.evaluation.bootstrap import Bootstrap
from retention.learning.model.model_file import list_trusted_types, read_model
from retention.learning.settings import SpaceSettings
from retention.registry.entrant import Entrant
from retention.registry.gate import Check, Contender, Verdict, judge
from retention.settings import Settings
from retention.tables.columns import ID, PROBABILITY, TARGET, UNIT
from retention.tracking.models.registry import Version

if TYPE_CHECKING:
    from retention.learning.calibration.calibrated_model import CalibratedModel


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
    ours = challenger.find_part("test")[PROBABILITY]
    test = customers[customers[ID].isin(ours.index)]
    theirs, standing = (
        (None, champion)
        if isinstance(champion, Check)
        else predict_champion(settings, families, customers, challenger, champion)
    )

    def contend(probability: np.ndarray) -> Contender:
        share = len(test) / len(customers)
        planned = (settings.segment, settings.offer, settings.plan, challenger.roles)
        profit = compute_campaign_profit(test, probability, *planned, share)
        return Contender(probability, profit)

    return judge(
        test[TARGET].to_numpy(dtype=int),
        contend(ours.loc[test[ID]].to_numpy(dtype=float)),
        None if theirs is None else contend(theirs),
        standing,
        settings.gate,
        Bootstrap(test[UNIT].to_numpy(), settings.gate.resamples, settings.gate.confidence, settings.seed),
    )


def predict_champion(
    settings: Settings, families: SpaceSettings, customers: pd.DataFrame, challenger: Entrant, champion: Entrant
) -> tuple[np.ndarray | None, Check]:
    """Return the champion's probabilities for the challenger's test customers, and a check that says whence they are.

    Stored ones if it was made from the same data and had set these customers aside; else those of its file; and
    if it learnt from any of these customers or their twins, those of its recipe, fitted without them.
    """
    number, aside = champion.version.number, champion.find_part("test")[PROBABILITY]
    is_test = customers[ID].isin(challenger.find_part("test").index)
    test = customers[is_test]
    same_data = champion.version.data_md5 == challenger.version.data_md5 != "unknown"
    if same_data and test[ID].isin(aside.index).all():
        told = f"Version {number} set these {len(test)} customers aside: the probabilities stored with it are compared."
        return aside.loc[test[ID]].to_numpy(dtype=float), Check("comparable", "passed", told)
    learnt = customers[ID].isin(champion.find_part("train").index)
    seen = test[UNIT].isin(customers.loc[learnt, UNIT])
    try:
        if seen.any():
            told = (
                f"Version {number} learnt from {seen.sum()} of these {len(test)} customers (or their twins): its "
                "recipe was fitted again without them."
            )
            model = _refit(settings, families, customers[~is_test], champion)
        else:
            told = f"Version {number} learnt from none of these {len(test)} customers: its file scored them."
            model = load_model(families, champion)
        probability = model.predict_proba(test[list(champion.roles.names)])[:, 1]
    except (UserError, ValueError, KeyError) as error:  # what scikit-learn says of columns and categories it lacks
        return None, refuse_comparison(champion.version, " ".join(str(error).split()))
    return np.asarray(probability, dtype=float), Check("comparable", "passed", told)


def refuse_comparison(champion: Version, reason: str) -> Check:
    """Return the check that keeps a champion since it cannot be compared."""
    told = f"Version {champion.number} cannot be compared on these customers: {reason}"
    return Check("comparable", "undecided", told)


def load_model(families: SpaceSettings, entrant: Entrant) -> "CalibratedModel":
    """Return a registered model, ready to predict.

    Raises
    ------
    UserError
        If it holds a type, or was made of a family, that ``conf/`` does not list. Nothing of it has run then.
    """
    model: CalibratedModel = read_model(entrant.content, list_trusted_types(entrant.choice, families))
    return model


def _refit(settings: Settings, families: SpaceSettings, known: pd.DataFrame, champion: Entrant) -> "CalibratedModel":
    from retention.learning.calibration.training import train_model
    from retention.learning.model.space import build_choice

    pipeline = build_choice(champion.choice, families, champion.roles, settings.seed)
    given = known[list(champion.roles.names)], known[TARGET], known[UNIT]
    return train_model(pipeline, *given, settings.train, settings.seed, settings.runtime.workers).model
