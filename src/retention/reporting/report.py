"""The whole report: what each section shows, prepared from the artifacts in one language."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from retention.reporting.chapter import write_chapter
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.figures import model, plan, quality, search, segments
from retention.reporting.figures.drivers import show_importance, show_shapes
from retention.reporting.figures.found import tabulate_search, tell_search
from retention.reporting.figures.quality import count_excluded
from retention.reporting.figures.reasons import tell_actionable
from retention.reporting.headline import Headline, summarise_headline
from retention.reporting.language.voice import Voice
from retention.reporting.markdown import render_markdown
from retention.reporting.narrative import show_cards, tell
from retention.reporting.page import render_page
from retention.reporting.sources import Json, Sources
from retention.reporting.spreadsheet import write_table
from retention.reporting.trust import (
    Calibration,
    LeakFinding,
    Trust,
    find_leaks,
    judge_calibration,
    judge_trust,
)
from retention.reporting.what_if import prepare_what_if


@dataclass(frozen=True)
class Report:
    """The page, the summary for a chat, and the tables as CSV by name."""

    html: str
    markdown: str
    tables: Mapping[str, str]


@dataclass(frozen=True)
class Verdict:
    """How far one part can be trusted, worded."""

    what: str
    grade: str
    why: str


@dataclass(frozen=True)
class SearchAccount:
    """The search as the appendix tells it."""

    intro: str
    trials: Figure | None
    candidates: Table
    parameters: Table
    reason: str
    study: str


def write_report(sources: Sources, voice: Voice, features: Sequence[str], good_roc_auc: float) -> Report:
    """Write the report.

    Parameters
    ----------
    sources : Sources
        The artifacts.
    voice : Voice
        The language, and the names of columns and categories.
    features : sequence of str
        The columns that a model gets.
    good_roc_auc : float
        The ranking is trusted highly if the whole interval of its ROC-AUC lies above this.
    """
    headline = summarise_headline(sources)
    story = tell(headline, voice)
    leaks = find_leaks(sources.exploration["leaks"], features)
    calibration = judge_calibration(sources.curves["calibration"], sources.metrics["test"])
    trust = judge_trust(sources, calibration, leaks, good_roc_auc)
    content: dict[str, Any] = {
        "headline": headline,
        "cards": show_cards(headline, voice),
        "story": story,
        "trust": [_word(item, sources, calibration, leaks, voice) for item in trust],
        "importance": show_importance(sources.explanation, voice),
        "actionable": tell_actionable(sources.explanation["importance"], sources.segments["actionable"], voice),
        "shapes": show_shapes(sources.explanation, voice),
        "exploration": write_chapter(sources.exploration, leaks, voice, count_excluded(sources.quality, "outlier")),
        "search": _tell_search(sources, voice),
        "what_if": prepare_what_if(sources.what_if, sources.plan, voice),
        "dictionary": quality.tabulate_dictionary(voice),
        **_show_plan(sources, headline, voice),
        **_show_segments(sources, voice),
        **_show_model(sources, calibration, voice),
        **_show_quality(sources.quality, voice),
    }
    content["tables"] = {key: table for key, table in _name_tables(content).items() if table}
    page = render_page(content, voice)
    tables = {figure.key: figure.table for figure in page.figures} | content["tables"]
    files = {name: write_table(table, voice) for name, table in tables.items()}
    return Report(page.html, render_markdown(voice.say("page.title"), story), files)


def _name_tables(content: Mapping[str, Any]) -> dict[str, Table | None]:
    """Return the tables that stand on the page without a figure; None for one that there is not."""
    return {
        "sensitivity": content["sensitivity"],
        "metrics": content["metrics_table"],
        "findings": content["findings"],
        "files": content["files"],
        "columns": content["exploration"].columns,
        "vif": content["exploration"].vif,
        "candidates": content["search"].candidates,
        "parameters": content["search"].parameters,
        "dictionary": content["dictionary"],
    }


def _show_plan(sources: Sources, headline: Headline, voice: Voice) -> dict[str, Any]:
    budget = voice.say("plan.facts.unlimited") if headline.budget is None else voice.money(headline.budget)
    facts = {
        "budget": budget,
        "spent": voice.money(headline.spent),
        "contacts": voice.number(headline.contacts),
        "net": voice.money(headline.net_profit),
        "marginal": voice.money(headline.marginal_value),
        "bound": voice.money(sources.plan["bound"]),
        "gap": voice.percent(sources.plan["gap"], 2),
        "holdout": voice.number(headline.holdout),
        "threshold": voice.estimate(sources.plan["threshold"]["suggested"], "number", 2),
    }
    return {
        "plan_facts": [(voice.say(f"plan.facts.{key}"), value) for key, value in facts.items()],
        "offers_figure": plan.show_offers(sources.plan, voice),
        "rules_figure": plan.show_rules(sources.plan, voice),
        "sensitivity": plan.tabulate_sensitivity(sources.plan, voice),
        "threshold_figure": plan.show_threshold(sources.plan["threshold"], voice),
        "threshold_note": voice.say("plan.threshold_note", confidence=voice.percent(sources.segments["confidence"], 0)),
        "holdout": _tell_holdout(sources.plan, voice),
    }


def _tell_holdout(found: Json, voice: Voice) -> list[str]:
    holdout = found["holdout"]
    if not holdout["customers"] or holdout["detectable_effect"] is None:
        return [voice.say("plan.holdout_none")]
    said = voice.say(
        "plan.holdout",
        planned=voice.count(found["planned"]["contacts"], "customer_of"),
        held=voice.number(holdout["customers"]),
        detectable=voice.percent(holdout["detectable_effect"], 0),
        power=voice.percent(holdout["power"], 0),
        expected=voice.percent(holdout["planned_effect"], 0),
    )
    small = holdout["planned_effect"] is not None and holdout["planned_effect"] < holdout["detectable_effect"]
    return [said, voice.say("plan.holdout_small")] if small else [said]


def _show_segments(sources: Sources, voice: Voice) -> dict[str, Any]:
    found, population = sources.segments["segments"], sources.segments["population"]
    names = {offer["key"]: voice.pick(offer["name"]) for offer in sources.plan["offers"]}
    planned = {item["key"]: item for item in sources.plan["segments"]}
    overlap = sources.segments["overlap"]
    return {
        "segment_risk": segments.show_risk(found, population, voice),
        "segment_profit": segments.show_profit(found, voice),
        "segment_cards": [
            segments.describe_segment(item, planned[item["key"]], names, sources.segments["actionable"], voice)
            for item in found
        ],
        "search_story": tell_search(sources.segments["found"], voice),
        "search_rules": tabulate_search(sources.segments["found"], voice),
        "overlap": segments.show_overlap(found, overlap, voice) if len(found) > 1 else None,
    }


def _show_model(sources: Sources, calibration: Calibration, voice: Voice) -> dict[str, Any]:
    best, curves = sources.best, sources.curves
    steps = {part: voice.name("model.step", best[part]) for part in ("scaler", "encoder", "features")}
    winner = voice.say("model.winner", model=voice.name("model.family", best["model"]), **steps)
    return {
        "calibrated": _tell_calibration(sources.calibration["method"], voice),
        "winner": winner,
        "comparison": model.show_comparison(sources.metrics, voice),
        "metrics_table": model.tabulate_metrics(sources.metrics, voice),
        "calibration": model.show_calibration(curves["calibration"], calibration.largest_gap, voice),
        "curves": [
            model.show_roc(curves["roc"], voice),
            model.show_pr(curves["pr"], voice),
            model.show_lift(curves["lift"], voice),
        ],
    }


def _tell_calibration(method: str, voice: Voice) -> str:
    if method == "none":
        return voice.say("model.uncalibrated")
    return voice.say("model.calibrated", method=voice.name("model.calibration", method))


def _show_quality(found: Json, voice: Voice) -> dict[str, Any]:
    counts = {key: voice.number(value) for key, value in found["customers"].items()}
    return {
        "quality_intro": voice.say("data.intro", **counts),
        "findings": quality.tabulate_findings(found, voice),
        "files": quality.tabulate_files(found, voice),
    }


def _word(item: Trust, sources: Sources, calibration: Calibration, leaks: LeakFinding, voice: Voice) -> Verdict:
    customers = sources.quality["customers"]
    values = {
        "kept": voice.number(customers["kept"]),
        "read": voice.number(customers["read"]),
        "auc": voice.estimate(sources.metrics["test"]["roc_auc"], "number", 3),
        "gap": voice.points(calibration.largest_gap),
        "slope": voice.estimate(sources.metrics["test"]["calibration_slope"], "number", 2),
        "intercept": voice.estimate(sources.metrics["test"]["calibration_intercept"], "number", 2),
        "holdout": voice.count(len(sources.holdout), "customer"),
    }
    if item.what == "leaks":
        values["column"] = voice.column(leaks.strongest)
        values["auc"] = voice.number(leaks.strongest_roc_auc, 2)
        values["columns"] = ", ".join(voice.column(name) for name in leaks.features or leaks.others)
    return Verdict(voice.say(f"trust.what.{item.what}"), item.grade, voice.say(f"trust.why.{item.why}", **values))


def _tell_search(sources: Sources, voice: Voice) -> SearchAccount:
    states = Counter(sources.trials["state"])
    counts = {state: voice.number(states[state]) for state in ("complete", "pruned", "repeated", "failed")}
    return SearchAccount(
        voice.say("appendix.search_intro", trials=voice.count(len(sources.trials), "trial"), **counts),
        search.show_trials(sources.trials, voice),
        search.tabulate_candidates(sources.best, voice),
        search.tabulate_parameters(sources.best, voice),
        search.tell_choice(sources.best, voice),
        sources.best["study"],
    )
