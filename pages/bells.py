"""The number on the bell of every open page: counted once for all, then told to those it changed for (§15.2)."""

from __future__ import annotations

from nicegui import Client
from nicegui import context as ui_context

from components.notice import run_in_page
from pages.gathered import Gathered
from services.domain.actors import Actor
from services.domain.events import inbox_topic
from services.domain.identifiers import UserId
from services.live.bus import Told
from services.usecases.context import Context
from services.usecases.inbox import note_opened, unread_counts


class Bells:
    """The pages of people who are signed in."""

    def __init__(self) -> None:
        self._clients: dict[str, tuple[Client, UserId]] = {}
        self._shown: dict[str, int] = {}
        self._opened: set[str] = set()
        self._context: Context | None = None
        self._counting = Gathered("bells of all pages", self._tell)

    def open(self, context: Context) -> None:
        """Follow all inboxes for as long as the app runs; called once."""
        self._context = context
        context.bus.subscribe([inbox_topic()], self.told)

    def join(self, viewer: Actor) -> None:
        """Let the page being built show this person's number until it is closed."""
        client = ui_context.client
        self._clients[client.id] = (client, viewer.id)
        page = client.request.url.path

        async def opened() -> None:
            """What the page shows is read; on the first connection, so that robots and prefetching mark nothing."""
            if self._context is not None and client.id not in self._opened:
                self._opened.add(client.id)
                await note_opened(self._context, viewer=viewer, places=[page])
            self._counting.ask()

        client.on_connect(opened)
        client.on_delete(lambda: self._leave(client))

    def told(self, _: Told) -> None:
        """Somebody was told something, or has read it."""
        self._counting.ask()

    def _leave(self, client: Client) -> None:
        self._clients.pop(client.id, None)
        self._shown.pop(client.id, None)
        self._opened.discard(client.id)

    async def _tell(self) -> None:
        if self._context is None:
            return
        connected = {
            key: (client, user_id)
            for key, (client, user_id) in self._clients.items()
            if client.has_socket_connection and not client.is_deleted
        }
        counts = await unread_counts(self._context, user_ids={user_id for _, user_id in connected.values()})
        for key, (client, user_id) in connected.items():
            count = counts.get(user_id, 0)
            if self._shown.get(key, 0) != count:
                self._shown[key] = count
                run_in_page(f"rfc.bell({count})", client=client)
