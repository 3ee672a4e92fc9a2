"""Associations between columns: the phik matrix."""

from collections.abc import Mapping
from typing import Any

from retention.reporting.charts.cells import draw_matrix
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.language.voice import Voice

CLEAR = 3.0  # standard deviations from which an association is told apart from chance
STRONGEST = 12


def show_phik(phik: Mapping[str, Any], voice: Voice) -> Figure | None:
    """Show the phik matrix in its clustered order; None where there is nothing to compare."""
    names = [voice.column(name) for name in phik["columns"]]
    if not names:
        return None
    cells = [
        (i, j, value, phik["significance"][i][j])
        for i, line in enumerate(phik["matrix"])
        for j, value in enumerate(line)
        if value is not None
    ]
    rows = [
        {
            "row": row,
            "column": column,
            "value": value,
            "mark": voice.number(value, 2) if row == column or (sigma or 0) >= CLEAR else "",
            "label": f"{names[row]} × {names[column]}",
            "text": f"{voice.number(value, 2)} ({voice.number(sigma, 1)} σ)",
        }
        for row, column, value, sigma in cells
    ]
    pairs = sorted((cell for cell in cells if cell[0] < cell[1]), key=lambda cell: -cell[2])[:STRONGEST]
    head = [voice.say(f"exploration.head.{key}") for key in ("pair", "phik", "significance")]
    table = [
        [f"{names[a]} × {names[b]}", voice.number(value, 2), voice.number(sigma, 1)] for a, b, value, sigma in pairs
    ]
    return Figure(
        "phik",
        voice.say("exploration.phik_title"),
        voice.say(
            "exploration.phik_description",
            first=names[pairs[0][0]],
            second=names[pairs[0][1]],
            value=voice.number(pairs[0][2], 2),
        ),
        draw_matrix(rows, names, voice.say("exploration.phik_legend"), format=".1f", step=29),
        Table(voice.say("exploration.phik_table"), head, table),
        wide=True,
    )
