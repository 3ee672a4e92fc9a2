"""New exports by the champion: alone as in company, the champion's own numbers, and nothing lost on an error."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from distributed import Client, LocalCluster

from retention.errors import UserError
from retention.learning.model.model_file import read_model
from retention.registry import scoring
from retention.registry.promotion import promote, roll_back
from retention.registry.scoring import plan_contacts, score
from retention.simulate import write_shop
from retention.stages import segment
from retention.tables.roles import list_roles

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(make_shop: Callable[..., Any], recipes: dict[str, Any]) -> Any:
    """Version 1, the good model, is champion; version 2 is published as well."""
    made = make_shop()
    made.fit(recipes["good"])
    made.register()
    kept = (made.paths.model, made.paths.fold_models, made.paths.offers, made.paths.learnt_probabilities)
    for path in (*kept, made.paths.probabilities, made.paths.learnt):
        shutil.copyfile(path, made.paths.root / f"champion_{path.name}")
    made.fit(recipes["poor"])
    made.register()
    return made


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another month's customers, without the label's column."""
    folder = tmp_path_factory.mktemp("exports")
    write_shop(folder, customers=150, seed=3, truth=None)
    path = folder / "market_file.csv"
    pd.read_csv(path, dtype=str).drop(columns="Покупательская активность").to_csv(path, index=False)
    return folder


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, encoding="utf-8-sig", keep_default_na=False)


def _keep(exports: Path, folder: Path, ids: list[int]) -> Path:
    """Copy the exports with some customers only."""
    for file in exports.iterdir():
        separator = ";" if file.name == "money.csv" else ","
        frame = pd.read_csv(file, dtype=str, sep=separator)
        frame[frame["id"].astype(int).isin(ids)].to_csv(folder / file.name, index=False, sep=separator)
    return folder


def test_whoever_is_not_scored_is_told_and_listed(shop: Any, exports: Path, tmp_path: Path) -> None:
    shutil.copytree(exports, tmp_path / "spoiled")
    money = tmp_path / "spoiled" / "money.csv"
    money.write_bytes(money.read_bytes() + b"1;2,5\r\n2;2,5\r\n")  # two customers whom the main export lacks
    first = score(tmp_path / "spoiled", tmp_path / "out", shop.settings, shop.paths)[0]
    read, kept, _, excluded, unusable, rows = map(int, re.findall(r"\d+", first))
    listed = _read(tmp_path / "out" / "quarantine.csv")
    assert (read, unusable, rows) == (150, 0, len(listed)) and kept + excluded == read
    assert listed["reason"].value_counts().to_dict() == {"unknown_customer": 2, "inactive": excluded}
    assert len(_read(tmp_path / "out" / "probabilities.csv")) == kept


def test_lists_are_the_same_in_portions_of_any_size_and_by_any_number_of_workers(
    shop: Any, exports: Path, tmp_path: Path
) -> None:
    shutil.copytree(exports, tmp_path / "spoiled")
    for name in ("market_file.csv", "market_money.csv", "money.csv"):
        header, *rows = (tmp_path / "spoiled" / name).read_text(encoding="utf-8").splitlines(keepends=True)
        if name == "market_file.csv":  # a customer twice, far apart
            rows.append(rows[0].replace("стандарт", "премиум", 1) if "стандарт" in rows[0] else rows[0])
        elif name == "money.csv":  # rows in another order, without a customer, of an unknown one
            rows = [*rows[::-1], ";2,5\r\n", "1;2,5\r\n"]
        else:
            rows = [*rows[60:], *rows[:60]]
        (tmp_path / "spoiled" / name).write_text("".join([header, *rows]), encoding="utf-8", newline="")
    told, made = [], []
    for place, (at_once, workers) in enumerate([(1000, 1), (40, 1), (64, 2)]):
        out, runtime = tmp_path / str(place), shop.settings.runtime.model_copy(update={"workers": workers})
        told.append(
            score(tmp_path / "spoiled", out, shop.settings.model_copy(update={"runtime": runtime}), shop.paths, at_once)
        )
        made.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert made[0] == made[1] == made[2]
    assert [lines[0] for lines in told] == [told[0][0]] * 3
    assert made[0]["quarantine.csv"].count(b"\n") > 3


