"""The report as one HTML file: everything it shows is prepared first, then rendered, with all it needs inside."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import altair
import jinja2
import vl_convert
from markupsafe import Markup

from retention.numbers import HARD_SPACE, MINUS, find_separators
from retention.reporting.charts.figure import Figure
from retention.reporting.language.voice import Voice

SECTIONS = ("summary", "plan", "segments", "drivers", "trust", "model", "data", "exploration", "appendix")
_ASSETS = resources.files(__package__) / "assets"


@dataclass(frozen=True)
class Page:
    """The page, and the figures on it in their order."""

    html: str
    figures: Sequence[Figure]


def render_page(content: Mapping[str, Any], voice: Voice) -> Page:
    """Render the page.

    Parameters
    ----------
    content : mapping
        What the sections show, by name (see `retention.reporting.report`).
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
    figures: list[Figure] = []
    environment.globals["figures"] = figures
    environment.globals["register"] = lambda figure: figures.append(figure) or ""  # type: ignore[func-returns-value]
    body = environment.get_template("body.html.j2").render(content, sections=SECTIONS)
    html = environment.get_template("page.html.j2").render(
        body=Markup(body),
        sections=SECTIONS,
        style=_asset("report.css"),
        script=_asset("report.js"),
        what_if=_embed_json(content["what_if"].data),
        what_if_script=_asset("what_if.js"),
        library=Markup(_bundle_library()),
        charts=_embed_json({figure.key: figure.chart.spec for figure in figures}),
        options=_embed_json(_format_locale(voice)),
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


def _embed_json(content: Any) -> Markup:
    """Return JSON that may stand inside a script element whatever its strings hold."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def _format_locale(voice: Voice) -> dict[str, Any]:
    """Return the d3 number locale that the axes use."""
    thousands, point = find_separators(voice.language)
    percent = f"{HARD_SPACE}%" if voice.language == "ru" else "%"
    return {
        "decimal": point,
        "thousands": thousands,
        "grouping": [3],
        "currency": ["", ""],
        "minus": MINUS,
        "percent": percent,
    }
