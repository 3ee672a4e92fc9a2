"""The page as text: safe, whole, and the same twice."""

import html
import re
import shutil
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

from retention.files import write_text
from retention.paths import Paths
from retention.reporting.chapters.decision import render_markdown
from retention.reporting.language.voice import Voice, load_texts
from retention.reporting.report import Report, write_report
from retention.reporting.sources import Sources
from retention.settings import Settings
from retention.stages.report import run
from retention.strict import Language, Text


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
    assert all(
        reference.startswith(("#", "data:", "tables/", "../offers.csv", "../holdout.csv"))
        for reference in outline.references
    )
    assert outline.tags["link"] == 1  # the empty icon, which keeps a browser from asking for one
    assert "default-src 'none'" in report.html


def test_links_lead_somewhere(report: Report) -> None:
    outline = Outline(report.html)
    wanted = {reference[1:] for reference in outline.references if reference.startswith("#")}
    assert wanted - set(outline.ids) == set()
    assert [key for key, count in outline.ids.items() if count > 1] == []


def test_names_from_the_settings_cannot_run(report: Report, hostile_name: dict[str, str], voice: Voice) -> None:
    body = body_of(report.html)
    assert "<script" not in body
    assert html.escape(hostile_name[voice.language]).replace("&#x27;", "&#39;") in body
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
    assert tags["figure"] == tags["figcaption"] > 8


def test_no_key_is_left_untranslated(report: Report, hostile_name: dict[str, str], voice: Voice) -> None:
    shown = " ".join(Outline(body_of(report.html)).text).replace(hostile_name[voice.language], "")
    assert [key for key in load_texts() if re.search(rf"(?<![\w/.]){re.escape(key)}(?![\w/])", shown)] == []
    for marker in ("None", "nan", "Undefined", "{{", "}}", "{%"):
        assert re.search(rf"(?<!\w){re.escape(marker)}(?!\w)", shown) is None, marker


def test_each_language_is_spoken_alone(reports: dict[Language, Report]) -> None:
    texts = [
        re.sub('"[^"]*"|“[^”]*”', "", text) for text in Outline(reports["en"].html).text
    ]  # quoted from the exports
    assert [text for text in texts if re.search("[а-яё]", text, re.IGNORECASE)] == []
    assert re.search("[а-яё]", reports["en"].markdown, re.IGNORECASE) is None


def test_it_is_small(report: Report) -> None:
    assert len(report.html.encode()) < 2_000_000  # 500 customers; 0.5 kB for each more
    assert report.html.count("window.vegaEmbed=") == 1


def test_a_shop_without_segments_and_offers_has_a_report_too(
    sources: Sources, english: Voice, settings: Settings
) -> None:
    nothing: dict[str, object] = dict.fromkeys(("offers", "segments", "baselines", "sensitivity"), ())
    holdout = sources.plan.holdout.model_copy(update={"customers": 0, "detectable_effect": None})
    plan = sources.plan.model_copy(update=nothing | {"threshold": None, "holdout": holdout})
    segments = sources.segments.model_copy(update={"segments": ()})
    empty = replace(sources, segments=segments, plan=plan, planned=sources.planned[:0])
    report = write_report(empty, english, settings.report)
    for key in ("decision.no_offers", "campaign.no_campaign"):
        assert english.say(key) in report.html
    assert 'id="what-if' not in report.html


def test_a_list_too_large_for_the_page_lies_beside_it(sources: Sources, settings: Settings, english: Voice) -> None:
    lists = dict(sources.lists) | {"offers.csv": "customer_id\n" + "1234567\n" * 70_000}
    page, told = write_report(replace(sources, lists=lists), english, settings.report).html, "lies beside it"
    assert "Too large for the page itself: offers.csv" in page
    assert page.count("1234567") < 10
    assert told not in write_report(sources, english, settings.report).html


def test_markdown_is_short_and_its_names_do_not_format(
    sources: Sources, voice: Voice, hostile_name: dict[str, str]
) -> None:
    said = render_markdown(hostile_name[voice.language], sources, voice)
    assert len(said) < 3000
    assert r"\<script\>" in said


def test_page_and_summary_begin_with_the_shop_s_name(sources: Sources, settings: Settings, voice: Voice) -> None:
    rules = settings.report.model_copy(update={"shop": Text(ru="Ромашка & Ко", en="Camomile & Co")})
    report, name = write_report(sources, voice, rules), {"ru": "Ромашка & Ко", "en": "Camomile & Co"}[voice.language]
    assert report.markdown.startswith(f"**{name} · ")
    assert f"<p><strong>{name.replace('&', '&amp;')}</strong>. " in report.html
    assert "<p><strong>" not in write_report(sources, voice, settings.report).html


def test_the_page_says_what_is_predicted_in_the_shop_s_words(reports: dict[Language, Report]) -> None:
    assert "Предсказано: «Покупательская активность» — «Снизилась».</p>" in reports["ru"].html
    assert "Predicted: “Purchasing activity” – “Dropped”.</p>" in reports["en"].html


def test_the_page_is_the_same_twice_and_no_table_of_an_earlier_run_stays(
    small_run: Paths, settings: Settings, tmp_path: Path
) -> None:
    paths = Paths(shutil.copytree(small_run.root, tmp_path / "shop"), tmp_path)
    write_text(paths.report_tables / "gone.csv", "of an earlier run")
    run(settings, paths)
    page = paths.report.read_text(encoding="utf-8")
    assert page == small_run.report.read_text(encoding="utf-8")
    linked = set(re.findall(r'href="(tables/[^"]*)"', page))
    assert linked == {f"tables/{file.name}" for file in paths.report_tables.iterdir()} > {"tables/segments.csv"}


def test_a_drawing_says_what_it_shows_where_the_heads_are_hidden(report: Report) -> None:
    drawn = re.findall(r'<td role="cell" class="drawn"([^>]*)>', report.html)
    assert len(drawn) > 20 and all(re.search('data-label="[^"]+"', one) for one in drawn)


def test_the_summary_is_sentences_with_the_doubts_and_the_lists(sources: Sources, english: Voice) -> None:
    *_, picks, doubts, lists = render_markdown("Title", sources, english).splitlines()
    assert picks.startswith("- Of two customers the model picks the one who will decline ") and picks.endswith(").")
    assert doubts.startswith("- What is doubtful. ") and lists == "- The lists: offers.csv, holdout.csv."
