"""What several pages ask for at the same moment: read once for all of them, whoever looks (ARCHITECTURE §2).

An act is told to every open page at once, and each of them reads again. What does not depend on who looks is read by
one of them; rules are applied to it for each viewer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import TypeVar, cast

R = TypeVar("R")


class SharedReadings:
    """Runs readings, for each key one at a time.

    Whoever asks gets what was read after they asked: who comes while a reading goes on shares the next one. Nothing
    is kept, so nothing can be out of date.
    """

    def __init__(self) -> None:
        self._running: dict[Hashable, asyncio.Task[object]] = {}
        self._next: dict[Hashable, asyncio.Task[object]] = {}

    async def of(self, key: Hashable, read: Callable[[], Awaitable[R]]) -> R:
        """What `read` gives, which must be the same for everybody who asks under this key; raises what it raises."""
        following = self._next.get(key)
        if following is None:
            reading = self._in_turn(key, read, self._running.get(key))
            following = self._next[key] = asyncio.create_task(reading, name="a reading that pages share")
        return cast("R", await asyncio.shield(following))

    async def _in_turn(
        self, key: Hashable, read: Callable[[], Awaitable[object]], before: asyncio.Task[object] | None
    ) -> object:
        if before is not None:
            await asyncio.wait({before})
        mine = self._running[key] = self._next.pop(key)  # who asks from now on waits for the one after
        try:
            return await read()
        finally:
            if self._running.get(key) is mine:
                del self._running[key]
