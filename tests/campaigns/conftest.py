"""A small campaign made by hand, launched into a ledger of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retention.campaigns.ledger import Entry, Launched, Terms, launch, read_campaign
from retention.campaigns.settings import CampaignSettings

from .world import CAMPAIGNS


def plan_rows(n: int = 60, seed: int = 0) -> pd.DataFrame:
    """Customers of two offers in blocks of six, one of each left alone."""
    rng = np.random.default_rng(seed)
    held = np.arange(n) % 6 == 2
    risk = rng.uniform(0.2, 0.8, n)
    return pd.DataFrame(
        {
            "customer_id": np.arange(100, 100 + n),
            "unit": np.arange(n),
            "arm": np.where(held, "held", "contacted"),
            "offer": np.where(np.arange(n) < n // 2, "letter", "discount"),
            "block": np.arange(n) // 6,
            "chance": np.where(held, 1 / 6, 5 / 6),
            "decline_probability": risk,
            "at_stake": rng.uniform(5, 20, n),
            "cost": rng.uniform(0.1, 0.3, n),
        }
    )


@pytest.fixture
def planned() -> pd.DataFrame:
    return plan_rows()


@pytest.fixture
def settings() -> CampaignSettings:
    return CAMPAIGNS


@pytest.fixture
def terms() -> Terms:
    return Terms(months=3, horizon_months=3, loss_share=0.5, money=True, effects={"letter": 0.1, "discount": 0.2})


@pytest.fixture
def send(tmp_path: Path, terms: Terms) -> Callable[..., Launched]:
    """`send(planned, id, month)` launches into ``ledger`` of the test's folder."""

    def sent(rows: pd.DataFrame, campaign: str = "spring", month: str = "2026-01", **more: Any) -> Launched:
        return launch(tmp_path / "ledger", rows, campaign, month, more.get("terms", terms), {}, ("ab" * 32, 1, ""))

    return sent


@pytest.fixture
def entry(planned: pd.DataFrame, send: Callable[..., Launched], tmp_path: Path) -> Entry:
    send(planned)
    return read_campaign(tmp_path / "ledger" / "spring")
