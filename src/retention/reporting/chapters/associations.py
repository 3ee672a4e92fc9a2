"""Which columns go together: the strongest associations (phik) and the variance inflation factors."""

import math
from collections.abc import Mapping

from retention.exploration.associations import Associations
from retention.reporting.charts.figure import Table
from retention.reporting.charts.inline import draw_marks
from retention.reporting.charts.marks import Mark
from retention.reporting.language.voice import Voice

CLEAR = 3.0  # standard deviations from which an association is told apart from chance
STRONGEST = 6


def tabulate_phik(phik: Associations, voice: Voice) -> Table | None:
    """Tabulate the strongest associations between two columns; None where there is nothing to compare."""
    names = [voice.column(name) for name in phik.columns]
    pairs = [
        (value, phik.significance[row][column] or 0.0, f"{names[row]} × {names[column]}")
        for row, values in enumerate(phik.matrix)
        for column, value in enumerate(values)
        if row < column and value is not None
    ]
    if not pairs:
        return None
    pairs = sorted(pairs, key=lambda pair: -pair[0])[:STRONGEST]
    rows = [[name, voice.number(value, 2), voice.number(sigma, 1)] for value, sigma, name in pairs]
    marks = [Mark(value, "kept" if sigma >= CLEAR else "neutral") for value, sigma, _ in pairs]
    head = voice.heads("associations", "pair", "phik", "significance")
    drawn = draw_marks(voice.say("associations.head.phik"), marks, domain=(0, 1))
    note = voice.say("associations.phik_note")
    return Table(voice.say("associations.phik_table"), head, rows, key="phik", drawn=(drawn,), note=note)


def judge_vif(vif: Mapping[str, float | None], high: float, voice: Voice) -> str:
    """Say which columns the others explain, or that none is."""
    poor = [voice.column(name) for name, factor in vif.items() if factor is None or factor >= high]
    if poor:
        return voice.say("associations.vif_poor", high=voice.measure(high), columns=", ".join(poor))
    name, top = _order(vif)[0]
    said = {"vif": voice.number(top, 1), "column": voice.column(name)}
    return voice.say("associations.vif_good", high=voice.measure(high), **said)


def _order(vif: Mapping[str, float | None]) -> list[tuple[str, float]]:
    factors = [(name, math.inf if factor is None else factor) for name, factor in vif.items()]
    return sorted(factors, key=lambda item: -item[1])
