"""`/rfc/<slug>/prs`: an entry's pull requests (§10)."""

from __future__ import annotations

from nicegui import ui

from components.pull_list import bar_html, list_html
from components.region import Region
from pages.errors import product_page
from pages.frame import frame
from pages.live import follow
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.identifiers import Slug
from services.domain.topics import rfc_topic
from services.usecases.views.entry import entry_view
from services.usecases.views.pull_list import pull_list, unread_pulls


def register(site: Site) -> None:
    """Make `/rfc/<slug>/prs` a page."""

    @product_page(site, "/rfc/{slug}/prs")
    async def pulls(viewer: Viewer, slug: str) -> None:
        await _build(site, viewer, Slug(slug))


async def _build(site: Site, viewer: Viewer, slug: Slug) -> None:
    """Follow first, then read, then show."""

    async def refresh() -> None:
        shown.show(await _html(site, viewer, slug))

    follow(site.context.bus, [rfc_topic(slug)], refresh)
    entry = await entry_view(site.context, viewer=viewer, slug=slug)
    html = await _html(site, viewer, slug)
    with frame(site, viewer, title=f"Pull requests of {entry.title}") as page, page.document:
        Region(bar_html(entry)).classes("r-bar")
        with ui.element("div").classes("r-scroll"), ui.element("div").classes("r-page"):
            shown = Region(html)


async def _html(site: Site, viewer: Viewer, slug: Slug) -> str:
    entry = await entry_view(site.context, viewer=viewer, slug=slug)
    listed = await pull_list(site.context, viewer=viewer, slug=slug)
    return list_html(entry, listed, await unread_pulls(site.context, viewer=viewer, pulls=listed))
