"""params.yaml and conf/ agree, and a mistake in a setting is named."""

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from retention.errors import UserError
from retention.settings import check_params, compose_params, parse_settings, read_settings
from retention.tables.roles import list_roles


@pytest.fixture(scope="module")
def content(project: Path) -> dict[str, Any]:
    return yaml.safe_load((project / "params.yaml").read_text(encoding="utf-8"))


def test_params_are_what_conf_composes(project: Path, tmp_path: Path) -> None:
    compose_params(project / "conf", tmp_path / "params.yaml", [])
    assert (tmp_path / "params.yaml").read_text() == (project / "params.yaml").read_text()


def _changed(content: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(content)
    *parents, last = key.split(".")
    place = changed
    for parent in parents:
        place = place[parent]
    place[last] = value
    return changed


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("sead", 1, 'unknown setting sead (the nearest is "seed")'),
        ("search.n_trial", 1, 'nearest is "n_trials"'),
        ("model.knn.serch", {}, 'nearest is "search"'),
        ("split.test_share", 1.5, "split.test_share = 1.5: input should be less than 1"),
        ("seed", -1, "seed = -1"),
        ("report.language", "fr", "'ru' or 'en'"),
        ("offer.stickers.segments", ["promo_buyer"], "offer.stickers.segments: there is no segment 'promo_buyer' ("),
    ],
)
def test_a_wrong_setting_is_named(content: dict[str, Any], key: str, value: Any, said: str) -> None:
    with pytest.raises(UserError) as error:
        parse_settings(_changed(content, key, value))
    assert said in str(error.value)


def test_a_file_that_conf_lacks_is_named_and_params_stay(project: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'there is no shop/one_clik\.yaml \(the nearest is "one_click"\)'):
        compose_params(project / "conf", tmp_path / "params.yaml", ["shop=one_clik"])
    assert not (tmp_path / "params.yaml").exists()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"seed: 1\n  bad: [", r'not allowed here in ".*config\.yaml", line 2'),
        (b"# \xe0\xe1\xe2\nseed: 1\n", r"config\.yaml is not in UTF-8"),
        (b"seed: ${nope}\n", "'nope' not found"),
        (b"# nothing\n", r"config\.yaml is empty"),
    ],
)
def test_a_file_of_conf_that_cannot_be_read_is_a_sentence(tmp_path: Path, written: bytes, said: str) -> None:
    (tmp_path / "config.yaml").write_bytes(written)
    with pytest.raises(UserError, match=said):
        compose_params(tmp_path, tmp_path / "params.yaml", [])


def test_settings_that_conf_does_not_give_are_told_and_kept(project: Path, tmp_path: Path) -> None:
    applied = tmp_path / "params.yaml"
    compose_params(project / "conf", applied, ["seed=7", "model=[knn]"])
    before = applied.read_bytes()
    with pytest.raises(UserError, match=r"seed is 7, conf/ gives 42.*`dvc repro` runs with params.yaml as it stands"):
        check_params(project / "conf", applied)
    assert applied.read_bytes() == before
    compose_params(project / "conf", applied, [])
    check_params(project / "conf", applied)


def test_a_failed_composition_leaves_params_alone(project: Path, tmp_path: Path) -> None:
    target = tmp_path / "params.yaml"
    target.write_text("as it was")
    with pytest.raises(UserError, match=r"conf/ with split\.test_share=2: split\.test_share = 2.*Mend that"):
        compose_params(project / "conf", target, ["split.test_share=2"])
    assert target.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("shop", ["one_click", "telco"])
def test_a_shop_says_all_that_is_asked_of_one(project: Path, tmp_path: Path, shop: str) -> None:
    compose_params(project / "conf", tmp_path / "params.yaml", [f"shop={shop}"])
    settings = read_settings(tmp_path / "params.yaml")
    roles = list_roles(settings.tables.columns)
    assert set(settings.reason) == set(roles.names)
    columns = settings.tables.columns.values()
    texts = [text for column in columns for text in (column.label, column.unit, *column.values.values()) if text]
    texts += [
        text for part in (*settings.segment.values(), *settings.offer.values()) for text in (part.name, part.text)
    ]
    assert all(text["ru"].strip() and text["en"].isascii() for text in texts)
    assert settings.segment and settings.offer


def test_one_line_chooses_the_shop(project: Path) -> None:
    shops = {file.stem for file in (project / "conf" / "shop").glob("*.yaml")}
    assert shops == {file.name for file in (project / "conf" / "shop").iterdir() if file.is_dir()}
    defaults = yaml.safe_load((project / "conf" / "config.yaml").read_text(encoding="utf-8"))["defaults"]
    assert [entry["shop"] in shops for entry in defaults if "shop" in entry] == [True]


def test_an_override_of_no_setting_is_named(project: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"unknown setting search\.n_trails \(the nearest is .n_trials.\)"):
        compose_params(project / "conf", tmp_path / "params.yaml", ["search.n_trails=3"])


def test_help_imports_nothing_heavy(project: Path) -> None:
    code = "import sys, retention.cli; print(sorted({'numpy','pandas','mlflow','sklearn','hydra'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=project)
    assert done.stdout.strip() == "[]"
