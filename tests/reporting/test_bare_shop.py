"""A shop without money, consent, months and a favourite category: its page says so, and has no empty place."""

import html
import re
from dataclasses import replace

import pytest

from retention.audience.plan.settings import Unit
from retention.audience.segments.summary import GroupSummary
from retention.exploration.associations import Associations
from retention.reporting.language.voice import Voice, load_texts
from retention.reporting.report import Report, write_report
from retention.reporting.sources import Sources
from retention.settings import Settings
from retention.strict import Language
from retention.tables.columns import PROFIT

LACKING = {"money": False, "consent": None, "favourite_category": None, "series": {}}
UNKNOWN = dict.fromkeys(("monthly_profit", "profit_at_risk", "consent_share"))


def strip(group: GroupSummary) -> GroupSummary:
    differs = tuple(item for item in getattr(group, "differs", ()) if item.column != PROFIT)
    known = {"differs": differs} if differs else {}
    return group.model_copy(update=UNKNOWN | known | {"months": {}, "favourite_categories": ()})


@pytest.fixture(scope="module")
def bare(sources: Sources) -> Sources:
    """What the stages write for such a shop."""
    plan, segments, exploration = sources.plan, sources.segments, sources.exploration
    looked = {
        "columns": {name: column for name, column in exploration.columns.items() if name != PROFIT},
        "leaks": tuple(leak for leak in exploration.leaks if leak.column != PROFIT),
        "phik": Associations(columns=(), matrix=(), significance=()),
        "series": {},
    }
    described = {
        "population": strip(segments.population),
        "segments": tuple(strip(segment) for segment in segments.segments),
    }
    planned = {"money": Unit(unit=plan.money.unit), "threshold": None}
    return replace(
        sources,
        roles=sources.roles.model_copy(update=LACKING),
        plan=plan.model_copy(update=planned),
        segments=segments.model_copy(update=described),
        exploration=exploration.model_copy(update=looked),
    )


@pytest.fixture(scope="module")
def counting(voices: dict[Language, Voice]) -> dict[Language, Voice]:
    known = {name: column for name, column in voices["ru"].columns.items() if name != PROFIT}
    return {language: replace(voice, counts_customers=True, columns=known) for language, voice in voices.items()}


@pytest.fixture(scope="module")
def pages(bare: Sources, counting: dict[Language, Voice], settings: Settings) -> dict[Language, Report]:
    plain = settings.report.model_copy(update={"studies": ()})
    return {language: write_report(bare, voice, plain) for language, voice in counting.items()}


@pytest.fixture(params=["ru", "en"])
def language(request: pytest.FixtureRequest) -> Language:
    return request.param


def test_what_is_lacking_is_said_in_a_sentence(
    pages: dict[Language, Report], counting: dict[Language, Voice], language: Language
) -> None:
    page, voice = pages[language], counting[language]
    assert " ".join(voice.say(f"campaign.{key}") for key in ("no_consent", "intro")) in page.html
    assert voice.say("months.none") in page.html
    assert ("Прибыли в выгрузках нет" if language == "ru" else "hold no profit") in page.markdown


def test_months_without_a_favourite_category_say_whose_they_are(
    bare: Sources, sources: Sources, counting: dict[Language, Voice], settings: Settings
) -> None:
    series = {"series": sources.exploration.series}
    monthly = replace(bare, exploration=bare.exploration.model_copy(update=series))
    page = write_report(monthly, counting["en"], settings.report.model_copy(update={"studies": ()})).html
    assert counting["en"].say("months.no_category") in page and counting["en"].say("months.category") not in page


def test_nothing_of_money_is_said(pages: dict[Language, Report], language: Language) -> None:
    texts, page = load_texts(), pages[language].html
    for key in (key for key in texts if key.startswith("without_money.")):
        usual, said = texts[key.removeprefix("without_money.")][language], texts[key][language]
        piece = max(re.split(r"{\w+}", usual), key=len)
        if len(piece) > 25 and piece not in said:
            assert html.escape(piece, quote=False) not in page, key
    for head in ("segments.head.profit", "segments.head.at_risk", "segments.head.consent", "campaign.fact.break_even"):
        assert ">" + texts[head][language].removesuffix(", {unit}") not in page, head


def test_no_place_is_empty(pages: dict[Language, Report], language: Language) -> None:
    page = pages[language].html
    body = page[page.index("<body>") : page.index('<script type="application/json"')]
    body = re.sub(r'<article id="customer-card".*?</article>', "", body, flags=re.DOTALL)  # the script fills it
    assert re.findall(r"</h\d>\s*(?=<h[123]|</section|</article)", body) == []
    assert re.findall(r"<(?:p|dd|li|th|dt|h3)(?: [^>]*)?>\s*</", body) == []
    text = re.sub(r"<[^>]+>", " ", body)
    for marker in ("None", "nan", "Undefined", "{", "нет данных", "not available"):
        assert re.search(rf"(?<!\w){re.escape(marker)}(?!\w)", text.replace("{{ 7*7 }}", "")) is None, marker
