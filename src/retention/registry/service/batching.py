"""Gathers what arrives within a few milliseconds into one prediction: 50 cost a forest little more than one."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from retention.registry.service.messages import Row

WINDOW = 0.002  # seconds that the first request of a batch waits for others
LARGEST = 2000  # customers in a batch of several requests

Predict = Callable[[Sequence[Row]], Sequence[float]]
_Waiting = tuple[Sequence[Row], asyncio.Future[Sequence[float]]]


class Batcher:
    """A queue of requests before one thread that predicts: `predict` is never called twice at a time."""

    def __init__(self, predict: Predict) -> None:
        self._predict = predict
        self._waiting: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._thread = ThreadPoolExecutor(1)

    async def predict(self, rows: Sequence[Row]) -> Sequence[float]:
        """Return the probabilities of a request's rows; raises what `predict` raises for them."""
        future: asyncio.Future[Sequence[float]] = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, future))
        self._arrived.set()
        return await future

    async def run(self) -> None:
        """Predict for ever, a batch after the other; while one is predicted, the next one gathers."""
        while True:
            await self._arrived.wait()
            await asyncio.sleep(WINDOW)
            while batch := self._take():
                await self._answer(batch)
            self._arrived.clear()

    def _take(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size = 0
        while self._waiting and (not batch or size + len(self._waiting[0][0]) <= LARGEST):
            batch.append(self._waiting.popleft())
            size += len(batch[-1][0])
        return batch

    async def _answer(self, batch: list[_Waiting]) -> None:
        rows = [row for one, _ in batch for row in one]
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._thread, self._predict, rows)
        except Exception as error:  # noqa: BLE001 -- whoever waits is told, whatever it is
            if len(batch) == 1:
                _settle(batch[0][1], error)
            else:  # one that the model cannot take must not spoil the others
                for alone in batch:
                    await self._answer([alone])
            return
        start = 0
        for one, future in batch:
            _settle(future, found[start : start + len(one)])
            start += len(one)


def _settle(future: asyncio.Future[Sequence[float]], found: Sequence[float] | Exception) -> None:
    if not future.done():  # else whoever asked has gone
        if isinstance(found, Exception):
            future.set_exception(found)
        else:
            future.set_result(found)
