"""A voice in each language, and the report on the small finished shop."""

import pytest

from retention.paths import Paths
from retention.reporting.language.voice import Voice
from retention.reporting.report import Report, write_report
from retention.reporting.sources import Sources
from retention.settings import Settings, read_settings
from retention.stages.report import read_sources
from retention.strict import Language


@pytest.fixture(scope="session")
def settings(small_run: Paths) -> Settings:
    return read_settings(small_run.params)


@pytest.fixture(scope="session")
def sources(small_run: Paths) -> Sources:
    """What the stages wrote."""
    return read_sources(small_run)


@pytest.fixture(scope="session")
def voices(settings: Settings, sources: Sources) -> dict[Language, Voice]:
    languages: tuple[Language, ...] = ("ru", "en")
    return {one: Voice(one, settings.tables.columns, sources.plan.money.unit) for one in languages}


@pytest.fixture(params=["ru", "en"])
def voice(request: pytest.FixtureRequest, voices: dict[Language, Voice]) -> Voice:
    return voices[request.param]


@pytest.fixture
def russian(voices: dict[Language, Voice]) -> Voice:
    return voices["ru"]


@pytest.fixture
def english(voices: dict[Language, Voice]) -> Voice:
    return voices["en"]


@pytest.fixture(scope="session")
def reports(sources: Sources, voices: dict[Language, Voice], settings: Settings) -> dict[Language, Report]:
    return {language: write_report(sources, voice, settings.report) for language, voice in voices.items()}


@pytest.fixture
def report(reports: dict[Language, Report], voice: Voice) -> Report:
    return reports[voice.language]
