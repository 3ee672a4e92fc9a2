"""Measures a challenger against the champion on the test customers of the months that the challenger was made from."""

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retention.audience.plan.campaign import compute_campaign_profit
from retention.errors import UserError, one_line
from retention.learning.evaluation.bootstrap import Bootstrap
from retention.learning.folds import TEST, TRAIN
from retention.learning.model.model_file import list_trusted_types, read_model
from retention.learning.settings import SpaceSettings
from retention.registry.entrant import Entrant
from retention.registry.gate import Check, Contender, Verdict, judge, share_confidence
from retention.settings import Settings
from retention.tables.columns import ID, MONTH, STANDS_FOR, TARGET, UNIT
from retention.tracking.models.registry import Version

if TYPE_CHECKING:
    from retention.learning.calibration.calibrated_model import CalibratedModel

SHARED = 0.5  # files are compared if the champion has learnt from no more than the other share of the test customers


def compare(
    settings: Settings,
    families: SpaceSettings,
    challenger: Entrant,
    learnt: pd.DataFrame,
    champion: Entrant | Check,
    turn: int = 1,
) -> Verdict:
    """Ask the gate about a challenger; in place of a champion stands why there is none to compare with.

    `families` are what both may be made of, `learnt` the customer-months that the challenger was made from:
    treated ones are left out, their controls stand for them. This is the `turn`-th comparison on these customers'
    months (`share_confidence`).
    """
    model = load_model(families, challenger)  # what could not be loaded must not become champion
    learnt = learnt[learnt[STANDS_FOR] > 0]
    test = learnt[challenger.find_rows(TEST, learnt)]
    theirs, standing = (
        (None, champion)
        if isinstance(champion, Check)
        else predict_champion(settings, families, learnt, challenger, champion)
    )
    if theirs is not None:
        test = test.loc[theirs.index]

    def contend(probability: pd.Series) -> Contender:
        return Contender(probability.to_numpy(), _compute_profit(settings, challenger, learnt, probability))

    gate = settings.gate
    return judge(
        test[TARGET].to_numpy(dtype=int),
        contend(_predict(model, challenger, test)),
        None if theirs is None else contend(theirs),
        standing,
        gate,
        Bootstrap(
            test[UNIT].to_numpy(),
            gate.resamples,
            share_confidence(gate.confidence, turn),
            settings.seed,
            test[STANDS_FOR].to_numpy(),
        ),
        isinstance(champion, Entrant) and challenger.newest > champion.newest,
    )


def digest_months(learnt: pd.DataFrame) -> str:
    """Return what comparisons on the same customers' months are known by."""
    return hashlib.sha256(learnt[[MONTH, ID]].to_csv(index=False).encode()).hexdigest()


def _compute_profit(settings: Settings, owner: Entrant, learnt: pd.DataFrame, probability: pd.Series) -> np.ndarray:
    """Return what each customer-month brings: every month is a campaign of its own, with its share of the limits."""
    profit = pd.Series(0.0, probability.index)
    rows = learnt[MONTH].value_counts()
    for month, part in learnt.loc[probability.index].groupby(MONTH, sort=False):
        planned = (settings.segment, settings.offer, settings.plan, owner.roles)
        given = probability.loc[part.index].to_numpy()
        profit.loc[part.index] = compute_campaign_profit(part, given, *planned, len(part) / rows[month])
    return profit.to_numpy()


def predict_champion(
    settings: Settings, families: SpaceSettings, learnt: pd.DataFrame, challenger: Entrant, champion: Entrant
) -> tuple[pd.Series | None, Check]:
    """Return the champion's probabilities of test customer-months, by the index of `learnt`, and whence they are.

    They are those of its file, for the challenger's test customers whom it has not learnt from either; if these are too
    few, or it cannot read them, those of its recipe, fitted again to what the challenger has learnt from.
    """
    number, test = champion.version.number, learnt[challenger.find_rows(TEST, learnt)]
    unseen = test[~_find_seen(learnt, champion).loc[test.index]]
    left = f"Version {number} has learnt from {len(test) - len(unseen)} of these {len(test)} customer-months"
    try:
        if len(unseen) >= SHARED * len(test) and unseen[TARGET].nunique() == 2:
            later = [int((unseen[MONTH] > month).sum()) for month in sorted([champion.newest, challenger.newest])]
            told = (
                f"{left} (or their twins): its file scored the others, {later[0]} of months after those that one "
                f"of the two has learnt, {later[1]} of months after those that both have."
            )
            return _predict(load_model(families, champion), champion, unseen), Check("comparable", "passed", told)
        why = f"{left} or their twins"
    except (UserError, ValueError, KeyError) as error:  # what scikit-learn says of columns and categories it lacks
        why = f"The file of version {number} cannot score these customers: {one_line(error)}"
    try:
        model = _refit(settings, families, learnt[challenger.find_rows(TRAIN, learnt)], challenger, champion)
        told = f"{why.rstrip('.')}: its recipe was fitted again without them, so recipes are compared and not files."
        return _predict(model, challenger, test), Check("comparable", "passed", told)
    except (UserError, ValueError, KeyError) as error:
        return None, refuse_comparison(champion.version, one_line(error))


def _find_seen(learnt: pd.DataFrame, champion: Entrant) -> pd.Series:
    """Return which customer-months are of customers whom the champion has learnt, or equal to a row that it has."""
    ids = champion.probabilities.index[champion.probabilities["part"] == TRAIN]
    known = learnt[ID].astype(str).isin(ids.astype(str))
    names = [name for name in champion.roles.names if name in learnt]
    twins = learnt.groupby(names, sort=False, observed=True, dropna=False).ngroup()
    return known | twins.isin(twins[champion.find_rows(TRAIN, learnt)])


def _predict(model: "CalibratedModel", entrant: Entrant, rows: pd.DataFrame) -> pd.Series:
    return pd.Series(model.predict_proba(rows[list(entrant.roles.names)])[:, 1], rows.index)


def refuse_comparison(champion: Version, reason: str) -> Check:
    """Return the check that keeps a champion since it cannot be compared."""
    told = f"Version {champion.number} cannot be compared on these customers: {reason}"
    return Check("comparable", "undecided", told)


def load_model(families: SpaceSettings, entrant: Entrant) -> "CalibratedModel":
    """Return a registered model, ready to predict.

    A `UserError` names a type that it holds, or a family, that ``conf/`` does not list; nothing of it has run then.
    """
    model: CalibratedModel = read_model(entrant.content, list_trusted_types(entrant.choice, families))
    return model


def _refit(
    settings: Settings, families: SpaceSettings, known: pd.DataFrame, challenger: Entrant, champion: Entrant
) -> "CalibratedModel":
    from retention.learning.calibration.calibrated_model import train_model
    from retention.learning.model.space import build_choice

    pipeline = build_choice(champion.choice, families, challenger.roles, settings.seed)
    known = known.loc[known.index.repeat(known[STANDS_FOR])]
    given = known[list(challenger.roles.names)], known[TARGET], known[UNIT]
    return train_model(pipeline, *given, settings.train, settings.seed, settings.runtime.workers).model
