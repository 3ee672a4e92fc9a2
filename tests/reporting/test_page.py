"""The page as text: safe, whole, and the same twice."""

import html
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from retention.files import write_csv, write_json, write_parquet, write_text
from retention.paths import Paths
from retention.reporting.language.texts import load_texts
from retention.reporting.language.voice import Voice
from retention.reporting.report import Report, write_report
from retention.reporting.sources import Sources
from retention.settings import Settings
from retention.stages.report import run


class Outline(HTMLParser):
    """Collects what the tests ask about."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.headings: list[int] = []
        self.references: list[str] = []
        self.text: list[str] = []
        self._silent = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        named = dict(attrs)
        if named.get("id"):
            self.ids[str(named["id"])] += 1
        self.references += [str(value) for name, value in attrs if name in ("src", "href", "action", "poster")]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self._silent = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text.append(data)


def body_of(page: str) -> str:
    return page[page.index("<body>") : page.index('<script type="application/json"')]


def test_it_refers_to_nothing_outside(report: Report) -> None:
    outline = Outline(report.html)
    assert all(reference.startswith(("#", "data:", "tables/")) for reference in outline.references)
    assert outline.tags["link"] == 1  # the empty icon, which keeps a browser from asking for one
    assert "default-src 'none'" in report.html


def test_links_lead_somewhere(report: Report) -> None:
    outline = Outline(report.html)
    wanted = {reference[1:] for reference in outline.references if reference.startswith("#")}
    assert wanted - set(outline.ids) == set()
    assert [key for key, count in outline.ids.items() if count > 1] == []


def test_names_from_the_settings_cannot_run(report: Report, hostile_name: str) -> None:
    body = body_of(report.html)
    assert "<script" not in body
    assert html.escape(hostile_name).replace("&#x27;", "&#39;") in body
    charts = report.html[report.html.index('id="charts"') :]
    assert "</script" not in charts[: charts.index("</script>")]
    assert "alert('x')<" not in charts


def test_headings_step_down_one_at_a_time(report: Report) -> None:
    levels = Outline(report.html).headings
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_table_has_a_caption_and_every_figure_a_caption(report: Report) -> None:
    tags = Outline(report.html).tags
    assert tags["table"] == tags["caption"] > 20
    assert tags["figure"] == tags["figcaption"] > 15


def test_no_key_is_left_untranslated(report: Report, hostile_name: str) -> None:
    shown = " ".join(Outline(body_of(report.html)).text).replace(hostile_name, "")
    assert [key for key in load_texts() if re.search(rf"(?<![\w/.]){re.escape(key)}(?![\w/])", shown)] == []
    for marker in ("None", "nan", "Undefined", "{{", "}}", "{%"):
        assert re.search(rf"(?<!\w){re.escape(marker)}(?!\w)", shown) is None, marker


def test_each_language_is_spoken_alone(sources: Sources, english: Voice, features: tuple[str, ...]) -> None:
    plain = [segment | {"name": {"ru": "А", "en": "A"}} for segment in sources.segments["segments"]]
    sources.segments["segments"][:] = plain
    report = write_report(sources, english, features, 0.8)
    cyrillic = [text for text in Outline(report.html).text if re.search("[а-яё]", text, re.IGNORECASE)]
    assert cyrillic == []
    assert re.search("[а-яё]", report.markdown, re.IGNORECASE) is None


def test_it_is_the_same_twice(sources: Sources, voice: Voice, features: tuple[str, ...], report: Report) -> None:
    assert write_report(sources, voice, features, 0.8) == report


def test_it_is_small(report: Report) -> None:
    assert len(report.html.encode()) < 5_000_000
    assert report.html.count("window.vegaEmbed=") == 1


def test_a_shop_without_segments_and_offers_has_a_report_too(
    sources: Sources, voice: Voice, features: tuple[str, ...]
) -> None:
    sources.segments["segments"].clear()
    for key in ("offers", "segments", "baselines", "sensitivity"):
        sources.plan[key].clear()
    nobody = {"contacts": 0, "spent": 0.0, "expected_net_profit": 0.0}
    threshold = {"value": None, "suggested": None, "curve": []}
    holdout = {"customers": 0, "share": 0.1, "power": 0.8, "detectable_effect": None, "planned_effect": None}
    plan = {**sources.plan, **nobody, "planned": nobody, "threshold": threshold, "holdout": holdout}
    empty = replace(sources, plan=plan, offers=sources.offers[:0], holdout=sources.holdout[:0])
    report = write_report(empty, voice, features, 0.8)
    assert voice.say("summary.plan_none") in report.html
    assert voice.say("plan.no_offers") in report.html


def test_markdown_is_short_and_its_names_do_not_format(report: Report) -> None:
    assert len(report.markdown) < 4000
    assert r"\<script\>" in report.markdown


def test_stage_reads_the_artifacts_and_writes_page_and_summary(
    sources: Sources, english: Voice, tmp_path: Path, composed: Settings
) -> None:
    paths = Paths(tmp_path, tmp_path)
    for name in ("quality", "exploration", "best", "calibration", "metrics", "explanation", "segments", "plan"):
        write_json(getattr(paths, name), getattr(sources, name))
    for name in ("trials", "what_if", "probabilities"):
        write_parquet(getattr(paths, name), getattr(sources, name))
    for name in ("offers", "holdout"):
        write_csv(getattr(paths, name), getattr(sources, name), bom=True)
    for name, curve in sources.curves.items():
        write_csv(paths.curves / f"{name}.csv", pd.DataFrame(curve))
    columns = {
        name: SimpleNamespace(label=c.label, unit=c.unit, values=dict(c.values)) for name, c in english.columns.items()
    }
    told = composed.report.model_copy(update={"language": "en"})
    settings = SimpleNamespace(report=told, tables=SimpleNamespace(columns=columns))
    write_text(paths.report_tables / "gone.csv", "of an earlier run")
    run(settings, paths)  # type: ignore[arg-type]
    assert paths.report.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert "960" in paths.report_summary.read_text(encoding="utf-8")
    linked = set(re.findall(r'href="(tables/[^"]*)"', paths.report.read_text(encoding="utf-8")))
    assert linked == {f"tables/{file.name}" for file in paths.report_tables.iterdir()} > {"tables/offers.csv"}
