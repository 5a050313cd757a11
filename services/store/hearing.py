"""Hearing at once of what another process committed: PostgreSQL's LISTEN and NOTIFY (§4.3).

It says that there is something to read and not what: whoever hears it reads the events, which are also looked at
each second. So nothing is lost while the connection is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

import psycopg
from sqlalchemy.engine import URL

from services.store.engine import is_sqlite
from services.store.locks import driver_address
from services.store.queries.events import CHANNEL

log = logging.getLogger(__name__)

AGAIN_SECONDS = 5.0
"""How long after a lost connection the next one is tried."""


class Hearing:
    """Calls `heard` after each commit that wrote events, whichever process made it. SQLite takes one process only."""

    def __init__(self, url: URL, heard: Callable[[], None]) -> None:
        self._url = url
        self._heard = heard
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Listen from now on; does nothing on SQLite."""
        if not is_sqlite(self._url):
            self._task = asyncio.create_task(self._listen(), name="hearing")

    async def stop(self) -> None:
        """Listen no more, and close the connection."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _listen(self) -> None:
        while True:
            try:
                await self._follow()
            except psycopg.Error as error:
                # Border (job): pages are told a second late until the database is back.
                log.warning("hearing of other processes again in %.0f s: %s", AGAIN_SECONDS, error)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _follow(self) -> None:
        connect = psycopg.AsyncConnection.connect(driver_address(self._url), autocommit=True)
        async with await connect as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            self._heard()  # what was committed before this was told to nobody here
            async for _ in connection.notifies():
                self._heard()
