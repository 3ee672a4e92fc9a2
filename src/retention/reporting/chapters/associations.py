"""Associations between columns: the phik matrix."""

from retention.exploration.associations import Associations
from retention.reporting.charts.cells import draw_matrix
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.marks import Cell
from retention.reporting.language.voice import Voice

CLEAR = 3.0  # standard deviations from which an association is told apart from chance
STRONGEST = 12


def show_phik(phik: Associations, voice: Voice) -> Figure | None:
    """Show the phik matrix in its clustered order; None where there is nothing to compare."""
    names = [voice.column(name) for name in phik.columns]
    cells = [
        (row, column, value, phik.significance[row][column])
        for row, line in enumerate(phik.matrix)
        for column, value in enumerate(line)
        if value is not None
    ]
    pairs = sorted((cell for cell in cells if cell[0] < cell[1]), key=lambda cell: -cell[2])[:STRONGEST]
    if not pairs:
        return None
    shown = [
        Cell(
            row,
            column,
            value,
            voice.number(value, 2) if row == column or (sigma or 0) >= CLEAR else "",
            f"{names[row]} × {names[column]}",
            f"{voice.number(value, 2)} ({voice.number(sigma, 1)} σ)",
        )
        for row, column, value, sigma in cells
    ]
    table = [
        [f"{names[a]} × {names[b]}", voice.number(value, 2), voice.number(sigma, 1)] for a, b, value, sigma in pairs
    ]
    first, second, strongest, _ = pairs[0]
    said = {"first": names[first], "second": names[second], "value": voice.number(strongest, 2)}
    return Figure(
        "phik",
        voice.say("exploration.phik_title"),
        voice.say("exploration.phik_description", **said),
        draw_matrix(shown, names, voice.say("exploration.phik_legend"), format=".1f", step=29),
        Table(
            voice.say("exploration.phik_table"),
            voice.heads("exploration", "pair", "phik", "significance"),
            table,
        ),
        wide=True,
    )
