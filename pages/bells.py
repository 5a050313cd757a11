"""The number on the bell of every open page: counted once for all, then told to those it changed for (§15.2)."""

from __future__ import annotations

from dataclasses import dataclass

from nicegui import Client
from nicegui import context as ui_context

from components.notice import run_in_page
from pages.gathered import Gathered
from services.domain.actors import Actor
from services.domain.events import inbox_topic
from services.domain.identifiers import UserId
from services.live.bus import Told
from services.usecases.context import Context
from services.usecases.inbox import note_opened, unread_of


class Bells:
    """The pages of people who are signed in."""

    def __init__(self) -> None:
        self._clients: dict[str, _Page] = {}
        self._context: Context | None = None
        self._counting = Gathered("bells of all pages", self._tell)
        self._last: dict[UserId, int] = {}

    def open(self, context: Context) -> None:
        """Follow all inboxes for as long as the app runs; called once."""
        self._context = context
        context.bus.subscribe([inbox_topic()], self.told)

    def last(self, viewer: Actor) -> int:
        """The number that this person's pages were told last, for the first paint of another."""
        return self._last.get(viewer.id, 0)

    def join(self, viewer: Actor) -> None:
        """Let the page being built, which shows the last number, show this person's number until it is closed."""
        client = ui_context.client
        page = _Page(client, viewer.id, client.request.url.path, shown=self.last(viewer))
        self._clients[client.id] = page

        async def opened() -> None:
            """What the page shows is read; on the first connection, so that robots and prefetching mark nothing."""
            if self._context is not None and not page.opened:
                page.opened = True
                await note_opened(self._context, viewer=viewer, places=[page.path])
            self._counting.ask()

        client.on_connect(opened)
        client.on_delete(lambda: self._clients.pop(client.id, None))

    def told(self, _: Told) -> None:
        """Somebody was told something, or has read it."""
        self._counting.ask()

    async def _tell(self) -> None:
        if self._context is None:
            return
        pages = [page for page in self._clients.values() if page.is_connected]
        unread = await unread_of(self._context, user_ids={page.user_id for page in pages})
        for page in pages:
            count = self._last[page.user_id] = unread.get(page.user_id, 0)
            if page.shown != count:
                page.shown = count
                run_in_page(f"rfc.bell({count})", client=page.client)


@dataclass(slots=True)
class _Page:
    """One open page, and the number that its bell shows."""

    client: Client
    user_id: UserId
    path: str
    opened: bool = False
    shown: int = 0

    @property
    def is_connected(self) -> bool:
        return self.client.has_socket_connection and not self.client.is_deleted
