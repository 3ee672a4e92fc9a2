"""How near learnt effects are to the truth, and what their plans earn, beside raw estimates and DerSimonian-Laird.

    python benchmarks/effects.py [--shops N]

Shops, campaigns and truth are those of ``tests/proofs/test_effects.py``. *Raw* is each offer's mean by precision;
*DerSimonian-Laird* draws the raw means towards their common mean by the spread that exceeds their errors (DerSimonian
and Laird 1986; Morris 1983), and knows nothing of what was assumed; *assumed* is the settings' values. Each plans the
same customers by its effects: what that truly earns is told over what the plan by assumed effects earns, and what it
promised over what it truly earns. One line of JSON a way.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from retention.determinism import pin_kernels

pin_kernels()

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.campaigns.world import World, build_world  # noqa: E402
from tests.proofs.test_effects import average_raw, find_truth, find_worth, live  # noqa: E402

from retention.campaigns.effects import Evidence  # noqa: E402
from retention.campaigns.ledger import AT_STAKE, COST, OFFER  # noqa: E402
from retention.settings import compose_params, read_settings  # noqa: E402
from retention.tables.columns import PROBABILITY  # noqa: E402

JUDGED = 20_000


def shrink(raw: pd.Series, evidence: list[Evidence]) -> pd.Series:
    """Return the raw means drawn towards their common mean (DerSimonian and Laird 1986)."""
    known = pd.DataFrame([(offer, one.observation.error**-2) for offer, one in evidence], columns=["offer", "weight"])
    weight = known.groupby("offer")["weight"].sum().reindex(raw.index)
    apart = float((weight * (raw - np.average(raw, weights=weight)) ** 2).sum()) - (len(raw) - 1)
    spread = max(0.0, apart / float(weight.sum() - (weight**2).sum() / weight.sum()))
    middle = float(np.average(raw, weights=1 / (spread + 1 / weight)))
    drawn: pd.Series = middle + (raw - middle) * spread / (spread + 1 / weight)
    return drawn


def judge(world: World, effects: Mapping[str, float], factors: pd.Series, who: np.ndarray) -> tuple[float, float]:
    """Return what the plan by these effects truly earns, and what it promises."""
    rows = world.plan(effects, who)
    saved = rows[OFFER].map(effects) * rows[PROBABILITY] * rows[AT_STAKE] * world.terms.loss_share
    return float(find_worth(world, rows, factors).sum()), float((saved - rows[COST]).sum())


def main() -> None:
    """Live through the shops, and print a line a way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shops", type=int, default=200)
    shops = parser.parse_args().shops
    with tempfile.TemporaryDirectory() as folder:
        compose_params(ROOT / "conf", Path(folder) / "params.yaml", [])
        world = build_world(read_settings(Path(folder) / "params.yaml"), Path(folder), 1300, 60_000, seed=5)
    assumed = pd.Series(world.terms.effects)
    drawn = np.random.default_rng(10).normal(1.0, 0.5, (shops, len(assumed)))
    who = np.random.default_rng(12).choice(len(world.truth), JUDGED, replace=False)
    rows = []
    for seed in range(shops):
        factors = pd.Series(drawn[seed], index=assumed.index)
        effects, evidence, _ = live(world, factors, seed)
        truth, raw = find_truth(world, factors), average_raw(evidence)
        ways = {"assumed": assumed, "raw": raw, "DerSimonian-Laird": shrink(raw, evidence)}
        ways["learnt"] = pd.Series(effects.means)
        seen = truth.index.intersection(raw.index)
        for way, found in ways.items():
            earned, promised = judge(world, {**world.terms.effects, **found}, factors, who)
            square = float(((found[seen] - truth[seen]) ** 2).mean())
            rows.append({"way": way, "shop": seed, "square": square, "earned": earned, "promised": promised})
    table = pd.DataFrame(rows).pivot_table(index="shop", columns="way", values=["square", "earned", "promised"])
    for way in ("assumed", "raw", "DerSimonian-Laird", "learnt"):
        square, earned, promised = (table[name][way] for name in ("square", "earned", "promised"))
        told = {
            "error": float(np.sqrt(square.mean())),
            "error_over_raw": float(np.sqrt(square.mean() / table["square"]["raw"].mean())),
            "earned_over_assumed": float(earned.sum() / table["earned"]["assumed"].sum()),
            "earns_more_than_assumed": float((earned > table["earned"]["assumed"]).mean()),
            "promised_over_earned": float(promised.sum() / earned.sum()),
        }
        print(json.dumps({"way": way, "shops": shops, **{name: round(value, 4) for name, value in told.items()}}))


if __name__ == "__main__":
    main()
