"""Work that many pages ask for at once, and that would be out of date before each had its own: done once for all."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from time import perf_counter
from typing import Final, Generic, TypeVar

from anyio import to_thread

S = TypeVar("S", bound=Hashable)
R = TypeVar("R")

MOST_KEPT: Final = 8
"""Results kept in memory for those who come next; the newest of each key is the one that is asked for."""


class Turns(Generic[S, R]):
    """Makes results of sources in a thread, for each key one at a time; all who wait meanwhile share the next.

    After a turn its key rests for what `rest` makes of the seconds that the turn took.
    """

    def __init__(self, make: Callable[[S], R], *, rest: Callable[[float], float] = lambda _: 0.0) -> None:
        self._make, self._rest = make, rest
        self._kept: OrderedDict[S, R] = OrderedDict()
        self._turns: dict[Hashable, asyncio.Lock] = {}
        self._rested: dict[Hashable, float] = {}
        self._next: dict[Hashable, asyncio.Task[R]] = {}
        self._running: set[asyncio.Task[R]] = set()
        self._making: dict[S, asyncio.Task[R]] = {}
        self._read: dict[Hashable, Callable[[], S]] = {}

    async def newest(self, key: Hashable, read: Callable[[], S]) -> R:
        """The result for what the last to ask reads, at the moment when no other version is being made."""
        source = read()
        if source in self._kept:
            return self._kept[source]
        if source in self._making:
            return await asyncio.shield(self._making[source])
        self._read[key] = read
        if key not in self._next:
            task = self._next[key] = asyncio.create_task(self._turn(key), name="a turn that pages share")
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return await asyncio.shield(self._next[key])

    async def _turn(self, key: Hashable) -> R:
        async with self._turns.setdefault(key, asyncio.Lock()):
            await asyncio.sleep(max(0.0, self._rested.get(key, 0.0) - perf_counter()))
            turn = self._next.pop(key)  # who asks from now on waits for the one after
            source = self._read.pop(key)()
            self._making.setdefault(source, turn)  # unless they ask for just this
            try:
                result = self._kept[source] if source in self._kept else await self._made(key, source)
            finally:
                if self._making.get(source) is turn:
                    del self._making[source]
        self._keep(source, result)
        return result

    async def _made(self, key: Hashable, source: S) -> R:
        started = perf_counter()
        result = await to_thread.run_sync(self._make, source)
        ended = perf_counter()
        self._rested[key] = ended + self._rest(ended - started)
        return result

    def _keep(self, source: S, result: R) -> None:
        self._kept[source] = result
        self._kept.move_to_end(source)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        resting = {key for key, until in self._rested.items() if until > perf_counter()}
        for key in [one for one, turn in self._turns.items() if not turn.locked() and one not in resting]:
            self._turns.pop(key)
            self._rested.pop(key, None)
