"""`/admin` and `/admin/<tab>`: people, the record, and how the app is doing (§17)."""

from __future__ import annotations

from nicegui import context as ui_context
from nicegui import ui

from components.admin.parts import TABS as LABELS
from components.admin.parts import tabs_html
from components.admin.table import AdminTable
from components.shell import Columns
from pages.admin.acts import act
from pages.admin.asked import Query
from pages.admin.tabs import TABS
from pages.errors import product_page
from pages.frame import frame
from pages.live import follow
from pages.site import Site
from services.domain.actors import Actor, Viewer
from services.domain.errors import NotFound
from services.domain.events import admin_topic
from services.domain.permissions import may_read_admin, require

FIRST = "users"


def register(site: Site) -> None:
    """Make the admin pages."""

    @product_page(site, "/admin")
    async def admin(viewer: Viewer) -> None:
        await _show(site, viewer, FIRST)

    @product_page(site, "/admin/{tab}")
    async def admin_tab(viewer: Viewer, tab: str) -> None:
        await _show(site, viewer, tab)


async def _show(site: Site, viewer: Viewer, tab: str) -> None:
    actor = require(may_read_admin, viewer, act="open the admin pages")
    if tab not in TABS:
        raise NotFound("There is no such admin page.", hint="Choose one of the tabs.")
    await AdminPage(site, actor, tab, dict(ui_context.client.request.query_params)).build()


class AdminPage:
    """One open tab."""

    def __init__(self, site: Site, actor: Actor, tab: str, query: Query) -> None:
        self._site = site
        self._actor = actor
        self._tab = tab
        self._query = query

    async def build(self) -> None:
        """Follow first, read afterwards."""
        self._following = follow(self._site.context.bus, [admin_topic()], self._refresh)
        html = await self._read()
        title = f"{dict(LABELS)[self._tab]} · Admin"
        with frame(self._site, self._actor, title=title, columns=Columns.ONE) as page, page.document:
            ui.html(tabs_html(self._tab), sanitize=False)
            self._table = AdminTable(html, on_act=self._act)

    async def _read(self) -> str:
        return await TABS[self._tab](self._site.context, self._actor, self._query)

    async def _refresh(self) -> None:
        self._table.show(await self._read())

    async def _act(self, name: str, value: str) -> str:
        words = await act(self._site.context, self._actor, name, value)
        await self._following.now()
        return words
