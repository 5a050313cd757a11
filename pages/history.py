"""`/rfc/<slug>/history`: the versions of an entry's text on main, and what differs between any two."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from nicegui import ui

from components.diff_view import DiffActs, Difference, DiffMode, DiffView, Shown, tally_html
from components.history import bar_html, comparison_head_html, list_html, names_of
from components.region import Region
from pages.errors import product_page
from pages.frame import frame
from pages.links import link_base
from pages.live import follow
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.errors import NotFound, ProductError, UnreadableText
from services.domain.identifiers import Slug
from services.domain.topics import rfc_topic
from services.usecases.views.history import (
    ComparisonView,
    HistoryView,
    compare_versions,
    history_view,
    version_called,
)

SECTIONS = "Sections"
Commit = Annotated[str, Query(max_length=200)]


def register(site: Site) -> None:
    """Make `/rfc/<slug>/history` a page."""

    @product_page(site, "/rfc/{slug}/history")
    async def history(
        viewer: Viewer,
        slug: str,
        before: Annotated[str, Query(alias="from", max_length=200)] = "",
        to: Commit = "",
        view: str = "",
    ) -> None:
        page = _HistoryPage(site, viewer, Slug(slug))
        await page.build(before, to, DiffMode(view) if view in tuple(DiffMode) else DiffMode.RENDERED)


class _HistoryPage:
    """One viewer's page of one entry's versions."""

    def __init__(self, site: Site, viewer: Viewer, slug: Slug) -> None:
        self._site = site
        self._viewer = viewer
        self._slug = slug
        self._history: HistoryView
        self._problem = ""

    async def build(self, before: str, after: str, mode: DiffMode) -> None:
        """Two versions where they are named and can be shown, else the list, with the reason."""
        follow(self._site.context.bus, [rfc_topic(self._slug)], self._refresh)
        await self._read()
        compared = await self._compared(before, after) if before or after else None
        title = f"History of {self._history.title}"
        shown = None if compared is None else await self._shown(compared, mode)
        with frame(self._site, self._viewer, title=title) as page, page.document:
            Region(bar_html(self._history, comparing=compared is not None)).classes("r-bar")
            self._list = None
            if compared is not None and shown is not None:
                self._fill_comparison(compared, shown)
                return
            with ui.element("div").classes("r-scroll"), ui.element("div").classes("r-page"):
                self._list = Region(list_html(self._history, self._problem))

    def _fill_comparison(self, compared: ComparisonView, shown: Shown) -> None:
        views = shown.views
        tally = tally_html(views, fresh=0) if views.changes else ""
        head = comparison_head_html(self._history, compared, tally)

        async def turn(mode: DiffMode) -> None:
            diff.show(_in_mode(shown, mode), head=head)

        diff = DiffView(shown, head=head, acts=DiffActs(turn, _no_ticks, _not_noted))

    async def _read(self) -> None:
        self._history = await history_view(self._site.context, slug=self._slug)

    async def _refresh(self) -> None:
        """A comparison stays as it is: commits don't change."""
        await self._read()
        if self._list is not None:
            self._list.show(list_html(self._history, self._problem))

    async def _compared(self, before: str, after: str) -> ComparisonView | None:
        try:
            history = self._history
            newest = history.versions[0].commit_sha if history.versions else ""
            after = after or newest
            return await compare_versions(
                self._site.context,
                history=history,
                before=before or self._one_before(after),
                after=after,
            )
        except (NotFound, UnreadableText) as error:
            self._problem = _words(error)
            return None

    def _one_before(self, after: str) -> str:
        versions = self._history.versions
        index = versions.index(version_called(self._history, after)) + 1
        if index >= len(versions):
            raise NotFound(
                "This is the first version; there is none before it.", hint="Choose two of the list."
            )
        return versions[index].commit_sha

    async def _shown(self, compared: ComparisonView, mode: DiffMode) -> Shown:
        before, after, home = compared.before_text.text, compared.after_text.text, compared.after.home
        base = link_base(self._site, before, after, repo=home.repo, path=home.path, slug=self._slug)
        views = await self._site.differences.of(Difference(before, after, base, self._history.title))
        names = names_of((compared.before, compared.after))
        return Shown(views=views, mode=mode, names=names, ticks=None, label=SECTIONS)


def _in_mode(shown: Shown, mode: DiffMode) -> Shown:
    return Shown(views=shown.views, mode=mode, names=shown.names, ticks=None, label=SECTIONS)


def _words(error: ProductError) -> str:
    return f"{error.message} {error.hint}"


async def _no_ticks(section: str, fingerprint: str, viewed: bool) -> None:
    """Sections of a comparison have no ticks."""


async def _not_noted(version: str) -> None:
    """What was looked at of old versions is not kept."""
