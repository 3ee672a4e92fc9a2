"""The card of one customer: what it shows is what the champion says, and its bars add up."""

import re
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retention.audience.offers.audience import Audience
from retention.errors import UserError
from retention.paths import Paths
from retention.registry.card import Card, _read_planned, _tell_offer, build_card, draw_card
from retention.registry.scoring import score
from retention.settings import Settings
from retention.tables.roles import ColumnRoles
from retention.tracking.store.digest import hash_file


@pytest.mark.slow
def test_the_bars_add_up_to_the_output_and_the_probability_is_the_one_of_the_list(shop: Any, tmp_path: Any) -> None:
    score(shop.paths.data, tmp_path / "out", shop.settings, shop.paths)
    said = pd.read_csv(tmp_path / "out" / "probabilities.csv").set_index("customer_id")["decline_probability"]
    known = pd.read_parquet(shop.paths.customers)["customer_id"]
    for customer in [number for number in known if number in said.index][:3]:
        card = build_card(str(customer), shop.settings, shop.paths)
        assert card.base + sum(card.parts.values()) == pytest.approx(card.output, abs=1e-6)
        assert card.probability == pytest.approx(said[customer], abs=1e-9)
        lines = draw_card(card, {}, "en")
        shown = [float(found[1]) for line in lines if (found := re.search(r"  ([+-]\d+\.\d{4})(  |$)", line))]
        assert len(shown) == len(card.parts) + 2
        assert sum(shown[:-1]) == pytest.approx(shown[-1], abs=0.0001 * len(shown))


@pytest.mark.slow
def test_who_is_not_there_is_said(shop: Any, tmp_path: Any) -> None:
    with pytest.raises(UserError, match='There is no customer "1" among'):
        build_card("1", shop.settings, shop.paths)
    with pytest.raises(UserError, match="Nothing has been run"):
        build_card("1", shop.settings, Paths(tmp_path, tmp_path))


def test_bars_show_size_and_sign() -> None:
    card = Card("7", 2, 0.75, -0.5, {"pages": 1.0, "minutes": -0.5}, 0.0, [], [], "No offer: none pays.")
    lines = draw_card(card, {"pages": "Pages"}, "en")
    assert [line.split() for line in lines[2:4]] == [["Pages", "+1.0000", "+" * 24], ["minutes", "-0.5000", "-" * 12]]
    assert "75%" in lines[0] and lines[-1] == "No offer: none pays."


def test_segments_whose_names_hold_commas_stay_apart() -> None:
    card = Card("1", 1, 0.5, 0.0, {}, 0.0, [], ["Pages < 8, profit ≥ 2", "High profit"], "")
    assert "Segments: Pages < 8, profit ≥ 2; High profit" in draw_card(card, {}, "en")


@pytest.fixture
def audience(composed: Settings, roles: ColumnRoles) -> Audience:
    """One customer, of whom nobody has asked anything yet."""
    row = {
        "customer_id": [5],
        "unit": [0],
        "decline_probability": [0.8],
        "monthly_profit": [10.0],
        roles.consent: ["yes"],
    }
    fits = np.ones((1, len(composed.offer)), dtype=bool)
    return Audience(pd.DataFrame(row), pd.DataFrame(index=[0]), composed.offer, fits, composed.plan.money, roles)


def test_who_rests_for_a_campaign_is_not_said_to_fit_no_offer(composed: Settings, audience: Audience) -> None:
    told = {
        customer: _tell_offer(audience, pd.DataFrame({"customer_id": [customer], "offer": [offer]}), composed, None)
        for customer, offer in (("5", ""), ("6", ""))
    }
    assert "отдыхает" in told["5"]
    assert "отдыхает" not in told["6"]
    every = pd.DataFrame({"customer_id": "5", "offer": [*composed.offer]})
    assert "ни одно не подходит" in _tell_offer(audience, every, composed, None)


def test_an_offer_of_a_plan_by_another_model_is_told_only_if_it_was_sent(
    composed: Settings, audience: Audience, small_run: Paths, tmp_path: Path
) -> None:
    shutil.copytree(small_run.artifacts, tmp_path / "artifacts")
    paths, customers = Paths(tmp_path, tmp_path), audience.customers.assign(monthly_profit=1e6)
    champion, other = (SimpleNamespace(version=SimpleNamespace(sha256=one)) for one in (hash_file(paths.model), "0"))
    planned = _read_planned(champion, paths)
    assert planned is not None
    assert _read_planned(other, paths) is None
    given = replace(audience, customers=customers), pd.DataFrame(columns=["customer_id", "offer"]), composed
    assert "план его не посылает" in _tell_offer(*given, planned.head(0))
    assert "Плана по этой модели здесь нет" in _tell_offer(*given, None)
    planned.astype({"customer_id": str}).assign(campaign="1", month="2026-09").to_parquet(paths.launched)
    assert _read_planned(other, paths) is not None
