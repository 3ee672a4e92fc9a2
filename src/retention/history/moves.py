"""Who entered and left each segment and band of risk since the month before."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from retention.history.describe import place_in_bands
from retention.history.figures import MonthFigures
from retention.history.summary import BandMove, Move, Moves, SegmentMove
from retention.tables.columns import ID, PROBABILITY


def compare_customers(
    then: MonthFigures, now: MonthFigures, earlier: pd.DataFrame, current: pd.DataFrame, bounds: Sequence[float]
) -> Moves:
    """Count who moved between two months.

    `earlier` and `current` have a row a customer of each month: id, probability, and a flag for each segment; `bounds`
    lie between the bands of risk, in both months.
    """
    pair = earlier.set_index(ID), current.set_index(ID)
    bands = [pd.Series(place_in_bands(side[PROBABILITY], bounds), side.index) for side in pair]
    names = [{one.key: one.name for one in month.segments} for month in (then, now)]
    everybody = [pd.Series(True, side.index) for side in pair]
    return Moves(
        month=then.month,
        all=Move.model_validate(count_moves(*everybody)),
        segments=tuple(
            SegmentMove(key=key, name=name, **count_moves(pair[0][key], pair[1][key]))
            for key, name in names[1].items()
            if key in names[0]
        ),
        bands=tuple(
            BandMove(low=one.low, high=one.high, **count_moves(*(band == place for band in bands)))
            for place, one in enumerate(now.bands)
        ),
        appeared=tuple(name for key, name in names[1].items() if key not in names[0]),
        vanished=tuple(name for key, name in names[0].items() if key not in names[1]),
    )


def count_moves(then: pd.Series, now: pd.Series) -> dict[str, int]:
    """Return the fields of `Move` for a group, given by customer whether each belonged to it and belongs to it."""
    known, kept = now.index.isin(then.index), then.index.isin(now.index)
    was = then.reindex(now.index, fill_value=False).to_numpy(dtype=bool)
    held, here = then.to_numpy(dtype=bool), now.to_numpy(dtype=bool)
    parts: dict[str, np.ndarray] = {
        "then": held,
        "now": here,
        "entered": here & known & ~was,
        "left": was & ~here,
        "came": here & ~known,
        "gone": held & ~kept,
    }
    return {name: int(part.sum()) for name, part in parts.items()}
