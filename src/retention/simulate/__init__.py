"""The sample shop: four exports like a real shop's, from a model whose truth is known.

docs/generating-model.md describes the model and compares its tables with the real ones.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from retention.errors import UserError
from retention.files import write_csv, write_parquet
from retention.simulate.customers import draw_customers
from retention.simulate.defects import add_defects, choose_defects, order_rows
from retention.simulate.effects import compute_effects
from retention.simulate.exports import write_exports

SMALLEST = 100  # below it the blocks of rows cannot hold every defect


def write_shop(out: Path, *, customers: int, seed: int, truth: Path | None) -> None:
    """Write the four exports of a sample shop; the same (customers, seed) gives the same bytes.

    Parameters
    ----------
    out : Path
        The folder for ``market_file.csv``, ``market_money.csv``, ``market_time.csv`` and ``money.csv``.
    customers : int
        How many, at least `SMALLEST`.
    seed : int
        Of all randomness.
    truth : Path | None
        Where to write what is true, as CSV or Parquet by its ending: ``id``, ``true_probability``, one
        ``effect_<offer>`` per offer (the reduction of that probability), and ``campaign_draw``: in a
        campaign a customer declines if and only if ``campaign_draw < true_probability - effect_<offer>``
        (no effect without an offer).

    Raises
    ------
    UserError
        If there are too few customers, or `truth` ends in neither ``.csv`` nor ``.parquet``.
    """
    if customers < SMALLEST:
        raise UserError(f"A sample shop needs at least {SMALLEST} customers, not {customers}: ask for more.")
    if truth is not None and truth.suffix not in (".csv", ".parquet"):
        raise UserError(f"The truth cannot be written to {truth}: give a name that ends in .csv or .parquet.")
    rng = np.random.Generator(np.random.PCG64(seed))
    clean = _draw_shop(customers, rng)
    defects = choose_defects(clean, rng.random(customers))
    flawed = add_defects(clean, defects)
    write_exports(out, flawed, defects.misspelt, rng)
    if truth is not None:
        known = flawed[["id", "true_probability", *flawed.filter(like="effect_").columns, "campaign_draw"]]
        (write_csv if truth.suffix == ".csv" else write_parquet)(truth, known)


def _draw_shop(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return customers without a flaw in the file's order, with the effects of offers on them."""
    drawn = draw_customers(n, rng)
    drawn["responsiveness"] = 0.5 + rng.random(n)
    drawn["campaign_draw"] = rng.random(n)
    ordered = drawn.iloc[order_rows(drawn["declined"].to_numpy())].reset_index(drop=True)
    return pd.concat([ordered, compute_effects(ordered)], axis=1)
