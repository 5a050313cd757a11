"""`/inbox`: what waits for me, then everything I was told (§15.2)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from components.inbox import MARK_ALL, MARK_ONE, SHOW_OLDER, inbox_html
from components.region import Region
from pages.errors import product_page
from pages.frame import frame
from pages.live import follow
from pages.site import Site
from pages.turns import Waiting, every_turn
from services.domain.actors import Actor, Viewer
from services.domain.clock import now
from services.domain.permissions import require, signed_in
from services.domain.routing import Category
from services.live.bus import EVERY_TOPIC
from services.store.queries.notifications import Filters
from services.usecases import inbox as acts
from services.usecases.views.inbox import PAGE, inbox_view


def register(site: Site) -> None:
    """Make `/inbox` a page."""

    @product_page(site, "/inbox")
    async def inbox(
        viewer: Viewer,
        unread: str = "",
        rfc: Annotated[str, Query(max_length=80)] = "",
        category: Annotated[str, Query(max_length=40)] = "",
        person: Annotated[str, Query(max_length=12)] = "",
    ) -> None:
        chosen = Filters(
            unread=bool(unread),
            slug=rfc or None,
            category=next((one for one in Category if one.value == category), None),
            actor_id=int(person) if person.isascii() and person.isdigit() else None,
        )
        await _InboxPage(site, require(signed_in, viewer, act="read your inbox"), chosen).build()


class _InboxPage:
    """One person's inbox with one choice of filters."""

    def __init__(self, site: Site, viewer: Actor, filters: Filters) -> None:
        self._site = site
        self._viewer = viewer
        self._filters = filters
        self._limit = PAGE

    async def build(self) -> None:
        """Follow first, then read, then show."""
        self._waiting = Waiting()
        self._following = follow(
            self._site.context.bus, [EVERY_TOPIC], self._refresh, concerns=self._waiting.concerns
        )
        html = await self._html()
        with frame(self._site, self._viewer, title="Inbox") as page, page.document:
            self._region = Region(html, on_act=self._act)
            self._region.classes("r-scroll")

    async def _refresh(self) -> None:
        self._region.show(await self._html())

    async def _html(self) -> str:
        view = await inbox_view(
            self._site.context, viewer=self._viewer, filters=self._filters, limit=self._limit
        )
        turns = await every_turn(self._site, self._viewer)
        self._waiting.show(turns)
        return inbox_html(view, turns, now=now())

    async def _act(self, act: str) -> None:
        context = self._site.context
        if act == SHOW_OLDER:
            self._limit += PAGE
        elif act == MARK_ALL:
            await acts.mark_read(context, actor=self._viewer, filters=self._filters)
        elif act.startswith(MARK_ONE):
            await acts.mark_one_read(
                context, actor=self._viewer, notification_id=int(act.removeprefix(MARK_ONE))
            )
        await self._following.now()
