"""What the server knows: the champion, ready to be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from retention.audience.offers.reasons import REASONS
from retention.errors import UserError, one_line
from retention.learning.model.model_file import read_model
from retention.paths import Paths
from retention.registry.entrant import Champion, fetch_champion
from retention.registry.portion import find_audience, list_segments
from retention.registry.scoring import explain_contacts, recall_campaigns
from retention.registry.service.messages import Prediction, Row
from retention.settings import Settings
from retention.tables.columns import ID, PROBABILITY, PROFIT
from retention.tracking.loader import predict_rows, select_columns
from retention.tracking.models.columns import Rules, describe_columns, find_problems


def quicken(model: Any) -> Any:
    """Return a calibrated model whose forest, if it is one, answers small requests sooner, with the same numbers.

    scikit-learn makes each tree a task that copies configuration and warning filters: most of the time of 300 trees
    and a few customers. Here the same trees are summed in the same order.
    """
    forest = model.pipeline.steps[-1][1]
    if hasattr(forest, "estimators_") and hasattr(forest, "_validate_X_predict") and forest.n_outputs_ == 1:
        forest.predict_proba = lambda rows: _average(forest, rows)
    return model


def _average(forest: Any, rows: pd.DataFrame | np.ndarray) -> np.ndarray:
    """Return the mean of the trees' class shares, shape (n, n_classes)."""
    values = np.ascontiguousarray(rows, dtype=np.float32)  # as trees are grown
    total = np.zeros((len(values), forest.n_classes_))
    for tree in forest.estimators_:
        total += tree.tree_.predict(values)[:, : forest.n_classes_]
    return total / len(forest.estimators_)


MOST_EXPLAINED = 100


@dataclass(frozen=True)
class Predictor:
    """The champion and the settings that it is asked under."""

    champion: Champion
    model: Any  # its model, loaded
    settings: Settings  # with what the campaigns have shown, and one worker: to start more costs more than they give
    rules: Rules  # what is valid in each feature,
    money: Rules  # and in a customer's profit if the shop tells it: details need it then

    @property
    def version(self) -> int:
        """Return the champion's version."""
        return self.champion.version.number

    def check(self, rows: Sequence[Row], details: bool) -> None:
        """Refuse rows that are no customers by a `UserError` with a sentence for each of the first defects."""
        if details and len(rows) > MOST_EXPLAINED:
            raise UserError(f"Details are given of at most {MOST_EXPLAINED} customers in a request.")
        if problems := find_problems(rows, {**self.rules, **(self.money if details else {})}):
            raise UserError(" ".join(problems))

    def predict(self, rows: Sequence[Row]) -> list[float]:
        """Return the probability of each row, as batch scoring rounds it."""
        try:
            frame = pd.DataFrame(list(rows), columns=[*self.rules])
            return [float(one) for one in predict_rows(self.model, frame, self.rules)]
        except ValueError as error:  # a category that it never met
            raise UserError(f"Version {self.version} cannot score these customers: {one_line(error)}") from None

    def describe(self, rows: Sequence[Row], probability: Sequence[float]) -> list[Prediction]:
        """Return each row's segment, best offer and reasons as batch scoring gives them to a customer it meets anew."""
        nobody = range(-len(rows), 0)  # ids that no customer has: the model of no fold is asked
        rules = {**self.rules, **self.money}
        given = select_columns(pd.DataFrame(list(rows), columns=[*rules]), rules)
        customers = given.assign(**{ID: nobody, PROBABILITY: probability})
        listed = list_segments(find_audience(self.champion, customers, self.settings), self.settings)
        reasons = explain_contacts(self.champion, [self.model], customers, self.settings)[list(REASONS)].fillna("")
        return [
            Prediction(
                decline_probability=probability[row],
                segment=str(listed["segment"].iloc[row]),
                best_offer=str(listed["best_offer"].iloc[row]),
                reasons=[str(reason) for reason in reasons.iloc[row] if reason],
            )
            for row in range(len(rows))
        ]


def load_predictor(settings: Settings, paths: Paths) -> Predictor:
    """Return the champion, ready to be asked, once its file is checked.

    Raises
    ------
    UserError
        If there is no champion, or its file is not the one that was registered. Nothing of it has run then.
    """
    champion = fetch_champion(settings, paths)
    rules, money = (
        describe_columns(settings.tables.columns, names)
        for names in (champion.roles.names, [PROFIT] if champion.roles.money else [])
    )
    known, _ = recall_campaigns(settings, paths)
    alone = known.model_copy(update={"runtime": settings.runtime.model_copy(update={"workers": 1})})
    return Predictor(champion, quicken(read_model(champion.content, champion.trusted)), alone, rules, money)
