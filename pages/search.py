"""`/search?q=`: every text on main, by section (§7.2)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from nicegui import ui

from components.search import search_html
from pages.errors import product_page
from pages.frame import frame
from pages.site import Site
from services.domain.actors import Viewer
from services.usecases.views.search import search

FURTHEST = 10_000


def register(site: Site) -> None:
    """Make `/search` a page."""

    @product_page(site, "/search")
    async def found(
        viewer: Viewer, q: str = "", rfc: str = "", offset: Annotated[int, Query(ge=0, le=FURTHEST)] = 0
    ) -> None:
        view = await search(site.context, text=q, slug=rfc, offset=offset)
        title = f"{view.text[:60]} · Search" if view.text else "Search"
        with frame(site, viewer, title=title) as page, page.document:
            ui.html(search_html(view, offset=offset), sanitize=False).classes("r-scroll")
