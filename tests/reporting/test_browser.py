"""The page in a real browser, opened from disk."""

import base64
import json
import math
import re
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
    drawn = (
        "return [...document.querySelectorAll('.chart[data-drawn]')].map(e => e.querySelectorAll('svg path').length)"
    )
    marks = browser.execute_script(drawn)
    assert len(marks) > 5
    assert min(marks) > 0
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 1280])
def test_no_chart_is_cut_off(browser: Any, page: Path, width: int) -> None:
    open_page(browser, page, width)
    unfold(browser)
    cut = browser.execute_script(
        """return [...document.querySelectorAll('.chart svg')].flatMap(svg => {
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
    unfold(browser)
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
        "return Array.from(document.querySelectorAll('.role-axis-label text'), e => e.textContent)"
    )
    assert any(re.fullmatch(r"\d,\d" if voice.language == "ru" else r"\d\.\d", label) for label in labels)


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


def unfold(browser: Any) -> None:
    """Open every fold and wait until its charts are drawn."""
    browser.execute_script("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    deadline = time.monotonic() + 60
    while not browser.execute_script(
        "return [...document.querySelectorAll('.chart')].every(e => e.querySelector('svg'))"
    ):
        assert time.monotonic() < deadline, "the charts were not drawn within a minute"
        time.sleep(0.1)


WORDS = """
const count = (place) => (place.textContent.match(/[\\p{L}\\p{N}]*\\p{L}[\\p{L}\\p{N}]*/gu) || []).length;
const copy = document.getElementById('content').cloneNode(true);
copy.querySelectorAll('.chart').forEach(one => one.remove());
const all = count(copy);
copy.querySelectorAll('details > :not(summary), [hidden]').forEach(one => one.remove());
return [count(copy), all];
"""


def test_it_is_as_short_as_promised(browser: Any, page: Path) -> None:
    open_page(browser, page, 1280)
    unfolded, everything = browser.execute_script(WORDS)
    assert (unfolded <= 2500, everything <= 5000) == (True, True), (unfolded, everything)
    height = "return [document.documentElement.scrollHeight, document.getElementById('segments').offsetHeight]"
    whole, segments = browser.execute_script(height)
    assert (whole <= 12_000, segments <= 2_500) == (True, True), (whole, segments)
    paper = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    printed = base64.b64decode(paper["data"])
    assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) <= 8
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]  # paper stays white
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": dark})
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 711, "height": 1040, "deviceScaleFactor": 1, "mobile": False}
    )
    try:
        bottom, width = browser.execute_script(
            "return [document.getElementById('decision').getBoundingClientRect().bottom + scrollY,"
            " document.documentElement.scrollWidth]"
        )
        assert bottom <= 1040 and width <= 711  # the first page, at 96 pixels an inch without its margins
        style = "const of = one => getComputedStyle(document.querySelector(one));"
        shown = browser.execute_script(f"{style} return [of('nav').display, of('body').color, of('.note').color]")
        assert shown == ["none", "rgb(29, 39, 51)", "rgb(85, 98, 111)"]
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_no_table_leaves_its_place(browser: Any, page: Path, width: int) -> None:
    open_page(browser, page, width)
    unfold(browser)
    wide = "return [...document.querySelectorAll('table')].filter(t => t.getBoundingClientRect().right"
    wide += f" > Math.min(t.parentElement.getBoundingClientRect().right, {width}) + 1)"
    assert browser.execute_script(f"{wide}.map(t => t.caption.textContent)") == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 1280])
def test_no_label_crosses_a_mark(browser: Any, page: Path, width: int) -> None:
    open_page(browser, page, width)
    crossed = browser.execute_script(
        """return [...document.querySelectorAll('.chart svg')].flatMap(svg => {
            const labels = [...svg.querySelectorAll('.role-mark.mark-text text, .mark-text.role-mark text')];
            const dots = [...svg.querySelectorAll('.mark-symbol.role-mark path')].map(e => e.getBoundingClientRect());
            const lines = [...svg.querySelectorAll('.mark-line.role-mark path')].flatMap(path => {
                const at = path.getScreenCTM(), points = [];
                for (let far = 0; far <= path.getTotalLength(); far += 2) {
                    const point = path.getPointAtLength(far).matrixTransform(at);
                    points.push({left: point.x, right: point.x, top: point.y, bottom: point.y});
                }
                return points;
            });
            return labels.filter(label => {
                const a = label.getBoundingClientRect();
                return [...dots, ...lines].some(b => a.left < b.right - 1 && b.left < a.right - 1
                    && a.top + 2 < b.bottom - 1 && b.top < a.bottom - 3);
            }).map(label => svg.closest('.chart').id + ': ' + label.textContent);
        })"""
    )
    assert crossed == []


def read_card(browser: Any, customer: str) -> dict[str, Any]:
    """Type an id, open the customer that is left, and read the card."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    query = browser.find_element(By.ID, "customer-query")
    query.clear()
    query.send_keys(customer)
    (button,) = browser.find_elements(By.CSS_SELECTOR, "#customer-table tbody button")
    button.send_keys(Keys.ENTER)
    found: dict[str, Any] = browser.execute_script(
        """const card = document.getElementById('customer-card');
        const rows = [...card.querySelectorAll('tbody tr')];
        return {name: card.querySelector('h3').textContent, probability: card.querySelector('.probability').textContent,
            offered: card.querySelector('.offered').textContent,
            parts: rows.filter(r => !r.classList.contains('total')).map(r => r.querySelector('td.number').textContent),
            output: rows.find(r => r.classList.contains('total')).querySelector('td.number').textContent};"""
    )
    return found


def test_the_bars_of_a_customer_add_up_to_the_probability(
    browser: Any, page: Path, voice: Voice, sources: Sources
) -> None:
    open_page(browser, page, 1280)
    planned = sources.planned.set_index("customer_id")["offer"]
    names = {offer.key: voice.pick(offer.name) for offer in sources.plan.offers}
    for one in sources.probabilities.iloc[::97].itertuples():
        card = read_card(browser, str(one.customer_id))
        *parts, step = [float(part.replace(",", ".").replace("−", "-")) for part in card["parts"]]
        output = float(card["output"].replace(",", ".").replace("−", "-"))
        assert sum(parts) == pytest.approx(output, abs=1e-9)
        assert 1 / (1 + math.exp(-output - step)) == pytest.approx(one.decline_probability, abs=3e-4)
        assert card["name"] == str(one.customer_id)
        assert voice.percent(one.decline_probability) in card["probability"]
        assert names.get(planned.get(one.customer_id, ""), "") in card["offered"]


def list_ids(browser: Any) -> list[str]:
    ids: list[str] = browser.execute_script(
        "return [...document.querySelectorAll('#customer-table tbody button')].map(e => e.textContent)"
    )
    return ids


def read_sorting(browser: Any) -> list[str]:
    found: list[str] = browser.execute_script(
        "return [...document.querySelectorAll('#customer-table thead th')].map(e => e.ariaSort)"
    )
    return found


@pytest.mark.parametrize("width", [390, 800])
def test_where_the_heads_are_hidden_a_list_sorts_and_no_stop_is_invisible(
    browser: Any, page: Path, sources: Sources, width: int
) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.select import Select

    open_page(browser, page, width)
    risk = sources.probabilities.set_index("customer_id")["decline_probability"]
    for place, first in ((3, risk.max()), (4, risk.min())):  # after the plan's order and both of the id
        Select(browser.find_element(By.ID, "customer-sort")).select_by_index(place)
        assert risk[int(list_ids(browser)[0])] == first
    browser.find_element(By.ID, "customer-query").send_keys(Keys.TAB)
    stops = []
    for _ in range(3):
        stops.append(browser.switch_to.active_element.get_attribute("id") or browser.switch_to.active_element.text)
        browser.switch_to.active_element.send_keys(Keys.TAB)
    assert stops == ["customer-list", "customer-sort", list_ids(browser)[0]]
    open_page(browser, page, 1280)
    assert not browser.find_element(By.ID, "customer-sort").is_displayed()


def test_customers_are_sorted_and_filtered(browser: Any, russian_page: Path, sources: Sources) -> None:
    open_page(browser, russian_page, 1280)
    risk = sources.probabilities.set_index("customer_id")["decline_probability"]
    browser.execute_script("document.querySelectorAll('#customer-table thead button')[1].click()")
    shown = [risk[int(one)] for one in list_ids(browser)]
    assert shown == sorted(shown, reverse=True) and shown[0] == risk.max()
    assert read_sorting(browser) == ["none", "descending", "none", "none", "none"]
    browser.execute_script("document.querySelectorAll('#customer-table thead button')[1].click()")
    assert risk[int(list_ids(browser)[0])] == risk.min()
    assert read_sorting(browser) == ["none", "ascending", "none", "none", "none"]
    browser.execute_script("document.querySelectorAll('#customer-table thead button')[2].click()")
    profit = sources.customers.set_index("customer_id")["monthly_profit"]
    assert profit[int(list_ids(browser)[0])] == profit.max()
    assert read_sorting(browser) == ["none", "none", "descending", "none", "none"]
    for way in ("ascending", "descending"):  # a blank is last both ways
        browser.execute_script("document.querySelectorAll('#customer-table thead button')[4].click()")
        assert read_sorting(browser)[4] == way
        assert browser.find_element("css selector", "#customer-table tbody tr td:last-child").text
    choose = "const s = document.getElementById('customer-list'); s.value = '1'; s.dispatchEvent(new Event('change'))"
    browser.execute_script(choose)
    held = sources.planned.query("arm == 'held'")["customer_id"]
    assert set(map(int, list_ids(browser))) <= set(held) and len(list_ids(browser)) == min(8, len(held))
    said = browser.find_element("css selector", "#customer-pages span").text
    assert said.endswith(f" {len(held)}")


def test_a_file_is_saved_from_the_page_as_it_stands_on_the_disk(
    browser: Any, report: Report, sources: Sources, page: Path, tmp_path: Path
) -> None:
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    open_page(browser, page, 1280)
    wanted = {"offers.csv": sources.lists["offers.csv"], "segments.csv": report.tables["segments"]}
    for name, text in wanted.items():
        browser.execute_script(f"document.querySelector('a[data-file=\"{name}\"]').click()")
        deadline = time.monotonic() + 20
        while not (tmp_path / name).exists():
            assert time.monotonic() < deadline, name
            time.sleep(0.1)
        assert (tmp_path / name).read_bytes() == text.encode("utf-8")


def test_the_menu_stays_and_shows_where_one_is(browser: Any, russian_page: Path) -> None:
    open_page(browser, russian_page, 390)
    browser.execute_script("document.documentElement.style.scrollBehavior = 'auto'; location.hash = '#segments'")
    time.sleep(0.3)
    menu = browser.find_element("css selector", "nav")
    frame = "return document.querySelector('nav ol').scrollWidth - document.querySelector('nav ol').clientWidth"
    assert browser.execute_script("return arguments[0].getBoundingClientRect().top", menu) == 0
    assert [e.get_attribute("hash") for e in menu.find_elements("css selector", "[aria-current]")] == ["#segments"]
    open_page(browser, russian_page, 1280)
    assert browser.execute_script(frame) <= 0  # no name is cut


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
    unfold(browser)
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
    assert read_what_if(browser)["labels"][0] == russian.say("decision.unlimited")
    for _ in range(3):  # past the two other sliders, to the button
        browser.switch_to.active_element.send_keys(Keys.TAB)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert read_what_if(browser) == start


def test_paper_shows_the_plan_itself(browser: Any, russian_page: Path) -> None:
    open_page(browser, russian_page, 1280)
    unfold(browser)
    start = read_what_if(browser)
    move = "const s = document.getElementById('what-if-factor'); s.value = 3; s.dispatchEvent(new Event('input'))"
    browser.execute_script(move)
    moved = read_what_if(browser)
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert read_what_if(browser) == start != moved
    browser.execute_script("dispatchEvent(new Event('afterprint'))")
    assert read_what_if(browser) == moved
