"""`/rfc/<slug>`: an entry's text on main with its conversation (§8.1, §8.2, §8.4)."""

from __future__ import annotations

from nicegui import ui

from components.branch_menu import BranchMenu
from components.document import Document, contents_html, rendered
from components.entry import START, bar_html, head_html
from components.outage import outage_html
from components.region import Region
from components.workspace import Mode
from pages.annotating import Annotating
from pages.errors import product_page
from pages.frame import Columns, frame
from pages.graduating import GRADUATE, Graduating
from pages.last_visit import LastVisit
from pages.links import link_base
from pages.live import follow
from pages.metadata_acts import Metadata
from pages.site import Site
from pages.talk_column import TalkColumn
from pages.watching import Watching
from services.domain.actors import Viewer
from services.domain.branch import branch_address
from services.domain.events import rfc_topic
from services.domain.identifiers import Repository, Slug
from services.domain.rendering.markdown import RenderedDocument
from services.usecases.contribute import start_contributing
from services.usecases.views.branch import branch_options
from services.usecases.views.entry import EntryView, entry_view
from services.usecases.views.outage import is_cut_off


def register(site: Site) -> None:
    """Make `/rfc/<slug>` a page."""

    @product_page(site, "/rfc/{slug}")
    async def rfc(viewer: Viewer, slug: str, graduate: str | None = None) -> None:
        await _EntryPage(site, viewer, Slug(slug), graduates=graduate is not None).build()


class _EntryPage:
    """One viewer's page of one entry; `graduates`: they came to graduate it."""

    def __init__(self, site: Site, viewer: Viewer, slug: Slug, *, graduates: bool) -> None:
        self._site = site
        self._viewer = viewer
        self._slug = slug
        self._view: EntryView
        self._talk = TalkColumn(site, viewer, slug=slug)
        self._threads = Annotating(site, viewer, slug)
        self._visit = LastVisit(site, viewer, slug)
        self._graduating = Graduating(site, viewer, slug, at_once=graduates)
        self._metadata = Metadata(site, viewer, slug)
        self._watching = Watching(site, viewer, slug)

    async def build(self) -> None:
        """Follow first, then read, then show."""
        bus, topics, talk = self._site.context.bus, [rfc_topic(self._slug)], self._talk
        follow(bus, topics, self._refresh, concerns=lambda event: not talk.is_all(event))
        talk.follow(topics, talk.is_all)
        view = self._view = await self._read()
        await self._talk.read()
        await self._watching.read()
        await self._threads.read()
        text = await self._text(view)
        with frame(self._site, self._viewer, title=view.title, columns=Columns.THREE) as page:
            with page.document:
                with ui.element("div").classes("r-bar"):
                    self._fill_bar(view, text)
                self._document = Document(text, head=self._head(view))
                with self._document:
                    self._graduating.fill(view.title)
                    self._visit.fill(view)
                self._talk.fill_prompt()
                self._threads.fill_document()
                self._metadata.fill()
            with page.talk:
                self._talk.fill()
                self._threads.fill_threads(self._talk.tabs)

    def _fill_bar(self, view: EntryView, text: RenderedDocument) -> None:
        login = self._viewer.login if self._viewer is not None else ""
        self._menu = BranchMenu(self._options, slug=self._slug, entry=view.rfc_id or view.slug, login=login)
        ui.element("span").classes("r-grow")
        self._watching.fill()
        self._bar = Region(self._bar_html(view, text), on_act=self._act)
        self._bar.classes("r-barpart")

    async def _read(self) -> EntryView:
        view = await entry_view(self._site.context, viewer=self._viewer, slug=self._slug)
        await self._visit.read()
        await self._graduating.read()
        await self._metadata.read()
        self._options = await branch_options(self._site.context, viewer=self._viewer, slug=view.slug)
        self._cut_off = await is_cut_off(self._site.context, repo=Repository(view.text_repo))
        return view

    def _head(self, view: EntryView) -> str:
        return head_html(view) + self._metadata.notes + (outage_html(view.as_of) if self._cut_off else "")

    async def _text(self, view: EntryView) -> RenderedDocument:
        base = link_base(self._site, view.body, repo=view.text_repo, path=view.text_path, slug=view.slug)
        return await rendered(view.body, base=base, title=view.title)

    async def _refresh(self) -> None:
        before, view = self._view, await self._read()
        self._view = view
        self._menu.show(self._options, entry=view.rfc_id or view.slug)
        self._document.show_head(self._head(view))
        text = await self._text(view)
        self._bar.show(self._bar_html(view, text))
        if (view.body, view.title) != (before.body, before.title):
            self._document.offer(text)
        elif view.text_repo != before.text_repo:
            self._document.patch(text)  # the same words; addresses in it are others since it graduated
        self._graduating.show(view.title)
        self._metadata.show()
        self._visit.show(view)
        await self._talk.refresh()
        await self._watching.refresh()
        await self._threads.refresh()

    def _bar_html(self, view: EntryView, text: RenderedDocument) -> str:
        listed = bool(contents_html(text.headings))
        return bar_html(
            view,
            self._viewer,
            listed=listed,
            graduates=self._graduating.offered,
            more=self._metadata.buttons,
        )

    async def _act(self, act: str) -> None:
        if act == START:
            started = await start_contributing(self._site.context, actor=self._viewer, slug=self._slug)
            ui.navigate.to(f"{branch_address(started.slug, started.name)}?mode={Mode.CONTRIBUTE}")
        elif act == GRADUATE:
            self._graduating.ask()
        else:
            await self._metadata.act(act)
