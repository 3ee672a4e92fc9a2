from pathlib import Path

import pandas as pd
import pytest
from pydantic import ValidationError

from retention.exploration.distributions import CategoricalColumn
from retention.exploration.exploration import ROW_ORDER, Exploration, Roles, explore
from retention.exploration.pictures import WORDS, Labels, draw_pictures
from retention.exploration.settings import ExploreSettings
from retention.files import read_artifact, rounded, write_artifact
from retention.settings import Settings

LABELS = Labels("ru", column=lambda name: name, value=lambda _, key: key)


@pytest.fixture
def exploration(customers: pd.DataFrame, roles: Roles, composed: Settings) -> Exploration:
    return explore(customers, roles, composed.explore, seed=1)


def test_every_column_is_described(exploration: Exploration, customers: pd.DataFrame) -> None:
    assert set(exploration.columns) == {
        "visits",
        "basket",
        "revenue_first",
        "revenue_last",
        "profit",
        "category",
    }
    assert (exploration.customers, exploration.declined) == (400, customers["declined"].sum())


def test_the_identifier_and_the_order_of_rows_are_audited(exploration: Exploration) -> None:
    audited = {leak.column: leak.verdict for leak in exploration.leaks}
    assert audited.keys() == {*exploration.columns, "customer_id", ROW_ORDER}
    assert audited["customer_id"] == audited[ROW_ORDER] == "none"


def test_an_export_sorted_by_the_label_is_noticed(customers: pd.DataFrame, roles: Roles, composed: Settings) -> None:
    found = explore(customers.sort_values("declined"), roles, composed.explore, seed=1)
    assert {leak.column: leak.verdict for leak in found.leaks}[ROW_ORDER] == "leak"


def test_it_is_read_as_it_was_written(exploration: Exploration, tmp_path: Path) -> None:
    write_artifact(tmp_path / "exploration.json", exploration)
    read = read_artifact(tmp_path / "exploration.json", Exploration)
    assert rounded(read) == rounded(exploration)
    assert isinstance(read.columns["category"], CategoricalColumn)


def test_it_is_the_same_twice(
    exploration: Exploration, customers: pd.DataFrame, roles: Roles, composed: Settings
) -> None:
    before = customers.copy()
    assert explore(customers, roles, composed.explore, seed=1) == exploration
    pd.testing.assert_frame_equal(customers, before)


def test_pictures_are_png_and_the_same_twice(exploration: Exploration) -> None:
    first, second = (draw_pictures(exploration, LABELS, "category") for _ in range(2))
    assert first == second
    assert sorted(first) == [f"{name}.ru.png" for name in ("categories", "distributions", "leaks", "phik", "revenue")]
    assert all(picture.startswith(b"\x89PNG") for picture in first.values())


def test_pictures_speak_both_languages() -> None:
    assert all(text.ru != text.en for text in WORDS.values())


def test_a_leak_is_more_than_a_suspicion(composed: Settings) -> None:
    with pytest.raises(ValidationError, match="must not exceed"):
        ExploreSettings(**composed.explore.model_dump() | {"leak_suspicious": 0.96, "leak_certain": 0.95})
