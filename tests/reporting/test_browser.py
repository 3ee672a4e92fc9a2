"""The page in a real browser, opened from disk."""

import json
import shutil
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from retention.reporting.chapters.what_if import AXES
from retention.reporting.language.voice import Voice
from retention.reporting.report import Report
from retention.reporting.sources import Sources
from retention.strict import Language

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run"
)
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in FLAGS.split():
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()


def open_page(browser: Any, page: Path, width: int) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get_log("performance")
    browser.get(page.as_uri())
    deadline = time.monotonic() + 60
    while browser.execute_script("return document.documentElement.dataset.charts") != "drawn":
        assert time.monotonic() < deadline, "the charts were not drawn within a minute"
        time.sleep(0.1)


@pytest.fixture
def page(report: Report, tmp_path: Path) -> Path:
    return write_page(report, tmp_path)


@pytest.fixture
def russian_page(reports: dict[Language, Report], tmp_path: Path) -> Path:
    return write_page(reports["ru"], tmp_path)


def write_page(report: Report, folder: Path) -> Path:
    path = folder / "report.html"
    path.write_text(report.html, encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [390, 1280])
def test_it_opens_offline_whole_and_without_complaint(browser: Any, page: Path, width: int) -> None:
    open_page(browser, page, width)
    assert browser.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith("data:")] == [page.as_uri()]
    drawn = "return [...document.querySelectorAll('.chart')].map(e => e.querySelectorAll('svg path').length)"
    marks = browser.execute_script(drawn)
    assert len(marks) > 15
    assert min(marks) > 0
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 1280])
def test_no_chart_is_cut_off(browser: Any, page: Path, width: int) -> None:
    open_page(browser, page, width)
    cut = browser.execute_script(
        """return [...document.querySelectorAll('.chart svg')].filter(svg => !svg.closest('.wide')).flatMap(svg => {
            const frame = svg.getBoundingClientRect();
            return [...svg.querySelectorAll('text')].filter(text => {
                const box = text.getBoundingClientRect();
                return box.width && (box.right > frame.right + 2 || box.left < frame.left - 2);
            }).map(text => svg.closest('.chart').id + ': ' + text.textContent);
        })"""
    )
    assert cut == []


def test_axis_labels_do_not_overlap(browser: Any, page: Path) -> None:
    open_page(browser, page, 390)
    overlapping = browser.execute_script(
        """return [...document.querySelectorAll('.chart svg .role-axis-label')].flatMap(group => {
            const boxes = [...group.querySelectorAll('text')].filter(t => t.style.opacity !== '0'
                && t.getAttribute('opacity') !== '0' && t.textContent).map(t => t.getBoundingClientRect());
            const hits = boxes.filter((a, i) => boxes.some((b, j) => i < j && a.left < b.right - 1 &&
                b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3));
            return hits.length ? [group.closest('.chart').id] : [];
        })"""
    )
    assert overlapping == []


def test_axes_write_numbers_as_the_language_does(browser: Any, page: Path, voice: Voice) -> None:
    open_page(browser, page, 1280)
    labels = browser.execute_script(
        "return [...document.querySelectorAll('#chart-leaks .role-axis-label text')].map(e => e.textContent)"
    )
    assert ("0,60" if voice.language == "ru" else "0.60") in labels


