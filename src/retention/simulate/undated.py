"""One undated month of the sample shop, drawn column by column."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtri

from retention.errors import UserError
from retention.files import write_csv, write_parquet
from retention.simulate import customers as model
from retention.simulate.customers import Ints
from retention.simulate.effects import compute_effects, list_truth
from retention.simulate.exports import FIRST_ID, SMALLEST, add_defects, order_rows, write_exports

REVENUE_STEP = (290, 270, 260, 320, 325, 285)  # by favourite category (order of CATEGORIES): what a month adds
DEVIATION_CURRENT = 430.0


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


def draw_shop(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return customers without a flaw in the file's order, with the effects of offers on them.

    Only uniform numbers of `rng` are used: they are the same in every version of numpy. Columns are those of the
    exports as whole numbers (revenue in tenths, shares and profit in hundredths, categories by their place in
    `CATEGORIES`), and what is true.
    """
    _, columns = draw_columns(n, rng)
    probability = model.compute_probability(columns)
    columns["declined"] = (rng.random(n) < probability).astype(np.int64)
    columns["revenue_before_previous"] *= 10
    luck = {"true_probability": probability, "responsiveness": 0.5 + rng.random(n), "campaign_draw": rng.random(n)}
    ordered = pd.DataFrame(columns | luck).iloc[order_rows(columns["declined"])].reset_index(drop=True)
    ordered.insert(0, "id", np.arange(FIRST_ID, FIRST_ID + n))
    return pd.concat([ordered, compute_effects(ordered, over_months=False)], axis=1)


def draw_columns(n: int, rng: np.random.Generator) -> tuple[Ints, dict[str, Ints]]:
    """Return each customer's hidden profile (its place in `PROFILES`) and their columns, each of shape (n,).

    Revenue comes in tenths of a rouble, that of the month before the previous one in roubles.
    """
    profile = model.pick(np.array([one.share for one in model.PROFILES]), rng.random(n))
    columns = model.place_marginals(model.MARGINALS, profile, {name: rng.random(n) for name in model.MARGINALS})
    faded = model.find_faded(profile)
    deviation = np.where(faded, model.DEVIATION_PREVIOUS["fading"], model.DEVIATION_PREVIOUS["calm"])
    mean = np.where(faded, model.mean_previous(columns, "fading"), model.mean_previous(columns, "calm"))
    previous = mean + deviation * ndtri(model.draw_open(rng, n))
    columns["revenue_previous"] = np.maximum(model.whole(2 * previous), 1) * 5  # half roubles, as in the real file
    step = np.array(REVENUE_STEP, dtype=np.float64)[columns["favourite_category"]]
    usual = step + columns["revenue_previous"] / 10 + model.MINUTES_SLOPE * (columns["minutes_current"] - 13)
    current = usual + DEVIATION_CURRENT * ndtri(model.draw_open(rng, n))
    columns["revenue_current"] = np.maximum(model.whole(10 * current), 1)
    model.place_consent(columns, faded, {name: rng.random(n) for name in model.BY_CONSENT})
    columns["monthly_profit"] = np.clip(model.whole(400 + 101 * ndtri(model.draw_open(rng, n))), 86, 743)
    return profile, columns
