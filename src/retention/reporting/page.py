"""The report as one HTML file: everything it shows is prepared first, then rendered, with all it needs inside."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources

import altair
import jinja2
import vl_convert
from markupsafe import Markup

from retention.numbers import HARD_SPACE, MINUS, find_separators
from retention.reporting.chapters.exploration import ExplorationChapter
from retention.reporting.chapters.plan import PlanChapter
from retention.reporting.chapters.segments import SegmentsChapter
from retention.reporting.chapters.trust import LeakFinding, Trust
from retention.reporting.chapters.what_if import WhatIf
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.headline import Headline
from retention.reporting.language.voice import Voice
from retention.reporting.narrative import Card, Narrative
from retention.reporting.sources import Sources

SECTIONS = ("summary", "plan", "segments", "drivers", "trust", "model", "data", "exploration", "appendix")
_ASSETS = resources.files(__package__) / "assets"


@dataclass(frozen=True)
class Content:
    """What the page shows, by chapter; the templates know these names."""

    sources: Sources
    headline: Headline
    cards: Sequence[Card]
    story: Sequence[Narrative]
    trust: Sequence[Trust]
    leaks: LeakFinding
    largest_gap: float
    plan: PlanChapter
    what_if: WhatIf
    segments: SegmentsChapter
    importance: Figure
    actionable: Sequence[str]
    shapes: Sequence[Figure]
    comparison: Figure
    metrics: Table
    calibration: Figure
    curves: Sequence[Figure]
    findings: Table | None
    files: Table
    exploration: ExplorationChapter
    trials: Figure | None
    candidates: Table
    choice: str
    failures: str
    parameters: Table
    dictionary: Table

    @property
    def tables(self) -> dict[str, Table]:
        """The tables that stand on the page without a figure."""
        found = {
            "sensitivity": self.plan.sensitivity,
            "metrics": self.metrics,
            "findings": self.findings,
            "files": self.files,
            "columns": self.exploration.columns,
            "vif": self.exploration.vif,
            "candidates": self.candidates,
            "parameters": self.parameters,
            "dictionary": self.dictionary,
        }
        return {key: table for key, table in found.items() if table}


@dataclass(frozen=True)
class Page:
    """The page, and the figures on it in their order."""

    html: str
    figures: Sequence[Figure]


def render_page(content: Content, voice: Voice) -> Page:
    """Render the page.

    Parameters
    ----------
    content : Content
    voice : Voice
        The language.

    Returns
    -------
    Page
        HTML that needs nothing outside itself; its content security policy forbids it to.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("retention.reporting"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"voice": voice, "t": voice.say}
    environment.filters |= {"named": voice.column, "base64": lambda content: b64encode(content).decode()}
    figures: list[Figure] = []
    environment.globals["figures"] = figures
    environment.globals["register"] = lambda figure: figures.append(figure) or ""  # type: ignore[func-returns-value]
    body = environment.get_template("body.html.j2").render(vars(content), tables=content.tables, sections=SECTIONS)
    html = environment.get_template("page.html.j2").render(
        body=Markup(body),
        sections=SECTIONS,
        style=_asset("report.css"),
        script=_asset("report.js"),
        what_if=_embed(_to_json(asdict(content.what_if.positions))),
        what_if_script=_asset("what_if.js"),
        library=Markup(_bundle_library()),
        charts=_embed("{" + ",".join(f"{_to_json(figure.key)}:{figure.chart.spec}" for figure in figures) + "}"),
        options=_embed(_to_json(_format_locale(voice))),
    )
    return Page(html, figures)


def library_version() -> str:
    """Return the version of Vega-Lite that altair's specifications are written for, as ``6.4``."""
    return ".".join(altair.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def render_plots_template() -> str:
    """Return the page that ``dvc plots show`` and ``dvc plots diff`` fill: it carries the chart library with it.

    DVC's own page asks a network for vega; it puts the charts in the place of ``{plot_divs}``.
    """
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">{refresh_tag}<title>dvc plots</title>\n'
        f"<script>{_bundle_library()}</script>\n</head>\n<body>{{plot_divs}}</body></html>\n"
    )


def _bundle_library() -> str:
    """Return vega, vega-lite and vega-embed as one script."""
    bundle: str = vl_convert.javascript_bundle(vl_version=library_version())  # type: ignore[call-arg]
    return bundle


def _asset(name: str) -> Markup:
    return Markup((_ASSETS / name).read_text(encoding="utf-8"))


def _to_json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _embed(text: str) -> Markup:
    """Return JSON that may stand inside a script element whatever its strings hold."""
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def _format_locale(voice: Voice) -> Mapping[str, str | list[int] | list[str]]:
    """Return the d3 number locale that the axes use."""
    thousands, point = find_separators(voice.language)
    return {
        "decimal": point,
        "thousands": thousands,
        "grouping": [3],
        "currency": ["", ""],
        "minus": MINUS,
        "percent": f"{HARD_SPACE}%" if voice.language == "ru" else "%",
    }
