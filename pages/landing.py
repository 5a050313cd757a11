"""`/`: the landing page for strangers, “Your turn” beside the catalog for people who are signed in (§14.1)."""

from __future__ import annotations

from typing import Final

from nicegui import ui
from nicegui.elements.html import Html

from components.landing import Landing, landing_html
from components.overview import nothing_yet_html, your_turn_html
from components.shell import sign_in_path
from pages.errors import product_page
from pages.frame import Columns, frame
from pages.live import follow
from pages.site import Site
from pages.turns import Waiting, every_turn
from services.domain.actors import Actor, Viewer
from services.domain.clock import now
from services.domain.entry import EntryState
from services.live.bus import EVERY_TOPIC
from services.usecases.views.catalog import CatalogRow

INDEX_ENTRIES: Final = 16
INDEX_LEAST: Final = 6
INDEX_TITLE: Final = 18
"""Characters that fit a half column in the document's face."""


def register(site: Site) -> None:
    """Make `/` a page."""

    @product_page(site, "/")
    async def home(viewer: Viewer) -> None:
        if viewer is None:
            _welcome(site)
        else:
            await _your_turn(site, viewer)


def _welcome(site: Site) -> None:
    landing = Landing(
        title=site.name,
        pitch=site.pitch,
        sign_in=sign_in_path("/"),
        catalog=site.feed.head,
        words=index_of(site.feed.rows),
    )
    with (
        frame(site, None, title=site.name, columns=Columns.ONE, sign_in_elsewhere=True) as page,
        page.document,
    ):
        ui.html(landing_html(landing), sanitize=False).classes("r-scroll")


def index_of(rows: tuple[CatalogRow, ...]) -> tuple[CatalogRow, ...]:
    """A glance at the catalog for strangers: what moved last among active entries and super-drafts, by title.

    Short titles only, and none at all while there are too few to make a column.
    """
    standing = [
        row for row in rows if row.state is not EntryState.WITHDRAWN and len(row.title) <= INDEX_TITLE
    ]
    shown = sorted(standing[:INDEX_ENTRIES], key=lambda row: row.title.casefold())
    return tuple(shown) if len(shown) >= INDEX_LEAST else ()


async def _your_turn(site: Site, viewer: Actor) -> None:
    body: list[Html] = []

    waiting = Waiting()

    async def refresh() -> None:
        body[0].set_content(await _home_html(site, viewer, waiting))

    follow(site.context.bus, [EVERY_TOPIC], refresh, concerns=waiting.concerns)
    content = await _home_html(site, viewer, waiting)
    with frame(site, viewer, title="Your turn") as page, page.document:
        body.append(ui.html(content, sanitize=False).classes("r-scroll"))


async def _home_html(site: Site, viewer: Actor, waiting: Waiting) -> str:
    view = (await site.feed.newest(site.context)).view
    if not view.rows and not view.ideas:
        return nothing_yet_html(may_propose=not viewer.muted, sign_in=sign_in_path("/"))
    turns = await every_turn(site, viewer)
    waiting.show(turns)
    return your_turn_html(turns, view, now=now())
