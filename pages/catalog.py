"""`/catalog`: the public catalog, with what moved last and the pending ideas beside it (§7)."""

from __future__ import annotations

from functools import lru_cache

from nicegui import ui
from nicegui.elements.html import Html

from components import phrases
from components.overview import catalog_page_html, nothing_yet_html
from components.shell import sign_in_path
from pages.catalog_feed import Edition
from pages.errors import product_page
from pages.frame import frame
from pages.live import follow
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.events import catalog_topic


def register(site: Site) -> None:
    """Make `/catalog` a page."""

    @product_page(site, "/catalog")
    async def catalog(viewer: Viewer) -> None:
        body: list[Html] = []

        async def refresh() -> None:
            body[0].set_content(await _content(site, viewer))

        follow(site.context.bus, [catalog_topic()], refresh)
        content = await _content(site, viewer)
        with frame(site, viewer, title=phrases.CATALOG, front="catalog") as page, page.document:
            body.append(ui.html(content, sanitize=False).classes("r-scroll"))


async def _content(site: Site, viewer: Viewer) -> str:
    edition = await site.feed.newest(site.context)
    if not edition.view.rows and not edition.view.ideas:
        may_propose = viewer is not None and not viewer.muted
        return nothing_yet_html(may_propose=may_propose, sign_in=sign_in_path("/catalog"))
    return _page(edition)


@lru_cache(maxsize=2)
def _page(edition: Edition) -> str:
    """The same for everybody, so made once for all open pages."""
    return catalog_page_html(edition.view, edition.head)
