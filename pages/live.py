"""Keeping an open page true: what it follows, and the catalog told to all pages at once (ARCHITECTURE §2).

A page follows first and reads afterwards: whatever is committed in between reaches it as an event.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from nicegui import Client, background_tasks
from nicegui import context as ui_context

from components.notice import run_in_page
from services.domain.errors import ProductError
from services.domain.events import Event
from services.live.bus import Bus, Told

log = logging.getLogger(__name__)

COALESCE_SECONDS: Final = 0.1

Refresh = Callable[[], Awaitable[None]]
Concerns = Callable[[Event], bool]


def every_event(event: Event) -> bool:
    """Nothing is left out."""
    del event
    return True


def follow(
    bus: Bus,
    topics: Iterable[str],
    refresh: Refresh,
    *,
    concerns: Concerns = every_event,
    pause: float = COALESCE_SECONDS,
) -> None:
    """Run `refresh` in the context of the page being built whenever something happens on the topics.

    Happenings of `pause` seconds become one run. While the browser is not connected they are kept for its return;
    it ends with the client. `concerns` leaves out events that this refresh is not about.
    """
    client = ui_context.client
    follower = _Follower(client, refresh, concerns, pause)
    unsubscribe = bus.subscribe(topics, follower.told)
    client.on_connect(follower.catch_up)
    client.on_delete(unsubscribe)


class _Follower:
    """One page's refresh: at most one runs, and one more follows if something happened meanwhile."""

    def __init__(self, client: Client, refresh: Refresh, concerns: Concerns, pause: float) -> None:
        self._client = client
        self._refresh = refresh
        self._concerns = concerns
        self._pause = pause
        self._behind = False
        self._running = False

    def told(self, told: Told) -> None:
        if self._concerns(told.event):
            self._behind = True
            self.catch_up()

    def catch_up(self) -> None:
        if self._behind and not self._running and self._client.has_socket_connection:
            self._running = True
            background_tasks.create(self._run(), name="page refresh")

    async def _run(self) -> None:
        try:
            await asyncio.sleep(self._pause)
            while self._behind and not self._client.is_deleted:
                self._behind = False
                with self._client:
                    await self._refresh()
                if self._behind:  # what comes after it is gathered, too
                    await asyncio.sleep(self._pause)
        except ProductError as error:
            log.info("a page can't be brought up to date, it is loaded anew: %s", error.message)
            run_in_page("rfc.reload()", client=self._client)
        except Exception:
            # Border (bus subscriber): the page stays as it was, and the next event tries again.
            log.exception("could not bring a page up to date")
        finally:
            self._running = False
