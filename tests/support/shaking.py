"""A server in which everything that takes time takes another time each time: what was late is early now, and back.

Most of what a page shows comes in an order that nobody promised and that a quick machine always keeps. With
`SHAKE=<number>` in the environment (`make test SHAKE=7 ARGS=tests/e2e`) the app that browser tests run holds up requests
to Gitea, reads and commits of its database, what pages are told and what browsers are sent, each by a time drawn by
chance; mostly none, at times a second. `SHAKE=7x3` does so three times as often and as long. Nothing overtakes what a
socket or a transaction keeps in order. Some of the pages are slow at whatever they do, and some of the hands: between
choosing what stands in a field and writing over it, and between pressing and letting go.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import wraps
from typing import Any

from playwright.async_api import Locator, expect

_SEED, _, _TIMES = os.environ.get("SHAKE", "").partition("x")
_SPEEDS = random.Random(f"{_SEED} {os.getpid()}")
_HANDS = random.Random(f"{_SEED} {os.getpid()} hands")
SELDOM, RARE = 0.25, 0.04
SHORT, LONG = 0.06, 0.8
"""Seconds: what one delay in four takes at most, and what one in twenty-five does."""
HESITANT, HESITATION = 0.4, 0.5
"""Which part of what people do they do slowly, and for how many seconds they hesitate at most."""


def shake_if_asked() -> None:
    """Shake this process when its environment says so."""
    if _SEED:
        shake(random.Random(f"{_SEED} {os.getpid()}"), strength=float(_TIMES or 1))


def slowness() -> float:
    """How many times as slow as usual the next page is to be."""
    return _SPEEDS.uniform(2, 6) if _SEED and _SPEEDS.random() < 0.5 else 1.0


def slow_hands_if_asked() -> None:
    """Let the people of browser tests be slow at times, when the environment says so."""
    if _SEED:
        Locator.fill = _slowly_filled(Locator.fill)  # type: ignore[method-assign]
        Locator.click = _slowly_clicked(Locator.click)  # type: ignore[method-assign]


def _slowly_filled(fill: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @wraps(fill)
    async def filled(field: Locator, value: str, **named: Any) -> None:
        if _HANDS.random() > HESITANT:
            return await fill(field, value, **named)
        await expect(field).to_be_visible()
        await expect(field).to_be_editable()
        if not await field.evaluate(
            "field => Boolean(field.select) && (field.focus(), field.select(), true)"
        ):
            return await fill(field, value, **named)
        await asyncio.sleep(_HANDS.uniform(0, HESITATION))
        await (field.page.keyboard.insert_text(value) if value else field.page.keyboard.press("Delete"))
        return None

    return filled


def _slowly_clicked(click: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @wraps(click)
    async def clicked(place: Locator, **named: Any) -> None:
        if _HANDS.random() < HESITANT:
            named = {"delay": _HANDS.uniform(0, HESITATION * 1000)} | named
        await click(place, **named)

    return clicked


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

    def late_around(unit: Callable[[Store], AbstractAsyncContextManager[Any]], share: float) -> object:
        @asynccontextmanager
        async def held_up(store: Store) -> AsyncIterator[Any]:
            await pause(share)
            async with unit(store) as work:
                yield work
            await pause(share)

        return held_up

    replaced: tuple[tuple[object, str, object], ...] = (
        (Connection, "_attempt", late(Connection._attempt, after=True)),
        (Outbox, "_emit", late(Outbox._emit)),
        (bus._Subscription, "_deliver", late(bus._Subscription._deliver)),
        (receive_webhook, "receive", late(receive_webhook.receive)),
        (Store, "read", late_around(Store.read, 0.2)),
        (Store, "write", late_around(Store.write, 0.5)),
    )
    for owner, name, slow in replaced:
        setattr(owner, name, slow)
