"""What held of the findings that the shop's settings quote: each is computed anew from this month's artifacts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

from retention.audience.segments.summary import SegmentSummary
from retention.errors import UserError, name_nearest
from retention.estimate import Side, compute_share
from retention.reporting.charts.figure import Table
from retention.reporting.language.voice import Voice
from retention.reporting.settings import Check, Finding
from retention.reporting.sources import Sources
from retention.tables.columns import ID

Verdict = Literal["holds", "fails", "open"]
Answer: TypeAlias = tuple[str, Verdict]
"""Ours in words, and the verdict: it holds, it does not, or it cannot be told."""
_LIES: Mapping[Side, Verdict] = {"above": "holds", "below": "fails", "across": "open"}
SIGNIFICANT = 0.05


def tabulate_findings(findings: Sequence[Finding], sources: Sources, voice: Voice) -> Table:
    """Tabulate each finding with its figure, ours with its interval, and the verdict."""
    rows = []
    for one in findings:
        ours, verdict = CHECKS[one.check](one, sources, voice)
        theirs = voice.pick(one.theirs) if one.theirs else ""
        rows.append([one.study, voice.pick(one.text), theirs, ours, voice.say(f"studies.verdict.{verdict}")])
    head = voice.heads("studies", "study", "finding", "theirs", "ours", "verdict")
    return Table(voice.say("studies.table"), head, rows, frozenset({0, 1, 3, 4}), "studies")


def _check_growth(one: Finding, sources: Sources, voice: Voice) -> Answer:
    series = next(iter(sources.exploration.series.values()), None)
    trend = series.by_category.get(one.category) if series else None
    if trend is None or trend.against_rest is None:
        return voice.missing(), "open"
    verdict: Verdict = "open" if trend.standing == "unclear" else "holds" if trend.standing == one.check else "fails"
    return voice.say("studies.growth", trend), verdict


def _check_order(one: Finding, sources: Sources, voice: Voice) -> Answer:
    """Compare the columns named with as many that lead here: all of some count, half at most, or in between."""
    order = [item.column for item in sources.explanation.importance]
    if one.segment:
        segment = _find(one, sources)
        order = [*segment.drivers] if segment else []
    if not order:
        return voice.say("common.too_few"), "open"
    top = order[: len(one.columns)]
    both = len(set(top) & set(one.columns))
    verdict: Verdict = "holds" if both == len(top) else "fails" if 2 * both < len(top) else "open"
    columns = ", ".join(voice.quote(voice.column(name)) for name in top)
    return voice.say("studies.order", columns=columns, both=both, all=len(one.columns)), verdict


def _check_vif(_: Finding, sources: Sources, voice: Voice) -> Answer:
    known, high = sources.exploration.vif, sources.exploration.rules.vif_high
    largest = max((value if value is not None else float("inf") for value in known.values()), default=0.0)
    said = voice.say("studies.vif", vif=largest, high=high)
    return said, "holds" if largest < high else "fails"


def _check_recipe(one: Finding, sources: Sources, voice: Voice) -> Answer:
    recipe = sources.evaluation.baselines[_known(one.recipe, sources.evaluation.baselines, "recipe")]
    said = f"ROC-AUC {voice.estimate(recipe.roc_auc, 'number', 2)}"
    if one.check == "auc":
        return said, "holds" if recipe.roc_auc.high >= one.value else "fails"
    ours = voice.say("studies.difference", recipe)
    return f"{said}; {ours}", "fails" if recipe.difference.roc_auc.low > 0 else "open"


def _check_share(one: Finding, sources: Sources, voice: Voice) -> Answer:
    shop = sources.customers.merge(sources.probabilities, on=ID)
    names = [_known(name, [*map(str, shop)], "column") for name in one.at_least]
    member = (shop[names] >= [*one.at_least.values()]).all(axis=1)
    share = compute_share(int(member.sum()), len(shop), sources.segments.confidence)
    return voice.estimate(share, decimals=0), "holds" if share.low <= one.value <= share.high else "fails"


def _known(name: str, known: Iterable[str], kind: str) -> str:
    if name not in known:
        raise UserError(f"report.studies names the {kind} {name}, which this run lacks{name_nearest(name, known)}.")
    return name


def _find(one: Finding, sources: Sources) -> SegmentSummary | None:
    """Return the segment, if it is large enough to be told of."""
    return next((item for item in sources.segments.segments if item.key == one.segment and not item.too_few), None)


def _check_segment(one: Finding, sources: Sources, voice: Voice) -> Answer:
    segment, confidence = _find(one, sources), sources.segments.confidence
    if segment is None:
        return voice.say("common.too_few"), "open"
    if one.check == "consent":
        if segment.consent_share is None:
            return voice.missing(), "open"
        share = compute_share(round(segment.consent_share * segment.support), segment.support, confidence)
        return voice.estimate(share, decimals=0), _LIES[share.side(0.5)]
    if one.check == "more":
        found = next((item for item in segment.differs if item.column == one.column), None)
        if found is None or found.p_adjusted >= SIGNIFICANT:
            return voice.say("studies.same"), "open"
        inside, outside = (voice.amount(one.column, mean) for mean in (found.inside, found.outside))
        said = voice.say("studies.means", inside=inside, outside=outside)
        return said, "holds" if found.effect > 0 else "fails"
    liked = {item.key: item.support for item in segment.favourite_categories}
    usual = {item.key: item.share for item in sources.segments.population.favourite_categories}
    share = compute_share(liked.get(one.category, 0), segment.support, confidence)
    said = voice.say("studies.share", share=share, usual=usual.get(one.category))
    return said, _LIES[share.side(usual.get(one.category, 0.0))]


CHECKS: Mapping[Check, Callable[[Finding, Sources, Voice], Answer]] = {
    "behind": _check_growth,
    "ahead": _check_growth,
    "leading": _check_order,
    "drivers": _check_order,
    "no_vif": _check_vif,
    "auc": _check_recipe,
    "best": _check_recipe,
    "share": _check_share,
    "favourite": _check_segment,
    "consent": _check_segment,
    "more": _check_segment,
}
