"""What was found in the exports and what was done about it."""

import re
from collections.abc import Mapping
from typing import Any

from retention.reporting.charts.figure import Table
from retention.reporting.language.voice import Voice


def tabulate_files(quality: Mapping[str, Any], voice: Voice) -> Table:
    """Tabulate the exports with their sizes."""
    head = [voice.say(f"data.head.{key}") for key in ("file", "rows", "columns")]
    rows = [
        [name, voice.number(item["rows"]), voice.number(item["columns"])] for name, item in quality["files"].items()
    ]
    return Table(voice.say("data.files"), head, rows)


def count_excluded(quality: Mapping[str, Any], code: str) -> int:
    """Return how many customers were left out because of findings of this kind."""
    found = (item for item in quality["findings"] if (item["code"], item["handling"]) == (code, "exclude"))
    return sum(item["count"] for item in found)


def tabulate_findings(quality: Mapping[str, Any], voice: Voice) -> Table | None:
    """Tabulate the findings; None where there is none."""
    if not quality["findings"]:
        return None
    head = [voice.say(f"data.head.{key}") for key in ("finding", "where", "count", "handling")]
    rows = [
        [
            _write_numbers(voice.pick(item["message"]), voice),
            _place(item, voice),
            voice.number(item["count"]),
            voice.name("data.handling", item["handling"]),
        ]
        for item in quality["findings"]
    ]
    return Table(voice.say("data.findings"), head, rows, frozenset({0, 1, 3}))


def _write_numbers(message: str, voice: Voice) -> str:
    """Return a message with its numbers as the language writes them; what stands in quotation marks stays."""

    def write(found: re.Match[str]) -> str:
        whole, point, decimals = found[0].partition(".")
        return found[0] if found[0][0] in "«“" else voice.number(float(f"{whole}{point}{decimals}"), len(decimals))

    return re.sub(r"«[^»]*»|“[^”]*”|(?<![\w.])\d+(?:\.\d+)?(?![\w.]*\w)", write, message)


def _place(finding: Mapping[str, Any], voice: Voice) -> str:
    column = finding["column"]
    return f"{finding['file']}: {voice.column(column)}" if column else str(finding["file"])


def tabulate_dictionary(voice: Voice) -> Table:
    """Tabulate the canonical columns with their labels and units."""
    head = [voice.say(f"appendix.head.{key}") for key in ("name", "label", "unit")]
    rows = [[name, voice.column(name), voice.unit(name)] for name in voice.columns]
    return Table(voice.say("appendix.dictionary_caption"), head, rows, frozenset({0, 1, 2}))
