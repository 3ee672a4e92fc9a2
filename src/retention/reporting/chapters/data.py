"""What was found in the exports and what was done about it."""

import re

from retention.reporting.charts.figure import Table
from retention.reporting.language.voice import Cell, Voice
from retention.tables.quality import Quality


def tabulate_files(quality: Quality, voice: Voice) -> Table:
    """Tabulate the exports with their sizes."""
    columns = {"file": "{0}", "rows": "{1.rows:number}", "columns": "{1.columns:number}"}
    return Table(voice.say("data.files"), *voice.tabulate("data", columns, quality.files.items()), key="files")


def count_excluded(quality: Quality, code: str) -> int:
    """Return how many customers were left out because of findings of this kind."""
    return sum(item.count for item in quality.findings if (item.code, item.handling) == (code, "exclude"))


def tabulate_findings(quality: Quality, voice: Voice) -> Table:
    """Tabulate the findings."""
    columns: dict[str, Cell] = {
        "finding": lambda one: _write_numbers(voice.pick(one.message), voice),
        "where": lambda one: f"{one.file}: {voice.column(one.column)}" if one.column else one.file,
        "count": "{count:number}",
        "handling": "{handling:name data.handling}",
    }
    table = voice.tabulate("data", columns, quality.findings)
    return Table(voice.say("data.findings"), *table, frozenset({0, 1, 3}), "findings")


def _write_numbers(message: str, voice: Voice) -> str:
    """Return a message with its numbers as the language writes them.

    What stands in quotation marks stays, as do numbers that are parts of names, of months or of keys such as 0015.
    """

    def write(found: re.Match[str]) -> str:
        decimals = found[0].partition(".")[2]
        return found[0] if found[0][0] in '«“"' else voice.number(float(found[0]), len(decimals))

    plain = r"(?<![\w.-])(?!0\d)\d+(?:\.\d+)?(?![\w.-]*\w)"
    return re.sub(rf"«[^»]*»|“[^”]*”|\"[^\"]*\"|{plain}", write, message)