def test_what_a_killed_run_left_goes_and_a_running_one_is_not_disturbed(
    shop: Any, exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / ".out.unfinished"
    left.mkdir()
    (left / "customers.0.parquet").write_bytes(b"torn")

    def meet(*told: Any) -> Any:
        with pytest.raises(UserError, match=r"Another `retention score` writes to .*out: wait for it"):
            score(exports, tmp_path / "out", shop.settings, shop.paths)
        return plan_contacts(*told)

    monkeypatch.setattr(scoring, "plan_contacts", meet)
    score(exports, tmp_path / "out", shop.settings, shop.paths)
    assert {path.name for path in tmp_path.iterdir()} == {"out"}


@pytest.mark.filterwarnings("default::ResourceWarning")
def test_a_cluster_writes_the_lists_of_one_process(
    shop: Any, exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the workers are elsewhere
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        for name, scheduler in (("alone", None), ("together", cluster.scheduler_address)):
            runtime = shop.settings.runtime.model_copy(update={"workers": 1, "scheduler": scheduler})
            settings = shop.settings.model_copy(update={"runtime": runtime})
            score(exports, Path(name), settings, shop.paths, at_once=40)
        with Client(cluster) as client:
            assert len({owner for owners in client.who_has().values() for owner in owners}) == 0  # nothing stays
    made = [{path.name: path.read_bytes() for path in Path(name).iterdir()} for name in ("alone", "together")]
    assert made[0] == made[1] and len(made[0]) > 5


def test_new_customers_are_watched_if_those_learnt_from_are_here(shop: Any, exports: Path, tmp_path: Path) -> None:
    made_from = shop.paths.root / "champion_learnt.parquet"
    kept = shop.paths.learnt.read_bytes()
    try:
        shutil.copyfile(made_from, shop.paths.learnt)
        told = score(exports, tmp_path / "out", shop.settings, shop.paths)[-1]
        assert re.match(r"Watch: (fine|look|retrain)\. .*ROC-AUC", told)
        shop.paths.learnt.unlink()
        told = score(exports, tmp_path / "out", shop.settings, shop.paths)[-1]
        assert told.startswith("Watch: cannot tell. The customers that the model learnt from are not on this machine")
    finally:
        shop.paths.learnt.write_bytes(kept)


def test_lists_and_plan_are_replaced_together_or_not_at_all(
    shop: Any, exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("no space left")

    out = tmp_path / "out"
    score(exports, out, shop.settings, shop.paths)
    assert {"offers.csv", "planned.parquet", "scored.json"} <= {path.name for path in out.iterdir()}
    for path in out.iterdir():
        path.write_bytes(b"former")
    for name in ("write_csv", "write_table", "write_artifact"):
        with monkeypatch.context() as patched:
            patched.setattr(scoring, name, fail)
            with pytest.raises(OSError, match="no space left"):
                score(exports, out, shop.settings, shop.paths)
        assert {path.read_bytes() for path in out.iterdir()} == {b"former"}


def test_customers_alone_get_what_they_get_in_company(shop: Any, exports: Path, tmp_path: Path) -> None:
    score(exports, tmp_path / "all", shop.settings, shop.paths)
    together = {
        name: _read(tmp_path / "all" / name).set_index("customer_id") for name in ("probabilities.csv", "segments.csv")
    }
    assert len(together["probabilities.csv"]) > 100
    assert len(_read(tmp_path / "all" / "offers.csv")) > 5
    assert set(together["segments.csv"]["best_offer"]) > {""}
    for number in [*together["segments.csv"].index[:3], together["segments.csv"].index[-1]]:
        (folder := tmp_path / f"only{number}").mkdir()
        score(_keep(exports, folder, [number]), tmp_path / f"out{number}", shop.settings, shop.paths)
        for name, frame in together.items():
            alone = _read(tmp_path / f"out{number}" / name).set_index("customer_id")
            pd.testing.assert_frame_equal(alone, frame.loc[[number]])


def test_a_contact_alone_is_told_the_same_reasons_as_in_company(shop: Any, exports: Path, tmp_path: Path) -> None:
    single = shop.settings.plan.model_copy(update={"least_customers": 1})
    settings = shop.settings.model_copy(update={"plan": single})
    score(exports, tmp_path / "all", settings, shop.paths)
    together = _read(tmp_path / "all" / "offers.csv").set_index("customer_id").drop(columns="plan")
    assert (together["internal_reason_1"] != "").all()
    number = int(together.index[0])
    (folder := tmp_path / "only").mkdir()
    score(_keep(exports, folder, [number]), tmp_path / "alone", settings, shop.paths)
    alone = _read(tmp_path / "alone" / "offers.csv").set_index("customer_id").drop(columns="plan")
    # as they are written: alone, a parameter that is a number would be read as one
    pd.testing.assert_frame_equal(alone.astype("str"), together.loc[[number]].astype("str"))


def test_customers_of_the_training_get_what_the_pipeline_gave_them(shop: Any, tmp_path: Path) -> None:
    score(shop.paths.data, tmp_path / "out", shop.settings, shop.paths)
    columns = ["internal_reason_1", "internal_reason_2", "internal_reason_3"]
    told = _read(tmp_path / "out" / "offers.csv").set_index("customer_id")[columns]
    made = _read(shop.paths.root / "champion_offers.csv").set_index("customer_id")[columns]
    both = told.index.intersection(made.index)
    assert len(both) > 20
    pd.testing.assert_frame_equal(told.loc[both], made.loc[both])
    scored = _read(tmp_path / "out" / "probabilities.csv").set_index("customer_id")["decline_probability"]
    known = pd.read_parquet(shop.paths.root / "champion_probabilities.parquet").set_index("customer_id")
    both = scored.index.intersection(known.index)  # one customer is no regular one, and is scored all the same
    pd.testing.assert_series_equal(scored.loc[both], known["decline_probability"].loc[both], atol=2e-9)


def test_an_offer_that_is_set_later_is_known_once_the_pipeline_has_run(
    make_shop: Callable[..., Any], recipes: dict[str, Any], exports: Path, tmp_path: Path
) -> None:
    made = make_shop()
    made.fit(recipes["good"])
    made.register()
    params = yaml.safe_load(made.paths.params.read_text())
    params["offer"]["another"] = next(iter(params["offer"].values()))
    made.paths.params.write_text(yaml.safe_dump(params, allow_unicode=True, sort_keys=False))
    with pytest.raises(UserError, match=r"offer\.another was not there"):
        score(exports, tmp_path / "early", made.settings, made.paths)
    segment.run(made.settings, made.paths)
    assert made.register() == 1  # the model is the same
    score(exports, tmp_path / "late", made.settings, made.paths)
    assert not (tmp_path / "early").exists()
    assert (tmp_path / "late" / "offers.csv").exists()


def test_it_is_the_champion_that_scores_before_and_after_a_rollback(shop: Any, exports: Path, tmp_path: Path) -> None:
    from retention.tables.customers import read_customers

    settings = shop.settings
    score(exports, tmp_path / "first", settings, shop.paths)
    first = (tmp_path / "first" / "probabilities.csv").read_bytes()
    customers = read_customers(exports, settings.tables, "pandas", labelled=False).frame
    models = [read_model(shop.paths.root / "champion_model.skops", [])]
    models += read_model(shop.paths.root / "champion_fold_models.skops", [])
    known = pd.read_parquet(shop.paths.root / "champion_probabilities.parquet").set_index("customer_id")["fold"]
    fold = known.reindex(customers["customer_id"], fill_value=0).to_numpy()
    given = np.array(
        [model.predict_proba(customers[list(list_roles(settings.tables.columns).names)])[:, 1] for model in models]
    )
    expected = given[fold, np.arange(len(fold))]
    assert 0 < (fold == 0).sum() < len(fold)
    scored = _read(tmp_path / "first" / "probabilities.csv")["decline_probability"]
    np.testing.assert_allclose(scored, expected, atol=1e-9)

    promote(settings, shop.paths, force=True, reason="to see it score")
    score(exports, tmp_path / "second", settings, shop.paths)
    assert (tmp_path / "second" / "probabilities.csv").read_bytes() != first
    roll_back(settings, shop.paths)
    score(exports, tmp_path / "third", settings, shop.paths)
    assert (tmp_path / "third" / "probabilities.csv").read_bytes() == first


def test_an_error_leaves_what_is_there(shop: Any, exports: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    score(exports, out, shop.settings, shop.paths)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    file = shop.find_model_file(shop.find_champion())
    content = file.read_bytes()
    file.write_bytes(content + b"x")
    with pytest.raises(UserError, match="sha256"):
        score(exports, out, shop.settings, shop.paths)
    file.write_bytes(content)
    with pytest.raises(UserError, match="missing"):
        score(tmp_path, out, shop.settings, shop.paths)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
