"""Segment figures against a second computation."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from retention.audience.discovery.found_segments import FoundSummary
from retention.audience.segments.profile import Figures, adjust, compare_columns, compute_profile, order_drivers
from retention.audience.segments.summary import Happened, summarise_segments
from retention.estimate import compute_mean, compute_share

FIGURES = Figures(horizon_months=3, loss_share=0.5, confidence=0.95, minimum_support=30)


def test_profile_is_what_the_rows_say(customers, roles) -> None:
    shop = customers(120)
    shop.loc[:3, "favourite_category"] = "home_textile"  # four customers
    found = compute_profile(shop, FIGURES, roles)
    assert found.decline_rate is None  # labels are those of the months learnt from
    assert found.mean_probability.value == pytest.approx(np.mean(shop["decline_probability"].tolist()))
    at_risk = sum(p * m * 3 * 0.5 for p, m in zip(shop["decline_probability"], shop["monthly_profit"], strict=True))
    assert found.profit_at_risk == pytest.approx(at_risk)
    assert found.consent_share == pytest.approx(sum(shop["accepts_messages"] == "yes") / 120)
    assert sum(category.support for category in found.favourite_categories) == 120
    change = (shop["revenue_current"].sum() - shop["revenue_before_previous"].sum()) / shop[
        "revenue_before_previous"
    ].sum()
    assert found.months["revenue"].change.value == pytest.approx(change)
    assert found.months["minutes"].means["minutes_current"] == pytest.approx(shop["minutes_current"].mean())
    for category in found.favourite_categories:
        group = shop[shop["favourite_category"] == category.key]
        assert (not category.months) == (category.key == "home_textile")
        if category.months:
            means = category.months["revenue"].means
            assert means["revenue_previous"] == pytest.approx(group["revenue_previous"].mean())


def test_intervals_cover_as_often_as_they_say() -> None:
    rng = np.random.default_rng(0)
    samples = rng.exponential(2.0, (400, 60))
    means = [compute_mean(row, 0.9) for row in samples]
    shares = [compute_share(int((row < 1).sum()), 60, 0.9) for row in samples]
    assert 0.85 < np.mean([found.low <= 2.0 <= found.high for found in means]) < 0.94
    truth = 1 - np.exp(-0.5)
    assert 0.86 < np.mean([found.low <= truth <= found.high for found in shares]) < 0.96


def test_effect_sizes_against_scipy(customers) -> None:
    shop = customers()
    member = (shop["promo_share"] > 0.6).to_numpy()
    shop.loc[member, "pages_per_visit"] += 4
    found = {
        item.column: item
        for item in compare_columns(shop, member, ["promo_share", "pages_per_visit", "service_level"], ["promo_share"])
    }
    inside, outside = shop["pages_per_visit"][member], shop["pages_per_visit"][~member]
    assert found["pages_per_visit"].p_value == pytest.approx(stats.ttest_ind(inside, outside, equal_var=False).pvalue)
    table = pd.crosstab(shop["service_level"], member)
    chi2 = stats.chi2_contingency(table, correction=False).statistic
    corrected = max(chi2 / 200 - 1 / 199, 0) / (2 - 1 / 199 - 1)  # Bergsma (2013) for a table of two by two
    assert found["service_level"].effect == pytest.approx(np.sqrt(corrected))
    assert found["promo_share"].by_definition and not found["pages_per_visit"].by_definition
    pooled = np.sqrt((inside.var() * (len(inside) - 1) + outside.var() * (len(outside) - 1)) / (len(shop) - 2))
    assert found["pages_per_visit"].effect == pytest.approx((inside.mean() - outside.mean()) / pooled)


def test_correction_takes_all_segments_together(customers) -> None:
    shop = customers(400, seed=5)
    rng = np.random.default_rng(1)
    found = {
        str(k): compare_columns(shop, rng.random(400) < 0.5, ["promo_share", "unpaid_items", "tenure_days"], [])
        for k in range(30)
    }
    raw = sorted(item.p_value for items in found.values() for item in items)
    assert raw[0] < 0.05  # so many comparisons of nothing find something
    adjusted = adjust(found)
    assert min(item.p_adjusted for items in adjusted.values() for item in items) > 0.05
    smallest = min(raw[k] * len(raw) / (k + 1) for k in range(len(raw)))
    assert min(item.p_adjusted for items in adjusted.values() for item in items) == pytest.approx(smallest)

    certain = compare_columns(shop, (shop["promo_share"] > 0.5).to_numpy(), ["promo_share"], ["promo_share"])
    again = adjust({**found, "first": certain})
    assert {key: again[key] for key in found} == adjusted  # what holds by definition is no discovery


def test_drivers_are_in_the_order_of_how_far_they_move_the_output() -> None:
    parts = pd.DataFrame({"b": [0.2, -0.2], "weak": [0.3, 0.0], "strong": [-0.9, 0.1], "a": [0.2, 0.2]})
    assert order_drivers(parts) == ("strong", "a", "b", "weak")


def test_too_few_customers_give_no_numbers(customers, segment, offer, plan, gather, roles) -> None:
    shop = customers()
    bound = float(np.sort(shop["monthly_profit"])[-5])
    segments = {
        "few": segment({"column": "monthly_profit", "at_least": bound}),
        "none": segment({"column": "monthly_profit", "above": 1e9}),
        "many": segment({"column": "monthly_profit", "below": bound}),
    }
    audience = gather(shop, segments, {"deal": offer()}, plan())
    parts = shop[list(roles.numeric)]
    pushes = parts, (parts > parts.median()).astype(int)
    learnt = shop.assign(declined=1 - shop["declined"])  # other customer-months than those who are described
    happened = Happened(learnt["declined"].to_numpy(), learnt["unit"].to_numpy(), audience.members, ())
    nothing = FoundSummary(searched=0, halves=20, required=0.7, overlap=0.6, rules=())
    summary = summarise_segments(audience, segments, pushes, FIGURES, nothing, happened, {})
    few, many, none = (next(entry for entry in summary.segments if entry.key == key) for key in ("few", "many", "none"))
    assert (few.support, few.too_few, none.support) == (5, True, 0)
    assert [few.decline_rate, few.mean_probability, few.profit_at_risk, few.consent_share] == [None] * 4
    assert few.drivers == few.differs == many.differs == ()  # the rest of "many" is too small
    assert many.decline_rate.value == pytest.approx(learnt[shop["monthly_profit"] < bound]["declined"].mean())
