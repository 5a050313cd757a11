"""The catalog of every open page, brought up to date together: read and encoded once, then told to each (§7, §19)."""

from __future__ import annotations

import asyncio
from typing import Final

from nicegui import Client
from nicegui import context as ui_context

from components.notice import run_in_page
from pages.catalog_feed import CatalogFeed, Edition, patch_json
from pages.gathered import Gathered
from services.domain.events import catalog_topic
from services.live.bus import Told
from services.usecases.context import Context

CLIENTS_BEFORE_YIELDING: Final = 25


class CatalogChannel:
    """The pages that show the catalog."""

    def __init__(self) -> None:
        self._clients: dict[str, Client] = {}
        self._source: tuple[Context, CatalogFeed] | None = None
        self._told: Edition | None = None
        self._telling = Gathered("catalog to all pages", self._tell)

    def open(self, context: Context, feed: CatalogFeed) -> None:
        """Follow the catalog for as long as the app runs; called once."""
        self._source = (context, feed)
        context.bus.subscribe([catalog_topic()], self.told)

    def join(self) -> None:
        """Let the page being built take part until it is closed."""
        client = ui_context.client
        self._clients[client.id] = client
        client.on_delete(lambda: self._leave(client))

    def _leave(self, client: Client) -> None:
        self._clients.pop(client.id, None)

    def told(self, _: Told) -> None:
        """Something in the catalog changed."""
        self._telling.ask()

    async def _tell(self) -> None:
        if self._source is None:
            return
        context, feed = self._source
        before, after = self._told or feed.oldest_shown, await feed.newest(context)
        self._told = after
        if before is None or before is after:
            return
        code = f"rfc.patchCatalog({patch_json(before, after).decode()})"
        for index, client in enumerate(list(self._clients.values()), start=1):
            if not client.is_deleted:
                run_in_page(code, client=client)
            if index % CLIENTS_BEFORE_YIELDING == 0:
                await asyncio.sleep(0)
