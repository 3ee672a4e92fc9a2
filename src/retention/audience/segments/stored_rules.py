"""Rules as ``segments.json`` keeps them, for customers who come later."""

from collections.abc import Iterable, Mapping
from typing import Any

from retention.audience.offers.audience import ResolvedRules
from retention.audience.offers.offer import Offer
from retention.audience.offers.reasons import Usual
from retention.audience.segments.membership import Rule
from retention.errors import UserError


def read_rules(summary: Mapping[str, Any], offers: Mapping[str, Offer], capped: Iterable[str] = ()) -> ResolvedRules:
    """Return the rules that members and offers were found by when the model was made.

    Parameters
    ----------
    summary : mapping
        The content of ``segments.json``.
    offers : mapping of str to Offer
        As set now.
    capped : iterable of str
        Segments that a cap is set for.

    Raises
    ------
    UserError
        If an offer is set now that was not there then, or that is meant for a segment that was not there.
    """
    kept = summary.get("offer_rules", {})
    segments = {item["key"]: _read(item["rules"]) for item in summary["segments"]}
    for name in capped:
        if name not in segments:
            raise UserError(f"plan.segment_caps: {name!r} was no segment when the champion was made: remove its cap.")
    for key, offer in offers.items():
        unknown = [name for name in offer.segments if name not in segments]
        if key not in kept or unknown:
            what = f"the segment {unknown[0]!r} of offer.{key}" if unknown else f"offer.{key}"
            raise UserError(f"{what} was not there when the champion was made: run `dvc repro` and promote its model.")
    return ResolvedRules(
        segments,
        {key: _read(kept[key]["where"]) for key in offers},
        {key: _read(kept[key]["exclude"]) for key in offers},
    )


def read_usual(summary: Mapping[str, Any]) -> Usual:
    """Return what customers were compared with when the model was made."""
    return Usual(**summary["usual"])


def _read(rules: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    return tuple(
        Rule(rule["column"], rule["test"], tuple(rule["value"]) if rule["test"] == "any_of" else float(rule["value"]))
        for rule in rules
    )
