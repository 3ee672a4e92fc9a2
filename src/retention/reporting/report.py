"""The whole report in one language: a page with all it needs inside, a summary for a chat, and tables as CSV.

The templates say what stands where: they ask the chapters for sentences, figures and tables.
"""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module, resources

import altair
import jinja2
import vl_convert
from markupsafe import Markup

from retention.numbers import HARD_SPACE, MINUS, find_separators
from retention.reporting.chapters import customers, decision, what_if
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.language.voice import Voice
from retention.reporting.settings import ReportSettings
from retention.reporting.sources import Sources
from retention.reporting.spreadsheet import write_table

SECTIONS = (
    "decision", "campaign", "since", "worked", "customers", "segments", "why", "trust", "studies", "analyst",
)  # fmt: skip
CHAPTERS = (*SECTIONS[:-1], "columns", "data", "model", "search", "what_if")
"""The modules that the templates know by these names."""
LARGEST_LIST = 500_000  # bytes of a list for the CRM that the page carries; a larger one lies beside it only
_ASSETS = resources.files(__package__) / "assets"


@dataclass(frozen=True)
class Report:
    """What is written: the page, the summary for a chat, the tables as CSV by name, and the page's figures in order."""

    html: str  # it needs nothing outside itself, its content security policy forbids it to
    markdown: str
    tables: Mapping[str, str]
    figures: Sequence[Figure]


def write_report(sources: Sources, voice: Voice, rules: ReportSettings) -> Report:
    """Write the report.

    Parameters
    ----------
    sources : Sources
        The artifacts.
    voice : Voice
        The language, and the names of columns and categories.
    rules : ReportSettings
    """
    figures: list[Figure] = []
    tables: list[Table] = []
    environment = _build_environment(voice)
    carried = {name: text for name, text in sources.lists.items() if len(text.encode()) <= LARGEST_LIST}
    beside = sorted(sources.lists.keys() - carried)
    environment.globals |= {"figures": figures, "tables": tables, "sections": SECTIONS, "beside": beside}
    plan = sources.plan
    positions = what_if.prepare_what_if(sources.what_if, plan, voice) if plan.offers and not plan.launched else None
    everyone = customers.prepare_customers(sources, rules.customers, voice)
    body = environment.get_template("body.html.j2").render(
        sources=sources, rules=rules, positions=positions, everyone=everyone
    )
    written = {figure.key: figure.table for figure in figures} | {table.key: table for table in tables}
    files = {key: write_table(table, voice, rules.dialect) for key, table in written.items()}
    embedded = {
        "charts": "{" + ",".join(f"{_to_json(figure.key)}:{figure.chart.spec}" for figure in figures) + "}",
        "number-format": _to_json(_format_locale(voice)),
        "customers-data": _to_json(asdict(everyone)),
        "files-data": _to_json({f"{key}.csv": text for key, text in files.items()} | carried),
    }
    scripts = ["page.js", "customers.js"]
    if positions:
        embedded["what-if-data"] = _to_json(asdict(positions))
        scripts.append("what_if.js")
    html = environment.get_template("page.html.j2").render(
        body=Markup(body),
        style=_asset("report.css"),
        embedded={key: _embed(text) for key, text in embedded.items()},
        scripts=[_asset(name) for name in scripts] + [Markup(_bundle_library()), _asset("charts.js")],
    )
    shop = voice.pick(rules.shop) if rules.shop else ""
    title = shop, voice.say("page.title"), voice.date(sources.periods.acted_on)
    markdown = decision.render_markdown(" · ".join(filter(None, title)), sources, voice)
    return Report(html, markdown, files, figures)


def _build_environment(voice: Voice) -> jinja2.Environment:
    """Return the templates' surroundings: the chapters by name, and the voice."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("retention.reporting"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {name: import_module(f".{name}", "retention.reporting.chapters") for name in CHAPTERS}
    environment.globals |= {"voice": voice, "t": voice.say}
    environment.filters |= {"named": voice.column, "base64": lambda content: b64encode(content).decode()}
    return environment


def render_plots_template() -> str:
    """Return the page that ``dvc plots show`` and ``dvc plots diff`` fill: it carries the chart library with it.

    DVC's own page asks a network for vega; it puts the charts in the place of ``{plot_divs}``.
    """
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">{refresh_tag}<title>dvc plots</title>\n'
        f"<script>{_bundle_library()}</script>\n</head>\n<body>{{plot_divs}}</body></html>\n"
    )


def _bundle_library() -> str:
    """Return vega, vega-lite and vega-embed as one script, of the version that altair's specifications are for."""
    version = ".".join(altair.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    bundle: str = vl_convert.javascript_bundle(vl_version=version)  # type: ignore[call-arg]
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
