"""The gate asked after every publishing: the champion moves or stays by it, and the ledger holds the moves."""

from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from retention.cli import app
from retention.registry.listing import list_history

pytestmark = pytest.mark.slow


def test_each_published_model_is_judged(
    make_shop: Callable[..., Any], recipes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = make_shop("gate.automatic=true")
    monkeypatch.chdir(shop.paths.root)
    monkeypatch.setattr("retention.stages.publish.run", lambda *_: shop.register())

    def publish(recipe: str) -> str:
        shop.fit(recipes[recipe])
        done = CliRunner().invoke(app, ["publish"], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    assert "Version 1 is champion already" in publish("poor")
    assert "Version 2 is champion now (promotion)" in publish("good")
    assert "Version 2 stays champion (keep)" in publish("poor")
    assert shop.find_champion() == 2
    (move,) = list_history(shop.settings, shop.paths)
    assert "promotion 1 → 2" in move
    assert "the gate, asked after publishing [promote: comparable passed" in move
