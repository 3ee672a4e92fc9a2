"""The sample shop: four exports like a real shop's, from a model whose truth is known.

docs/generating-model.md describes the model and compares its tables with the real ones.
"""

from pathlib import Path
from shutil import rmtree

import numpy as np

from retention.errors import UserError
from retention.files import write_csv, write_parquet
from retention.simulate.effects import list_truth
from retention.simulate.exports import SMALLEST, add_defects, write_exports
from retention.simulate.months import FIRST_MONTH, MONTHLY_CUSTOMERS, name_months, write_months
from retention.simulate.undated import draw_shop


def write_shop(out: Path, *, customers: int, seed: int, truth: Path | None) -> None:
    """Write the four exports of a sample shop; the same (customers, seed) gives the same bytes.

    There are at least `SMALLEST` customers. `out` gets ``market_file.csv``, ``market_money.csv``, ``market_time.csv``
    and ``money.csv``; `truth` what is true, as CSV or Parquet by its ending: ``id``, ``true_probability``, one
    ``effect_<offer>`` per offer (the reduction of that probability), and ``campaign_draw``: in a campaign a customer
    declines if and only if ``campaign_draw < true_probability - effect_<offer>`` (no effect without an offer).

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
    flawed = add_defects(draw_shop(customers, rng), rng.random(customers))
    write_exports(out, flawed, rng)
    if truth is not None:
        (write_csv if truth.suffix == ".csv" else write_parquet)(truth, list_truth(flawed))


def write_sample(out: Path) -> None:
    """Write the sample shop: seven months, of which four have labels, two wait for them and the last is acted on."""
    write_months(out, name_months(FIRST_MONTH, 7), customers=MONTHLY_CUSTOMERS, seed=42)
    rmtree(out / "outcomes")  # nobody can know yet what is in it
