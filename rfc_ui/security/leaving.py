"""Keeps an eye on the session behind every open page (§6.1).

What a page shows when its session ends is the frame's affair; that it can do nothing any more is decided here.
"""

from __future__ import annotations

from collections.abc import Callable

from nicegui import Client

from rfc_ui.security.ended_sessions import EndedSessions
from rfc_ui.security.sessions import token_of
from services.domain.events import SessionsEnded, user_topic
from services.domain.identifiers import UserId
from services.live.bus import Told
from services.usecases import accounts
from services.usecases.context import Context

FRONT_DOOR = "/"


class Leaving:
    """Follows the people whose pages are open: one subscription a person, however many pages."""

    def __init__(self, ended: EndedSessions) -> None:
        self.ended = ended
        self._context: Context | None = None
        self._pages: dict[UserId, set[str]] = {}
        self._unsubscribe: dict[UserId, Callable[[], None]] = {}

    def watch(self, context: Context) -> None:
        """Start with this context; forgets whoever was followed before."""
        self._context = context
        self._pages.clear()
        self._unsubscribe.clear()

    async def page_opened(self, client: Client) -> None:
        """Follow the person on this page; a page whose session ended before its socket opened leaves now."""
        token = token_of(client.request.session)
        if token is None or self._context is None:
            return
        viewer = await accounts.viewer_of(self._context, token=token)
        if viewer is None:
            self.ended.note([accounts.token_hash(token)])
            client.open(FRONT_DOOR)
        elif not client.is_deleted:
            self._follow(viewer.id, client.id)

    def page_closed(self, client: Client) -> None:
        """Stop following a person whose last page is gone."""
        for user_id, pages in list(self._pages.items()):
            pages.discard(client.id)
            if not pages:
                del self._pages[user_id]
                self._unsubscribe.pop(user_id)()

    def _follow(self, user_id: UserId, page: str) -> None:
        assert self._context is not None  # noqa: S101  (only called after `watch`)
        if user_id not in self._pages:
            self._pages[user_id] = set()
            self._unsubscribe[user_id] = self._context.bus.subscribe([user_topic(user_id)], self._on_event)
        self._pages[user_id].add(page)

    def _on_event(self, told: Told) -> None:
        if isinstance(told.event, SessionsEnded):
            self.ended.note(told.event.hashes)
