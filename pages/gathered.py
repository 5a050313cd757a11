"""Work that many events ask for and that is done once for all of them, a moment later."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from nicegui import background_tasks

from pages.live import COALESCE_SECONDS

log = logging.getLogger(__name__)


class Gathered:
    """Runs `work` after each `ask`, never twice at once; what is asked meanwhile is one more run."""

    def __init__(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self._name, self._work = name, work
        self._behind = False
        self._running = False

    def ask(self) -> None:
        """Have it done soon."""
        self._behind = True
        if not self._running:
            self._running = True
            background_tasks.create(self._run(), name=self._name)

    async def _run(self) -> None:
        try:
            while self._behind:
                self._behind = False
                await asyncio.sleep(COALESCE_SECONDS)
                await self._work()
        except Exception:
            # Border (bus subscriber): pages stay as they were, and the next event brings everything.
            log.exception("could not tell the pages: %s", self._name)
        finally:
            self._running = False
