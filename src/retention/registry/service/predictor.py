"""What the server knows: the champion, ready to be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from retention.errors import UserError
from retention.learning.model.model_file import read_model
from retention.paths import Paths
from retention.registry.champion import Champion, fetch_champion
from retention.registry.scoring import explain_contacts, find_audience, list_segments
from retention.registry.service.forest import quicken
from retention.registry.service.messages import Prediction, Row
from retention.settings import Settings
from retention.tables.columns import FEATURES, ID, PROBABILITY, PROFIT
from retention.tracking.loader import predict_rows
from retention.tracking.models.columns import Rules, describe_columns, find_problems

_TOLD = 5
MOST_EXPLAINED = 100


@dataclass(frozen=True)
class Predictor:
    """The champion and the settings that it is asked under.

    Parameters
    ----------
    champion : Champion
    model : estimator
        Its model, loaded.
    settings : Settings
        With one worker: processes that are started for a request cost more than they give.
    rules : mapping of str to ColumnRule
        What is valid in each feature.
    """

    champion: Champion
    model: Any
    settings: Settings
    rules: Rules

    @property
    def version(self) -> int:
        """Return the champion's version."""
        return self.champion.version.number

    def check(self, rows: Sequence[Row], details: bool) -> None:
        """Refuse rows that are no customers.

        Raises
        ------
        UserError
            With a sentence for each of the first defects.
        """
        if details and len(rows) > MOST_EXPLAINED:
            raise UserError(f"Details are given of at most {MOST_EXPLAINED} customers in a request.")
        more = describe_columns(self.settings.tables.columns, [PROFIT]) if details else {}
        if problems := find_problems(rows, {**self.rules, **more}):
            raise UserError(" ".join(problems[:_TOLD]))

    def predict(self, rows: Sequence[Row]) -> list[float]:
        """Return the probability of each row, as batch scoring rounds it."""
        try:
            return [float(one) for one in predict_rows(self.model, _frame(rows, FEATURES), self.rules)]
        except ValueError as error:  # a category that it never met
            reason = " ".join(str(error).split())
            raise UserError(f"Version {self.version} cannot score these customers: {reason}") from None

    def describe(self, rows: Sequence[Row], probability: Sequence[float]) -> list[Prediction]:
        """Return each row's segment, best offer and reasons as batch scoring gives them to a customer it meets anew."""
        nobody = range(-len(rows), 0)  # ids that no customer has: the model of no fold is asked
        customers = _frame(rows, (*FEATURES, PROFIT)).assign(**{ID: nobody, PROBABILITY: probability})
        listed = list_segments(find_audience(self.champion, customers, self.settings), self.settings)
        reasons = explain_contacts(self.champion, [self.model], customers, self.settings)
        return [
            Prediction(
                decline_probability=probability[row],
                segment=str(listed["segment"].iloc[row]),
                best_offer=str(listed["best_offer"].iloc[row]),
                reasons=[reason.text for reason in reasons[row]],
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
    rules = describe_columns(settings.tables.columns, FEATURES)
    alone = settings.model_copy(update={"runtime": settings.runtime.model_copy(update={"workers": 1})})
    return Predictor(champion, quicken(read_model(champion.content, champion.trusted)), alone, rules)


def _frame(rows: Sequence[Row], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({name: [row[name] for row in rows] for name in columns})
