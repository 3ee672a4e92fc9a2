"""What was found in the exports and what was done about it."""

import re

from retention.reporting.charts.figure import Table
from retention.reporting.language.voice import Voice
from retention.tables.quality import Quality


def tabulate_files(quality: Quality, voice: Voice) -> Table:
    """Tabulate the exports with their sizes."""
    rows = [[name, voice.number(size.rows), voice.number(size.columns)] for name, size in quality.files.items()]
    return Table(voice.say("data.files"), voice.heads("data", "file", "rows", "columns"), rows, key="files")


def count_excluded(quality: Quality, code: str) -> int:
    """Return how many customers were left out because of findings of this kind."""
    return sum(item.count for item in quality.findings if (item.code, item.handling) == (code, "exclude"))


def tabulate_findings(quality: Quality, voice: Voice) -> Table | None:
    """Tabulate the findings; None where there is none."""
    if not quality.findings:
        return None
    rows = [
        [
            _write_numbers(voice.pick(item.message), voice),
            f"{item.file}: {voice.column(item.column)}" if item.column else item.file,
            voice.number(item.count),
            voice.name("data.handling", item.handling),
        ]
        for item in quality.findings
    ]
    head = voice.heads("data", "finding", "where", "count", "handling")
    return Table(voice.say("data.findings"), head, rows, frozenset({0, 1, 3}), "findings")


def _write_numbers(message: str, voice: Voice) -> str:
    """Return a message with its numbers as the language writes them; what stands in quotation marks stays."""

    def write(found: re.Match[str]) -> str:
        whole, point, decimals = found[0].partition(".")
        return found[0] if found[0][0] in "«“" else voice.number(float(f"{whole}{point}{decimals}"), len(decimals))

    return re.sub(r"«[^»]*»|“[^”]*”|(?<![\w.])\d+(?:\.\d+)?(?![\w.]*\w)", write, message)
