"""What is asked and answered over HTTP: MLflow's contract of ``/invocations``, and a little more."""

from http import HTTPStatus

from pydantic import BaseModel, Field, JsonValue, ValidationError

from retention.errors import UserError
from retention.strict import Strict

Row = dict[str, JsonValue]
_SHOWN = 200


class Split(Strict):
    """Customers as a table, a row of ``data`` each; the index is taken and not used, as pandas writes it."""

    columns: list[str]
    data: list[list[JsonValue]]
    index: list[JsonValue] | None = None


class Params(Strict):
    """Whether segment, best offer and reasons are wanted too; ``monthly_profit`` is needed then, if the shop has it."""

    details: bool = False


class Invocation(Strict):
    """A request: customers in one of four shapes. In a row ``customer_id`` may stand too, and comes back.

    An object is a customer, column and value; or it is columns and their values, a list each.
    """

    dataframe_split: Split | None = None
    dataframe_records: list[Row] | None = None
    instances: list[Row] | Row | None = None
    inputs: list[Row] | Row | None = None
    params: Params = Params()


class Prediction(BaseModel):
    """What is answered of a customer, reasons from the strongest; what was not given or asked for is left out."""

    customer_id: str | int | float | None = None
    decline_probability: float
    segment: str | None = None
    best_offer: str | None = None
    reasons: list[str] | None = None


class Answer(BaseModel):
    """The answer of a version of the registered model, in the order of the request."""

    predictions: list[Prediction]
    version: int


class Failure(BaseModel):
    """Why there is no answer: a code and a sentence, under MLflow's keys."""

    error_code: str = Field(examples=[HTTPStatus.BAD_REQUEST.name])
    message: str


def read_invocation(body: bytes) -> tuple[list[Row], Params]:
    """Return the customers of a request, an object each, and what else is wanted.

    What is not JSON, or not of the contract, is a `UserError`.
    """
    try:
        asked = Invocation.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])[:_SHOWN]
        raise UserError(f"The request is not understood ({where or 'body'}: {first['msg'][:_SHOWN]}).") from None
    shapes = {"dataframe_split", "dataframe_records", "instances", "inputs"} & asked.model_fields_set
    if len(shapes) != 1:
        raise UserError("A request has just one of dataframe_split, dataframe_records, instances and inputs.")
    given = getattr(asked, shapes.pop())
    rows = _split_rows(given) if isinstance(given, Split) else _list_rows(given)
    if not rows:
        raise UserError("There is no customer in the request.")
    return rows, asked.params


def _split_rows(split: Split) -> list[Row]:
    if len(set(split.columns)) < len(split.columns):
        raise UserError("A column stands twice in dataframe_split.")
    if any(len(row) != len(split.columns) for row in split.data):
        raise UserError("A row of dataframe_split has more or fewer values than there are columns.")
    return [dict(zip(split.columns, row, strict=True)) for row in split.data]


def _list_rows(given: list[Row] | Row | None) -> list[Row]:
    if not isinstance(given, dict):
        return given or []
    lists = [value for value in given.values() if isinstance(value, list)]
    if not lists:
        return [given] if given else []
    if len(lists) < len(given) or len({len(values) for values in lists}) > 1:
        raise UserError("Each column needs a list of equally many values.")
    return [dict(zip(given, values, strict=True)) for values in zip(*lists, strict=True)]
