"""Keeping an open page true: what it follows, and the catalog told to all pages at once (ARCHITECTURE §2).

A page follows first and reads afterwards: whatever is committed in between reaches it as an event.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Final

from nicegui import Client, background_tasks
from nicegui import context as ui_context

from components.notice import run_in_page, run_in_pages
from services.domain.errors import Forbidden, NotFound, NotSignedIn, ProductError
from services.domain.events import ChangeBegun, ChangeDecided, Event
from services.live.bus import Bus, Told

log = logging.getLogger(__name__)

COALESCE_SECONDS: Final = 0.1
AT_ONCE_SECONDS: Final = 0.005
"""Enough for all pages, and for what the one that acted does itself, to read together."""
BEGUN_SECONDS: Final = 0.5

Refresh = Callable[[], Awaitable[None]]
Concerns = Callable[[Event], bool]
Pause = Callable[[Event], float]


def pause_before(event: Event) -> float:
    """How long to gather what else happens: a decision is shown at once, a card that is being decided when that takes
    longer than most."""
    if isinstance(event, ChangeDecided):
        return AT_ONCE_SECONDS
    return BEGUN_SECONDS if isinstance(event, ChangeBegun) else COALESCE_SECONDS


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
    pause: float | Pause = COALESCE_SECONDS,
) -> Following:
    """Run `refresh` in the context of the page being built whenever something happens on the topics.

    What happens during the `pause`, which can be another for each event, becomes one run. While the browser is not
    connected it is kept for its return; it ends with the client. `concerns` leaves out events that this refresh is
    not about.
    """
    client = ui_context.client
    following = Following(client, refresh, concerns, pause if callable(pause) else lambda _: pause)
    following.also(bus, topics)
    client.on_connect(following.catch_up)
    return following


class Following:
    """One refresh of one page: at most one runs, and one more follows if something happened meanwhile."""

    def __init__(self, client: Client, refresh: Refresh, concerns: Concerns, pause: Pause) -> None:
        self._client = client
        self._refresh = refresh
        self._concerns = concerns
        self._pause = pause
        self._due: float | None = None
        """When what happened is to be shown, on the loop's clock; None while nothing has."""
        self._sooner = asyncio.Event()
        self._waiting: list[asyncio.Future[None]] = []
        self._running = False

    def also(self, bus: Bus, topics: Iterable[str]) -> None:
        """Have it run for what happens on these topics too."""
        self._client.on_delete(bus.subscribe(topics, self.told))

    def soon(self) -> None:
        """Refresh at once, or when the browser has connected."""
        self._be_due(AT_ONCE_SECONDS)

    async def now(self) -> None:
        """Refresh at once, after something that was done here; what is told of it becomes the same run.

        Over when a run is that began after this call.
        """
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        self._be_due(AT_ONCE_SECONDS)
        await done

    def told(self, told: Told) -> None:
        """Something happened."""
        if self._concerns(told.event):
            self._be_due(self._pause(told.event))

    def catch_up(self) -> None:
        """Show what happened, unless nobody looks."""
        if (
            self._due is not None
            and not self._running
            and (self._client.has_socket_connection or self._waiting)
        ):
            self._running = True
            background_tasks.create(self._run(), name="page refresh")

    def _be_due(self, pause: float) -> None:
        due = asyncio.get_running_loop().time() + pause
        if self._due is None or due < self._due:
            self._due = due
            self._sooner.set()
        self.catch_up()

    async def _run(self) -> None:
        waiting: list[asyncio.Future[None]] = []
        try:
            while self._due is not None and not self._client.is_deleted:
                await self._until_due()
                self._due = None
                waiting, self._waiting = self._waiting, []
                with self._client:
                    await self._refresh()
                _let_go(waiting)
        except ProductError as error:
            log.info("a page can't be brought up to date, it is loaded anew: %s", error.message)
            await self._load_anew(over=isinstance(error, NotFound | Forbidden | NotSignedIn))
        except Exception:
            # Border (bus subscriber): the page stays as it was, and the next event tries again.
            log.exception("could not bring a page up to date")
        finally:
            self._running = False
            _let_go(waiting)
            if self._client.is_deleted:
                _let_go(self._waiting)
            else:
                self.catch_up()

    async def _load_anew(self, *, over: bool) -> None:
        """Have the browser load the page again; one that may not be read any more ends here, whatever it does."""
        if not over:
            run_in_page("rfc.reload()", client=self._client)
        elif not self._client.is_deleted:
            await run_in_pages("rfc.reload()", [self._client])
            if not self._client.is_deleted:
                self._client.delete()

    async def _until_due(self) -> None:
        """Gather what happens until then; something may be wanted sooner meanwhile."""
        loop = asyncio.get_running_loop()
        while self._due is not None and (left := self._due - loop.time()) > 0:
            self._sooner.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._sooner.wait()


def _let_go(waiting: Iterable[asyncio.Future[None]]) -> None:
    for done in waiting:
        if not done.done():
            done.set_result(None)
