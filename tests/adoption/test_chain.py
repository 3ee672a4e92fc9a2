"""From exports that nobody has seen before to the report: adopt, one line of settings, run."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ..whole.conftest import clone, command_in
from .shops import write_orders_shop, write_plain_shop

pytestmark = pytest.mark.slow

TELCO = Path(__file__).parents[3] / "shared" / "data" / "telco"
SHOPS: dict[str, Callable[[Path], None]] = {"orders": write_orders_shop, "plain": write_plain_shop}


def _run_chain(project: Path, exports: Path, folder: Path) -> Path:
    """Adopt `exports` in a copy of the project as the page on adopting says, and run all stages with a quick search."""
    copy = clone(project, folder / "retention")
    run = command_in(copy)
    told = run(f"retention adopt {exports} --name mine").stdout
    assert "can be used" in told and "- shop: mine" in told
    config = copy / "conf" / "config.yaml"
    settings = config.read_text(encoding="utf-8")
    assert settings.count("- shop: one_click") == settings.count("- search: default") == 1
    config.write_text(
        settings.replace("- shop: one_click", "- shop: mine").replace("- search: default", "- search: quick"),
        encoding="utf-8",
    )
    run(f"retention params && retention params --check && retention use {exports} && dvc repro && retention summary")
    return copy / "artifacts"


def _check(artifacts: Path, least: float) -> None:
    metrics = json.loads((artifacts / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["roc_auc"] > least
    report = (artifacts / "report" / "report.html").read_text(encoding="utf-8")
    assert len(report) > 100_000
    assert len((artifacts / "offers.csv").read_text(encoding="utf-8-sig").splitlines()) > 10


@pytest.mark.parametrize("shop", SHOPS)
def test_a_made_up_shop_is_adopted_and_run(project: Path, tmp_path: Path, shop: str) -> None:
    SHOPS[shop](tmp_path / "exports")
    _check(_run_chain(project, tmp_path / "exports", tmp_path), 0.75)


@pytest.mark.skipif(not TELCO.is_dir(), reason="the public table is not beside the project")
def test_a_telephone_company_is_adopted_and_run(project: Path, tmp_path: Path) -> None:
    _check(_run_chain(project, TELCO, tmp_path), 0.8)
