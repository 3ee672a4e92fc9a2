"""What holds for customers who come later: ``segment_rules.json``."""

from collections.abc import Iterable, Mapping

import pandas as pd

from retention.audience.offers.offer import Offer
from retention.audience.offers.reasons import Usual
from retention.audience.segments.membership import Rule, check_categories, order_segments, resolve_conditions
from retention.audience.segments.segment import Segment
from retention.errors import UserError, name_nearest
from retention.strict import Strict


class OfferRules(Strict):
    """Whom an offer fits, whatever the segment.

    Parameters
    ----------
    where : tuple of Rule
        All of them hold.
    exclude : tuple of Rule
        None of them holds.
    """

    where: tuple[Rule, ...]
    exclude: tuple[Rule, ...]


class ResolvedRules(Strict):
    """Who belongs where and may get what, every quantile a number.

    Parameters
    ----------
    segments : dict of str to tuple of Rule
        By priority; a member fulfils all of a segment's rules.
    offers : dict of str to OfferRules
    """

    segments: dict[str, tuple[Rule, ...]]
    offers: dict[str, OfferRules]


class SegmentRules(ResolvedRules):
    """All that new customers are judged by: ``segment_rules.json``.

    Parameters
    ----------
    segments, offers : dict
        As in `ResolvedRules`.
    usual : Usual
        What a customer's reasons are compared with.
    """

    usual: Usual


def resolve_rules(
    segments: Mapping[str, Segment], offers: Mapping[str, Offer], customers: pd.DataFrame
) -> ResolvedRules:
    """Turn the conditions of all segments and offers into rules; quantiles are taken over `customers`."""
    return ResolvedRules(
        segments={key: resolve_conditions(segments[key].where, customers) for key in order_segments(segments)},
        offers={
            key: OfferRules(
                where=resolve_conditions(offer.where, customers), exclude=resolve_conditions(offer.exclude, customers)
            )
            for key, offer in offers.items()
        },
    )


def check_references(
    segments: Mapping[str, Segment], offers: Mapping[str, Offer], categories: Mapping[str, Iterable[str]]
) -> None:
    """Refuse settings that name a segment or a category that is not there.

    Parameters
    ----------
    segments, offers : mapping
    categories : mapping of str to iterable of str
        The known categories of each categorical column.

    Raises
    ------
    UserError
        With the key of the setting and the nearest known name.
    """
    for key, offer in offers.items():
        for name in offer.segments:
            if name not in segments:
                raise UserError(f"offer.{key}.segments: there is no segment {name!r}{name_nearest(name, segments)}.")
        check_categories(f"offer.{key}.where", offer.where, categories)
        check_categories(f"offer.{key}.exclude", offer.exclude, categories)
    for key, segment in segments.items():
        check_categories(f"segment.{key}.where", segment.where, categories)


def check_rules(rules: ResolvedRules, offers: Mapping[str, Offer], capped: Iterable[str]) -> None:
    """Refuse offers and caps for which there are no rules.

    Parameters
    ----------
    rules : ResolvedRules
        Of the segments and offers that were set when they were made.
    offers : mapping of str to Offer
        As set now.
    capped : iterable of str
        Segments that a cap is set for now.

    Raises
    ------
    UserError
        If an offer or a segment was not there then.
    """
    for name in capped:
        if name not in rules.segments:
            near = name_nearest(name, rules.segments)
            raise UserError(f"plan.segment_caps: there is no segment {name!r}{near}.")
    for key, offer in offers.items():
        unknown = [name for name in offer.segments if name not in rules.segments]
        if key not in rules.offers or unknown:
            what = f"the segment {unknown[0]!r} of offer.{key}" if unknown else f"offer.{key}"
            raise UserError(f"{what} was not there when the rules were made: run `dvc repro`, which publishes them.")
