"""Requests that arrive together are one prediction; one that cannot be predicted does not spoil the others."""

import asyncio
from collections.abc import Sequence

import pytest

from retention.registry.service.batching import Batcher, Row


async def _ask(batcher: Batcher, requests: Sequence[list[Row]]) -> list[object]:
    work = asyncio.create_task(batcher.run())
    try:
        return list(await asyncio.gather(*(batcher.predict(rows) for rows in requests), return_exceptions=True))
    finally:
        work.cancel()


def test_what_arrives_together_is_predicted_together_and_handed_out_in_order() -> None:
    sizes = []

    def predict(rows: Sequence[Row]) -> list[float]:
        sizes.append(len(rows))
        return [float(row["a"]) for row in rows]  # type: ignore[arg-type]

    requests = [[{"a": 10 * number + place} for place in range(number % 3 + 1)] for number in range(50)]
    found = asyncio.run(_ask(Batcher(predict), requests))
    assert found == [[row["a"] for row in rows] for rows in requests]
    assert len(sizes) < 5
    assert sum(sizes) == sum(map(len, requests))


def test_one_that_fails_fails_alone() -> None:
    def predict(rows: Sequence[Row]) -> list[float]:
        if any(row["a"] == "bad" for row in rows):
            raise ValueError("no such category")
        return [0.5] * len(rows)

    found = asyncio.run(_ask(Batcher(predict), [[{"a": "good"}], [{"a": "bad"}], [{"a": "good"}]]))
    assert found[0] == found[2] == [0.5]
    assert isinstance(found[1], ValueError)


@pytest.mark.parametrize("gone", [0, 1])
def test_who_has_gone_holds_nobody_up(gone: int) -> None:
    async def leave() -> list[float]:
        batcher = Batcher(lambda rows: [1.0] * len(rows))
        asked = [asyncio.create_task(batcher.predict([{"a": 1}])) for _ in range(2)]
        await asyncio.sleep(0)
        asked[gone].cancel()
        work = asyncio.create_task(batcher.run())
        found = await asyncio.wait_for(asked[1 - gone], 5)
        work.cancel()
        return list(found)

    assert asyncio.run(leave()) == [1.0]
