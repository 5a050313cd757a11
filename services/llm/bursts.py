"""Reads a stream in bursts: a socket that is read ten times a second costs less than one heard at each word."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Final, Generic, TypeVar

PAUSE_SECONDS: Final = 0.1
"""How long nothing is read after everything that was there has been taken; what comes meanwhile waits in the socket."""
LONGEST_RUN_SECONDS: Final = 0.005
"""How long is read in a row before other work gets the event loop, and what was read is given."""

T = TypeVar("T")


class Bursts(Generic[T]):
    """The items of `source`, those together that came together; the first is given at once, none later than the pause.

    Raises what `source` raises, after everything before it was given. Whoever stops before the end calls `close`.
    """

    def __init__(self, source: AsyncIterator[T]) -> None:
        self._source = source
        self._arrived: list[T] = []
        self._news = asyncio.Event()
        self._reader = asyncio.create_task(self._read(), name="stream in bursts")
        self._reader.add_done_callback(lambda _: self._news.set())

    async def __aiter__(self) -> AsyncIterator[list[T]]:
        while not self._reader.done() or self._arrived:
            await self._news.wait()
            self._news.clear()
            burst, self._arrived = self._arrived, []
            if burst:
                yield burst
        self._reader.result()

    async def close(self) -> None:
        """Read no more."""
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)

    async def _read(self) -> None:
        """Pause where an item had to be waited for, except for what the pause itself has kept waiting."""
        paused, since = False, time.perf_counter()
        turn = _Turn()
        async for item in self._source:
            self._arrived.append(item)
            self._news.set()
            if turn.is_over and not paused:
                await asyncio.sleep(PAUSE_SECONDS)
                paused = True
            elif turn.is_over:
                paused = False
            elif time.perf_counter() - since > LONGEST_RUN_SECONDS:
                await asyncio.sleep(0)
            if turn.is_over:
                turn, since = _Turn(), time.perf_counter()


class _Turn:
    """Tells whether the event loop has had a turn since: whether something was waited for."""

    def __init__(self) -> None:
        self.is_over = False
        asyncio.get_running_loop().call_soon(self._end)

    def _end(self) -> None:
        self.is_over = True
