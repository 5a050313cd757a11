"""One at a time among all processes on a database, without holding up the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager

from services.domain.errors import Busy
from services.store.locks import locked
from services.store.unit_of_work import Store

POLL_SECONDS = 0.05


@asynccontextmanager
async def one_process(store: Store, name: str, *, wait: bool = True) -> AsyncIterator[None]:
    """Hold the lock `name`; without `wait`, raise Busy when another process holds it."""
    hold = await _held(store, name, wait=wait)
    try:
        yield
    finally:
        await asyncio.to_thread(hold.__exit__, None, None, None)


async def _held(store: Store, name: str, *, wait: bool) -> AbstractContextManager[None]:
    address = store.url.render_as_string(hide_password=False)
    while True:
        hold = locked(address, name, wait=False)
        try:
            await asyncio.to_thread(hold.__enter__)
        except Busy:
            if not wait:
                raise
            await asyncio.sleep(POLL_SECONDS)
        else:
            return hold
