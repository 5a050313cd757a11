"""The menu with which somebody says how closely they follow an RFC (§15.6)."""

from __future__ import annotations

import asyncio

from components.notice import announce
from components.region import Region
from components.watch_menu import level_of, watch_menu_html
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.identifiers import Slug
from services.usecases.inbox import set_watch, watch_level


class Watching:
    """One viewer and one RFC; nothing for strangers."""

    def __init__(self, site: Site, viewer: Viewer, slug: Slug) -> None:
        self._site = site
        self._viewer = viewer
        self._slug = slug
        self._html = ""
        self._choosing = asyncio.Lock()

    async def read(self) -> None:
        """Learn how it is now."""
        if self._viewer is not None:
            level = await watch_level(self._site.context, viewer=self._viewer, slug=self._slug)
            self._html = watch_menu_html(level)

    def fill(self) -> None:
        """Put the menu where the page is being built."""
        if self._viewer is not None:
            self._region = Region(self._html, on_act=self._choose)
            self._region.classes("r-barpart")

    async def refresh(self) -> None:
        """Show what an act of the viewer made of it."""
        await self.read()
        if self._viewer is not None:
            self._region.show(self._html)

    async def _choose(self, act: str) -> None:
        async with self._choosing:
            await set_watch(self._site.context, actor=self._viewer, slug=self._slug, level=level_of(act))
            await self.refresh()
        announce("Saved.")
