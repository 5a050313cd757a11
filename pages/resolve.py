"""`/rfc/<slug>/pr/<n>/resolve`: a pull request's conflict, resolved without knowing Git (§10.9)."""

from __future__ import annotations

from nicegui import ui
from starlette.responses import Response

from components import resolve
from components.document import body_html, rendered
from components.notice import announce
from components.region import Region
from pages.errors import product_page, see_other
from pages.frame import Columns, frame
from pages.links import link_base
from pages.live import follow
from pages.pull import Number
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.errors import Conflict
from services.domain.identifiers import PullNumber, Slug
from services.domain.merge import Choice
from services.domain.pull import pull_address
from services.domain.topics import pull_topic, rfc_topic
from services.usecases.decide_pull import withdraw_pull
from services.usecases.discard_replay import discard_replay
from services.usecases.known_pull import moved_to
from services.usecases.resolve_pull import (
    ask_wording,
    choose_wording,
    open_resolved,
    start_resolving,
    take_wordings,
)
from services.usecases.views.resolution import ClashView, ResolutionView, resolution_view


def register(site: Site) -> None:
    """Make `/rfc/<slug>/pr/<n>/resolve` a page."""

    @product_page(site, "/rfc/{slug}/pr/{number}/resolve")
    async def resolve_page(viewer: Viewer, slug: str, number: Number) -> Response | None:
        async with site.context.store.read() as work:
            other = await moved_to(
                work,
                site.context.meta,
                slug=Slug(slug),
                number=PullNumber(number),
                viewer=viewer,
                meta=False,
            )
        if other is not None:
            return see_other(other)  # of before a graduation: there is nothing left to resolve
        await _ResolvePage(site, viewer, Slug(slug), PullNumber(number)).build()
        return None


class _ResolvePage:
    """One viewer's page of one replay."""

    def __init__(self, site: Site, viewer: Viewer, slug: Slug, number: PullNumber) -> None:
        self._site = site
        self._viewer = viewer
        self._slug = slug
        self._number = number
        self._view: ResolutionView

    async def build(self) -> None:
        """Follow first, then read, then show."""
        topics = [pull_topic(self._slug, self._number), rfc_topic(self._slug)]
        self._following = follow(self._site.context.bus, topics, self._refresh)
        await self._read()
        title = f"Resolve #{self._number}, {self._view.pull.entry_title}"
        preview = await self._preview()
        with frame(self._site, self._viewer, title=title, columns=Columns.TWO) as page, page.document:
            with ui.element("div").classes("r-bar"):
                self._bar = Region(resolve.bar_html(self._view))
                self._bar.classes("r-barpart r-grow")
            with ui.element("div").classes("r-scroll"), ui.element("div").classes("r-page"):
                self._main = Region(resolve.page_html(self._view, preview), on_act=self._act)

    async def _read(self) -> None:
        self._view = await resolution_view(
            self._site.context, viewer=self._viewer, slug=self._slug, number=self._number
        )

    async def _refresh(self) -> None:
        before = self._view.clashes
        await self._read()
        self._tell_choices(before)
        self._bar.show(resolve.bar_html(self._view))
        self._main.show(resolve.page_html(self._view, await self._preview()))

    def _tell_choices(self, before: tuple[ClashView, ...]) -> None:
        """Say who chose meanwhile, to whoever does not see it."""
        for old, clash in zip(before, self._view.clashes, strict=False):
            by = clash.chosen_by
            if (
                by is not None
                and clash.seen != old.seen
                and not (self._viewer and by.login == self._viewer.login)
            ):
                announce(f"{by.name} chose how passage {clash.index + 1} is to read.")

    async def _preview(self) -> str:
        """The whole text as it will read."""
        view = self._view
        if view.branch is None:
            return ""
        home = view.pull.home
        base = link_base(self._site, view.preview, repo=home.repo, path=home.path, slug=self._slug)
        return body_html(await rendered(view.preview, base=base, title=view.pull.entry_title))

    async def _act(self, act: str) -> None:
        try:
            await self._do(act)
        except Conflict:
            await self._following.now()  # what is said to have changed is to be seen
            raise

    async def _do(self, act: str) -> None:
        context, actor, slug, number = self._site.context, self._viewer, self._slug, self._number
        word, _, rest = act.partition(":")
        index, _, given = rest.partition(":")
        if word == resolve.BEGIN:
            await start_resolving(context, actor=actor, slug=slug, number=number)
        elif word == resolve.AGAIN:
            await discard_replay(context, actor=actor, slug=slug, number=number)
            await start_resolving(context, actor=actor, slug=slug, number=number)
        elif word == resolve.WITHDRAW:
            await withdraw_pull(context, actor=actor, slug=slug, number=number)
            ui.navigate.to(pull_address(slug, number))
            return
        elif word == resolve.TAKE:
            await take_wordings(context, actor=actor, slug=slug, number=number, seen=rest)
        elif word == resolve.OPEN:
            opened = await open_resolved(context, actor=actor, slug=slug, number=number)
            ui.navigate.to(pull_address(slug, opened.number))
            return
        elif index.isdecimal() and int(index) < len(self._view.clashes):
            await self._choose(word, int(index), given)
        await self._following.now()

    async def _choose(self, word: str, index: int, given: str) -> None:
        """What was seen is what the browser showed: this page's view may be newer by now."""
        context, actor, slug, number = self._site.context, self._viewer, self._slug, self._number
        seen, _, written = given.partition(":")
        if word == resolve.ASK:
            await ask_wording(context, actor=actor, slug=slug, number=number, clash=index, seen=seen)
        elif word == resolve.WRITE or word in frozenset(Choice):
            own = word == resolve.WRITE
            wording = written if own else resolve.wording_of(self._view.clashes[index], Choice(word))
            await choose_wording(
                context, actor=actor, slug=slug, number=number, clash=index, wording=wording, seen=seen
            )
