"""A server in which everything that takes time takes another time each time: what was late is early now, and back.

Most of what a page shows comes in an order that nobody promised and that a quick machine always keeps. With
`SHAKE=<number>` in the environment (`make test SHAKE=7 ARGS=tests/e2e`) the app that browser tests run holds up requests
to Gitea, reads and commits of its database, what pages are told and what browsers are sent, each by a time drawn by
chance; mostly none, at times a second. `SHAKE=7x3` does so three times as often and as long. Nothing overtakes what a
socket or a transaction keeps in order. Some of the pages are slow at whatever they do.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any

SHAKE = "SHAKE"
SELDOM, RARE = 0.25, 0.04
SHORT, LONG = 0.06, 0.8
"""Seconds: what one delay in four takes at most, and what one in twenty-five does."""


def shake_if_asked() -> None:
    """Shake this process when its environment says so."""
    if asked := _asked():
        seed, strength = asked
        shake(random.Random(f"{seed} {os.getpid()}"), strength=strength)


def slowness() -> float:
    """How many times as slow as usual the next page is to be."""
    if _SLOWNESS is None or _SLOWNESS.random() < 0.5:
        return 1.0
    return _SLOWNESS.uniform(2, 6)


def _asked() -> tuple[str, float] | None:
    seed, _, times = os.environ.get(SHAKE, "").partition("x")
    return (seed, float(times or 1)) if seed else None


_SLOWNESS = None if _asked() is None else random.Random(f"{_asked()} {os.getpid()}")


def shake(chance: random.Random, *, strength: float = 1.0) -> None:
    """Hold up, from now on, whatever takes time anyway."""
    from nicegui.outbox import Outbox

    from services.gitea.connection import Connection
    from services.live import bus
    from services.store.unit_of_work import Store
    from services.usecases import receive_webhook

    async def pause(share: float = 1.0) -> None:
        drawn = chance.random() / strength
        if drawn < SELDOM:
            await asyncio.sleep(chance.uniform(0, LONG if drawn < RARE else SHORT) * share * strength)

    def late(
        function: Callable[..., Awaitable[Any]], *, after: bool = False
    ) -> Callable[..., Awaitable[Any]]:
        @wraps(function)
        async def held_up(*arguments: Any, **named: Any) -> Any:
            await pause()
            answer = await function(*arguments, **named)
            if after:
                await pause()
            return answer

        return held_up

    read, write = Store.read, Store.write

    @asynccontextmanager
    async def slow_read(store: Store) -> AsyncIterator[Any]:
        await pause(0.2)
        async with read(store) as work:
            yield work
        await pause(0.2)

    @asynccontextmanager
    async def slow_write(store: Store) -> AsyncIterator[Any]:
        await pause(0.5)
        async with write(store) as work:
            yield work
        await pause(0.5)

    replaced: tuple[tuple[object, str, object], ...] = (
        (Connection, "_attempt", late(Connection._attempt, after=True)),
        (Outbox, "_emit", late(Outbox._emit)),
        (bus._Subscription, "_deliver", late(bus._Subscription._deliver)),
        (receive_webhook, "receive", late(receive_webhook.receive)),
        (Store, "read", slow_read),
        (Store, "write", slow_write),
    )
    for owner, name, slow in replaced:
        setattr(owner, name, slow)
