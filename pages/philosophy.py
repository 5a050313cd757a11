"""`/philosophy`: why it is written this way, in the operator's words or ours (§14.2)."""

from __future__ import annotations

import asyncio

from nicegui import ui

from components.philosophy import philosophy_html, philosophy_text, title_of
from pages.errors import product_page
from pages.frame import frame
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import render_document


def register(site: Site) -> None:
    """Make `/philosophy` a page."""

    @product_page(site, "/philosophy")
    async def philosophy(viewer: Viewer) -> None:
        title, html = await asyncio.to_thread(_document, site)
        with frame(site, viewer, title=title) as page, page.document:
            # Focusable, so that it scrolls by keyboard although it may hold no link.
            ui.html(philosophy_html(title, html), sanitize=False).classes("r-scroll").props("tabindex=0")


def _document(site: Site) -> tuple[str, str]:
    text = philosophy_text(site.philosophy_path)
    title = title_of(text)
    return title, render_document(text, base=LinkBase(app_url=site.app_url), title=title).html
