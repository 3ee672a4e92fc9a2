"""How far each part of the report can be trusted, judged from the artifacts."""

from collections.abc import Sequence
from typing import NamedTuple

from retention.audience.plan.summary import PlanSummary
from retention.campaigns.ledger import ARM, CONTACTED
from retention.exploration.exploration import ROW_ORDER
from retention.exploration.leaks import Leak
from retention.learning.evaluation.evaluation import Evaluation
from retention.reporting.chapters.campaign import tell_power
from retention.reporting.chapters.model import find_largest_gap
from retention.reporting.charts.figure import Table
from retention.reporting.language.voice import Cell, Voice
from retention.reporting.sources import Sources
from retention.tables.columns import ID, TARGET


class LeakFinding(NamedTuple):
    """Columns called suspicious or leaks: those that a model gets and the others; and the strongest that it gets."""

    features: Sequence[str]
    others: Sequence[str]
    strongest: Leak


class Trust(NamedTuple):
    """A part of the report, a grade, and which text says why."""

    what: str
    grade: str
    why: str


def find_leaks(leaks: Sequence[Leak], features: Sequence[str]) -> LeakFinding:
    """Divide the columns that the leak audit flags into those that a model gets and the others."""
    flagged = [leak.column for leak in leaks if leak.verdict in ("suspicious", "leak")]
    strongest = max((leak for leak in leaks if leak.column in features), key=lambda leak: leak.roc_auc or 0.0)
    others = [name for name in flagged if name not in features]
    return LeakFinding([name for name in flagged if name in features], others, strongest)


def tabulate_trust(sources: Sources, good_roc_auc: float, voice: Voice) -> Table:
    """Tabulate what is claimed, how far it can be trusted, and why."""
    columns: dict[str, Cell] = {
        "what": lambda one: voice.say(f"trust.what.{one.what}"),
        "grade": lambda one: voice.say(f"trust.grade.{one.grade}"),
        "why": lambda one: tell_why(one, sources, voice),
    }
    table = voice.tabulate("trust", columns, judge_trust(sources, good_roc_auc))
    return Table(voice.say("trust.table"), *table, frozenset({0, 1, 2}), "trust")


def tell_why(part: Trust, sources: Sources, voice: Voice) -> str:
    """Say why a part of the report has its grade."""
    leaks = find_leaks(sources.exploration.leaks, sources.roles.names)
    series = next(iter(sources.exploration.series.values()), None)
    return voice.say(
        f"trust.why.{part.why}",
        sources,
        gap=find_largest_gap(sources.curves["calibration"]),
        assumed=list_assumed(sources.plan, voice),
        power=tell_power(sources.plan.holdout, voice),
        leaks=leaks,
        columns=", ".join(map(voice.column, leaks.features or leaks.others)),
        found=find_known(sources),
        measure=voice.measure_name(series.columns) if series else "",
        months=len(series.columns) if series else 0,
        **(series.by_class if series else {}),
    )


def list_assumed(plan: PlanSummary, voice: Voice) -> str:
    """Return what nobody has measured, named one after another; of effects partly measured, what is left."""
    begun = any(offer.customers and offer.effect.status != "assumed" for offer in plan.offers)
    names = ("effects_left" if begun and name == "effects" else name for name in plan.assumed)
    return ", ".join(voice.say(f"decision.inputs.{name}") for name in names)


class Known(NamedTuple):
    """Of how many customers of the month the label is known, and of how many contacted ones it says declined."""

    known: int
    contacts: int
    marked: int


def find_known(sources: Sources) -> Known:
    """Count the customers acted on whose label is known already: that can be where the exports have no date."""
    planned, learnt = sources.planned, sources.learnt
    if sources.periods.acted_on:
        return Known(0, 0, 0)
    contacted = planned.loc[planned[ARM] == CONTACTED, ID]
    marked = learnt.loc[learnt[TARGET] == 1, ID]
    known, declined = sources.probabilities[ID].isin(learnt[ID]), contacted.isin(marked)
    return Known(int(known.sum()), len(contacted), int(declined.sum()))


def judge_trust(sources: Sources, good_roc_auc: float = 0.0) -> list[Trust]:
    """Grade each part of the report; the ranking high if the whole interval of its ROC-AUC is above `good_roc_auc`."""
    leaks = find_leaks(sources.exploration.leaks, sources.roles.names)
    measured, agrees = sources.plan.effects == "measured", sources.evaluation.agreement.agrees
    found = sources.evaluation
    sharp = found.leading.roc_auc.low >= good_roc_auc
    dated = bool(sources.periods.acted_on)
    parts = []  # first the label itself: whether it goes with what customers spend, and is known before the plan
    for series in list(sources.exploration.series.values())[:1]:
        strange = series.by_class["declined"].standing != "behind"
        parts.append(Trust("label", "low" if strange else "high", "label_strange" if strange else "label_fits"))
    if (known := find_known(sources)).known:
        parts.append(Trust("known", "low", "known_contacted" if known.contacts else "known"))
    parts += [
        Trust("data", "high", "data"),
        Trust("ranking", "high" if sharp else "medium", _name_ranking(found, dated)),
        Trust("calibration", "high" if agrees else "medium", f"calibration_{'good' if agrees else 'poor'}"),
        _judge_leaks(leaks),
        Trust("timing", "high" if dated else "open", "timing_dated" if dated else "timing"),
        Trust("segments", "medium", "segments"),
        Trust("reasons", "medium", "reasons"),
        Trust("effects", "medium" if measured else "low", "effects_measured" if measured else "effects_assumed"),
    ]
    return parts if sources.plan.offers else parts[:-1]


def _name_ranking(found: Evaluation, dated: bool) -> str:
    if found.out_of_time is None:
        return "ranking_alone" if dated else "ranking"
    return "ranking_same" if found.leading is found.test else "ranking_later"


def _judge_leaks(leaks: LeakFinding) -> Trust:
    if leaks.strongest.roc_auc is None:  # of none it is known then: the audit needs enough customers of each class
        return Trust("leaks", "open", "leaks_unknown")
    if leaks.features:
        return Trust("leaks", "low", "leaks_found")
    if not leaks.others:
        return Trust("leaks", "high", "leaks_none")
    return Trust("leaks", "medium", "leaks_order" if {ID, ROW_ORDER} & {*leaks.others} else "leaks_apart")
