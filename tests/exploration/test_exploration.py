from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from retention.exploration.distributions import CategoricalColumn
from retention.exploration.exploration import ROW_ORDER, Exploration, explore
from retention.exploration.settings import ExploreSettings
from retention.files import read_artifact, rounded, write_artifact
from retention.settings import Settings
from retention.tables.columns import PROFIT
from retention.tables.roles import ColumnRoles


@pytest.fixture
def exploration(customers: pd.DataFrame, roles: ColumnRoles, composed: Settings) -> Exploration:
    return explore(customers, roles, composed.explore, seed=1)


def test_every_column_is_described(exploration: Exploration, customers: pd.DataFrame) -> None:
    assert set(exploration.columns) == {
        "visits",
        "basket",
        "spent_first",
        "spent_last",
        PROFIT,
        "category",
    }
    assert (exploration.customers, exploration.declined) == (400, customers["declined"].sum())


def test_the_identifier_and_the_order_of_rows_are_audited(exploration: Exploration) -> None:
    audited = {leak.column: leak.verdict for leak in exploration.leaks}
    assert audited.keys() == {*exploration.columns, "customer_id", ROW_ORDER}
    assert audited["customer_id"] == audited[ROW_ORDER] == "none"


def test_an_export_sorted_by_the_label_is_noticed(
    customers: pd.DataFrame, roles: ColumnRoles, composed: Settings
) -> None:
    found = explore(customers.sort_values("declined"), roles, composed.explore, seed=1)
    assert {leak.column: leak.verdict for leak in found.leaks}[ROW_ORDER] == "leak"


def test_it_is_read_as_it_was_written(exploration: Exploration, tmp_path: Path) -> None:
    write_artifact(tmp_path / "exploration.json", exploration)
    read = read_artifact(tmp_path / "exploration.json", Exploration)
    assert rounded(read) == rounded(exploration)
    assert isinstance(read.columns["category"], CategoricalColumn)


def test_it_is_the_same_twice(
    exploration: Exploration, customers: pd.DataFrame, roles: ColumnRoles, composed: Settings
) -> None:
    before = customers.copy()
    assert explore(customers, roles, composed.explore, seed=1) == exploration
    pd.testing.assert_frame_equal(customers, before)


def test_a_shop_without_money_months_and_numbers_is_described_too(
    customers: pd.DataFrame, roles: ColumnRoles, composed: Settings
) -> None:
    nothing = {"money": False, "favourite_category": None, "series": {}, "features": {"category": "category"}}
    found = explore(customers, roles.model_copy(update=nothing), composed.explore, seed=1)
    assert (list(found.columns), found.vif, found.series) == (["category"], {}, {})


def test_empty_cells_are_counted_and_left_out(customers: pd.DataFrame, roles: ColumnRoles, composed: Settings) -> None:
    holes = customers.copy()
    holes.loc[::4, ["visits", "spent_last"]], holes.loc[::3, "category"] = np.nan, None
    found = explore(holes, roles, composed.explore, seed=1)
    assert (found.columns["visits"].missing, found.columns["category"].missing) == (100, 134)
    assert set(found.vif) == set(roles.numeric)
    assert all(factor < 10 for factor in found.vif.values())
    known = holes.dropna(subset="spent_last")
    trend = found.series["spent"].overall
    assert trend.change.value == pytest.approx(known["spent_last"].sum() / known["spent_first"].sum() - 1)
    assert {"visits", "category"} < set(found.phik.columns)


def test_a_leak_is_more_than_a_suspicion(composed: Settings) -> None:
    with pytest.raises(ValidationError, match="must not exceed"):
        ExploreSettings(**composed.explore.model_dump() | {"leak_suspicious": 0.96, "leak_certain": 0.95})


def test_of_many_rows_associations_and_leaks_are_looked_for_in_a_sample(
    exploration: Exploration, customers: pd.DataFrame, roles: ColumnRoles, composed: Settings
) -> None:
    found = explore(customers, roles, composed.explore.model_copy(update={"rows": 200}), seed=1)
    assert (found.looked_at, exploration.looked_at) == (200, None)
    assert found.columns == exploration.columns
    assert found.twins == exploration.twins
    assert found.phik != exploration.phik
    few, all_ = ({leak.column: leak.roc_auc for leak in one.leaks} for one in (found, exploration))
    assert few == pytest.approx(all_, abs=0.15)
