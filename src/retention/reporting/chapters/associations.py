"""Which columns go together: the phik matrix and the variance inflation factors."""

import math
from collections.abc import Mapping

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
    shown = [
        Cell(
            row,
            column,
            value,
            told if row == column or (sigma or 0) >= CLEAR else "",
            f"{names[row]} × {names[column]}",
            f"{told} ({voice.number(sigma, 1)} σ)",
        )
        for row, (values, sigmas) in enumerate(zip(phik.matrix, phik.significance, strict=True))
        for column, (value, sigma) in enumerate(zip(values, sigmas, strict=True))
        if value is not None
        for told in [voice.number(value, 2)]
    ]
    pairs = sorted((cell for cell in shown if cell.row < cell.column), key=lambda cell: -cell.value)[:STRONGEST]
    if not pairs:
        return None
    table = [
        [pair.label, voice.number(pair.value, 2), voice.number(phik.significance[pair.row][pair.column], 1)]
        for pair in pairs
    ]
    first, second = names[pairs[0].row], names[pairs[0].column]
    head = voice.heads("exploration", "pair", "phik", "significance")
    return Figure(
        "phik",
        voice.say("exploration.phik_title"),
        voice.say("exploration.phik_description", first=first, second=second, value=table[0][1]),
        draw_matrix(shown, names, voice.say("exploration.phik_legend"), format=".1f", step=29),
        Table(voice.say("exploration.phik_table"), head, table),
        wide=True,
    )


def tabulate_vif(vif: Mapping[str, float | None], voice: Voice) -> Table:
    """Tabulate the factors, the largest first; one that is not finite comes as None."""
    full = voice.say("exploration.vif_full")
    rows = [
        [voice.column(name), full if math.isinf(factor) else voice.number(factor, 1)] for name, factor in _order(vif)
    ]
    head = [voice.say("common.head.column"), voice.say("exploration.head.vif")]
    return Table(voice.say("exploration.vif"), head, rows, key="vif")


def judge_vif(vif: Mapping[str, float | None], high: float, voice: Voice) -> str:
    """Say which columns the others explain, or that none is."""
    poor = [voice.column(name) for name, factor in vif.items() if factor is None or factor >= high]
    if poor:
        return voice.say("exploration.vif_poor", high=voice.measure(high), columns=", ".join(poor))
    name, top = _order(vif)[0]
    said = {"vif": voice.number(top, 1), "column": voice.column(name)}
    return voice.say("exploration.vif_good", high=voice.measure(high), **said)


def _order(vif: Mapping[str, float | None]) -> list[tuple[str, float]]:
    factors = [(name, math.inf if factor is None else factor) for name, factor in vif.items()]
    return sorted(factors, key=lambda item: -item[1])
