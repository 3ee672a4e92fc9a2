"""Whether the columns, categories and segments that settings name are there."""

from collections.abc import Iterable, Mapping

from retention.audience.declared import Condition, Offer, Parameter, Segment, Wording
from retention.errors import UserError, name_nearest
from retention.tables.columns import PROBABILITY, PROFIT
from retention.tables.schema import Column


def check_references(
    segments: Mapping[str, Segment],
    offers: Mapping[str, Offer],
    found: Iterable[str] | None,
    wordings: Mapping[str, Wording],
    columns: Mapping[str, Column],
) -> None:
    """Refuse settings that name a column, a category or a segment that is not there.

    Parameters
    ----------
    found : iterable of str or None
        The columns that the search for segments may speak of, if they are set.
    wordings : mapping of str to Wording
        One for each feature.

    Raises
    ------
    UserError
        With the key of the setting and the nearest known name.
    """
    money = any(column.role == "money" for column in columns.values())
    features = {name: column for name, column in columns.items() if column.kind}
    known = (*features, *((PROFIT,) if money else ()), PROBABILITY)
    for key, segment in segments.items():
        _check_conditions(f"segment.{key}.where", segment.where, features, known)
    for key, offer in offers.items():
        _check_conditions(f"offer.{key}.where", offer.where, features, known)
        _check_conditions(f"offer.{key}.exclude", offer.exclude, features, known)
        if offer.parameter:
            _check_parameter(f"offer.{key}.parameter", offer.parameter, features)
        if offer.cost.profit_share and not money:
            raise UserError(f"offer.{key}.cost.profit_share: the exports hold no profit; give cost.fixed alone.")
        for name in offer.segments:
            _check_known(name, segments, f"offer.{key}.segments: there is no segment")
    for name in found or ():
        _check_known(name, known, "found.columns: unknown column")
    for name in features:
        if name not in wordings:
            raise UserError(f"reason.{name} is missing: say in conf/shop/ how a value of {name} is told.")
    for name in wordings:
        _check_known(name, features, "reason: there is no feature")


def _check_parameter(key: str, parameter: Parameter, features: Mapping[str, Column]) -> None:
    """Refuse a parameter of unknown columns, or one that adds up or grades what is no number."""
    counts = len(parameter.columns) > 1 or parameter.levels or parameter.at_most is not None
    for name in parameter.columns:
        _check_known(name, features, f"{key}.columns: unknown column")
        if counts and not features[name].is_number:
            raise UserError(f"{key}: {name} is no number; give it alone, without levels and at_most.")
    bounds = [level.at_least for level in parameter.levels]
    if bounds != sorted(set(bounds)):
        raise UserError(f"{key}.levels: at_least must rise from level to level.")


def _check_known(name: str, known: Iterable[str], said: str) -> None:
    if name not in known:
        raise UserError(f"{said} {name!r}{name_nearest(name, known)}.")


def _check_conditions(
    key: str, conditions: Iterable[Condition], features: Mapping[str, Column], known: Iterable[str]
) -> None:
    """Refuse a condition of the setting `key` on an unknown column or category, or that compares what it is not."""
    for place, condition in enumerate(conditions):
        name = condition.column
        _check_known(name, known, f"{key}.{place}.column: unknown column")
        categories = None if name not in features or features[name].is_number else features[name].values
        _, given = condition.given
        for value in given if isinstance(given, tuple) else (given,):
            if isinstance(value, str) != (categories is not None):
                kind = "numbers" if categories is None else "names of categories (equals, any_of)"
                raise UserError(f"{key}.{place}: {name} is compared with {kind}.")
            if categories is not None:
                _check_known(str(value), categories, f"{key}.{place}: {name} has no category")