def test_the_first_tab_skips_to_the_content(browser: Any, russian_page: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    open_page(browser, russian_page, 1280)
    browser.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.switch_to.active_element.get_attribute("class") == "skip"
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.execute_script("return location.hash") == "#content"


def test_charts_are_described_to_screen_readers(browser: Any, russian_page: Path) -> None:
    open_page(browser, russian_page, 1280)
    described = browser.execute_script(
        "return [...document.querySelectorAll('.chart')].map(e => [e.ariaHidden, e.parentElement.role,"
        " e.parentElement.ariaLabel])"
    )
    assert all(hidden == "true" and role == "img" and len(label) > 20 for hidden, role, label in described)


def test_it_prints(browser: Any, russian_page: Path) -> None:
    open_page(browser, russian_page, 1280)
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    paper = {"width": 690, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", paper)
    try:
        hidden = browser.execute_script(
            "return ['nav', 'details.data:not([open])'].map(s => getComputedStyle(document.querySelector(s)).display)"
        )
        assert hidden == ["none", "none"]
        assert browser.execute_script("return document.querySelectorAll('details:not(.data):not([open])').length") == 0
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 690
        assert browser.execute_script("return document.querySelector('.chart svg').getBoundingClientRect().width") > 0
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def read_what_if(browser: Any) -> dict[str, Any]:
    found: dict[str, Any] = browser.execute_script(
        """const frame = document.getElementById('what-if');
        const text = (query) => [...frame.querySelectorAll(query)].map(e => e.textContent);
        return {facts: text('dd'), cells: text('td'), labels: text('output'), said: text('.said')[0],
            spoken: [...frame.querySelectorAll('input')].map(e => e.getAttribute('aria-valuetext'))};"""
    )
    return found


def word_plan(row: pd.Series, own: pd.Series, voice: Voice) -> list[str]:
    """What the page has to show, worded here once more from the table of plans."""
    more = row["net_profit"] - own["net_profit"]
    return [
        voice.count(int(row["contacts"]), "customer"),
        voice.number(round(row["contacts"] * 0.1 / 0.9)),
        voice.cost(row["spent"]),
        voice.worth(row["spent"] + row["net_profit"]),
        voice.worth(row["net_profit"]),
        ("+" if more > 0 else "") + voice.worth(more),
        voice.number(row["above"]),
        voice.number(row["reachable"]),
    ]


def test_the_positions_of_the_sliders_show_the_figures_that_python_gives(
    browser: Any, page: Path, voice: Voice, sources: Sources
) -> None:
    open_page(browser, page, 1280)
    own, rules = sources.what_if.iloc[0], sources.what_if[1:].set_index([*AXES])
    axes = [sorted(rules.index.unique(key)) for key in AXES]
    places = list(product(*(range(len(axis)) for axis in axes)))
    for place in [*places[:: len(places) // 40], *places[-1:]]:
        browser.execute_script(
            """document.querySelectorAll('#what-if input').forEach((slider, axis) => {
                slider.value = arguments[0][axis];
                slider.dispatchEvent(new Event('input', {bubbles: true}));
            })""",
            place,
        )
        position = tuple(axis[at] for axis, at in zip(axes, place, strict=True))
        row = own if position == tuple(own[[*AXES]]) else rules.loc[position]
        shown = read_what_if(browser)
        assert shown["facts"] == word_plan(row, own, voice), position
        keys = [offer.key for offer in sources.plan.offers]
        assert shown["cells"][::3] == [voice.number(row[f"{key}_customers"]) for key in keys]
        assert shown["cells"][2::3] == [voice.measure(row[f"{key}_net_profit"]) for key in keys]
        assert shown["labels"] == shown["spoken"]
        assert all(label in shown["said"] for label in [*shown["labels"], shown["facts"][4].rstrip(".")])
    assert browser.get_log("browser") == []


def test_the_sliders_move_by_keyboard_and_come_back(
    browser: Any, russian_page: Path, russian: Voice, sources: Sources
) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    open_page(browser, russian_page, 1280)
    start = read_what_if(browser)
    slider = browser.find_element(By.ID, "what-if-budget")
    name = browser.execute_script("return arguments[0].labels[0].textContent", slider)
    assert name == russian.say("what_if.budget")
    slider.send_keys(Keys.ARROW_LEFT)
    budgets, own = sources.what_if["budget"], sources.what_if["budget"].iloc[0]
    assert read_what_if(browser)["labels"][0] == russian.cost(budgets[budgets < own].max())
    slider.send_keys(Keys.HOME)
    assert read_what_if(browser)["facts"][0] == russian.count(0, "customer")
    slider.send_keys(Keys.END)
    assert read_what_if(browser)["labels"][0] == russian.say("plan.facts.unlimited")
    for _ in range(3):  # past the two other sliders, to the button
        browser.switch_to.active_element.send_keys(Keys.TAB)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert read_what_if(browser) == start


def test_paper_shows_the_plan_itself(browser: Any, russian_page: Path) -> None:
    open_page(browser, russian_page, 1280)
    start = read_what_if(browser)
    move = "const s = document.getElementById('what-if-factor'); s.value = 3; s.dispatchEvent(new Event('input'))"
    browser.execute_script(move)
    moved = read_what_if(browser)
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert read_what_if(browser) == start != moved
    browser.execute_script("dispatchEvent(new Event('afterprint'))")
    assert read_what_if(browser) == moved
