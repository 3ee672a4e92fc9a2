"""One point of the search space, the choice that ``best.json`` names, and what a model ranks customers by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from retention.errors import UserError

Parameter = bool | int | float | str | None  # of a model: what Optuna draws
OutputScale = Literal["probability", "log-odds", "score"]  # a model's output; a mere score is neither
STEPS = ("scaler", "encoder", "features")


@dataclass(frozen=True)
class Choice:
    """A family, its parameters, and the names of the steps before it."""

    model: str
    scaler: str
    encoder: str
    features: str
    params: Mapping[str, Parameter]


def read_choice(content: bytes) -> Choice:
    """Return the choice that a ``best.json`` names, of this version of the project or of an earlier one.

    Raises
    ------
    UserError
        If it names none.
    """
    try:
        return TypeAdapter(Choice).validate_json(content)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the whole file"
        raise UserError(f"best.json names no model ({where}): run the search again with `dvc repro`.") from None
