"""The page in a real browser, opened from disk."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from retention.reporting.report import Report
from retention.reporting.voice import Voice

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
    path = tmp_path / "report.html"
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


def test_the_first_tab_skips_to_the_content(browser: Any, page: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    open_page(browser, page, 1280)
    browser.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.switch_to.active_element.get_attribute("class") == "skip"
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.execute_script("return location.hash") == "#content"


def test_charts_are_described_to_screen_readers(browser: Any, page: Path) -> None:
    open_page(browser, page, 1280)
    described = browser.execute_script(
        "return [...document.querySelectorAll('.chart')].map(e => [e.ariaHidden, e.parentElement.role,"
        " e.parentElement.ariaLabel])"
    )
    assert all(hidden == "true" and role == "img" and len(label) > 20 for hidden, role, label in described)


def test_it_prints(browser: Any, page: Path) -> None:
    open_page(browser, page, 1280)
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
