"""params.yaml and conf/ agree, and a mistake in a setting is named."""

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from retention.errors import UserError
from retention.settings import check_params, compose_params, parse_settings


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
    ],
)
def test_a_wrong_setting_is_named(content: dict[str, Any], key: str, value: Any, said: str) -> None:
    with pytest.raises(UserError) as error:
        parse_settings(_changed(content, key, value))
    assert said in str(error.value)


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
    with pytest.raises(UserError, match=r"split\.test_share"):
        compose_params(project / "conf", target, ["split.test_share=2"])
    assert target.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [target]


def test_an_override_of_no_setting_is_named(project: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"unknown setting search\.n_trails \(the nearest is .n_trials.\)"):
        compose_params(project / "conf", tmp_path / "params.yaml", ["search.n_trails=3"])


def test_help_imports_nothing_heavy(project: Path) -> None:
    code = "import sys, retention.cli; print(sorted({'numpy','pandas','mlflow','sklearn','hydra'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=project)
    assert done.stdout.strip() == "[]"
