"""The quality report and the quarantine, from findings."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from retention.tables.columns import ID
from retention.tables.findings import LISTED, SEEN, Finding, describe, format_value
from retention.tables.reading import LINE, Table

QUARANTINE = ("file", "row", ID, "column", "value", "reason")


def describe_quality(
    tables: Iterable[Table], customers: Mapping[str, int], findings: Sequence[Finding], groups: np.ndarray[Any, Any]
) -> dict[str, Any]:
    """Return the quality report as plain data.

    Parameters
    ----------
    tables : iterable of Table
        The exports as read.
    customers : mapping of str to int
        ``read``, ``kept``, ``quarantined`` and ``excluded`` customers.
    findings : sequence of Finding
        What the checks found.
    groups : ndarray of int
        The twin group of every customer that was not excluded for another reason.
    """
    sizes = np.bincount(groups)
    twins = sizes[sizes > 1]
    return {
        "files": {table.file: {"table": table.name, "rows": table.rows, "columns": table.columns} for table in tables},
        "customers": {key: customers[key] for key in ("read", "kept", "excluded", "quarantined")},
        "findings": [describe(finding) for finding in findings],
        "twins": {"groups": len(twins), "customers": int(twins.sum()), "pairs": int((twins - 1).sum())},
    }


def list_quarantine(findings: Iterable[Finding], files: Sequence[str]) -> pd.DataFrame:
    """Return what was left out, a row each, in the order of `files` and their rows."""
    listed = [finding for finding in findings if finding.handling in LISTED]
    frames = [
        pd.DataFrame(
            {
                "file": finding.place.file,
                "row": finding.rows[LINE].to_numpy(),
                ID: [format_value(value) for value in finding.rows[ID].to_list()],
                "column": finding.place.column or "",
                "value": [format_value(value) for value in finding.rows[SEEN].to_list()],
                "reason": finding.code,
            }
        )
        for finding in listed
    ]
    if not frames:
        return pd.DataFrame({name: pd.Series(dtype="int64" if name == "row" else "str") for name in QUARANTINE})
    frame = pd.concat(frames, ignore_index=True)
    place = frame["file"].map({file: number for number, file in enumerate(files)})
    return frame.assign(place=place).sort_values(["place", "row", "column", "reason"])[list(QUARANTINE)]
