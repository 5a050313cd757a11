"""`/rfc/<slug>/pr/<n>` and `/rfc/<slug>/meta/<n>`: a pull request, read and reviewed (§10.3–§10.8)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from nicegui import background_tasks, ui
from nicegui import context as ui_context
from starlette.responses import Response

from components.diff_view import DiffActs, Difference, DiffMode, DiffView, Shown, tally_html
from components.notice import announce, toast
from components.outage import outage_html
from components.pull import EDIT, MERGE, REOPEN, RESOLVE, WITHDRAW, bar_html, head_html
from components.pull_words import PullWordsPanel
from components.region import Region
from pages.annotating import Annotating
from pages.errors import product_page, see_other
from pages.frame import Columns, frame
from pages.links import link_base
from pages.live import follow
from pages.metadata_pull import MetadataPullPage
from pages.site import Site
from pages.talk_column import TalkColumn
from services.domain.actors import Viewer
from services.domain.diff_views import DiffViews
from services.domain.identifiers import CommitSha, PullNumber, Slug
from services.domain.pull import BODY_KINDS, PullState, pull_address
from services.domain.pull_draft import PullWords
from services.domain.rendering.links import LinkBase
from services.domain.topics import branch_topic, pull_topic, rfc_topic
from services.usecases import decide_pull, look_at_pull
from services.usecases.known_pull import moved_to
from services.usecases.look_at_pull import Looked
from services.usecases.views.outage import is_cut_off
from services.usecases.views.pull import PullView, pull_view

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
_ENDINGS = {
    PullState.MERGED: "This PR has been merged.",
    PullState.CLOSED: "This PR has been closed.",
    PullState.WITHDRAWN: "This PR has been withdrawn.",
    PullState.OPEN: "This PR is open again.",
}
_OVER = {
    PullState.MERGED: "This PR has been merged. What is still to change goes into a new one, from its branch.",
    PullState.CLOSED: "This PR has been closed. Its text can be changed on its branch.",
    PullState.WITHDRAWN: "This PR has been withdrawn. Its text can be changed on its branch.",
}
"""Why its words are nothing to act on any more: the page shows what it ended with, whatever its branch says."""
_NOTHING = DiffViews("", "", "")


def register(site: Site) -> None:
    """Make both addresses of pull requests pages."""

    @product_page(site, "/rfc/{slug}/pr/{number}")
    async def pull(viewer: Viewer, slug: str, number: Number, view: str = "") -> Response | None:
        return await _build(site, viewer, Slug(slug), PullNumber(number), asked=view, meta=False)

    @product_page(site, "/rfc/{slug}/meta/{number}")
    async def meta(viewer: Viewer, slug: str, number: Number, view: str = "") -> Response | None:
        return await _build(site, viewer, Slug(slug), PullNumber(number), asked=view, meta=True)


async def _build(
    site: Site, viewer: Viewer, slug: Slug, number: PullNumber, *, asked: str, meta: bool
) -> Response | None:
    """A change of the text is reviewed; what only changes what is said about an entry has a page of its own."""
    context = site.context
    async with context.store.read() as work:
        other = await moved_to(work, context.meta, slug=slug, number=number, viewer=viewer, meta=meta)
    if other is not None:
        keeps_view = asked in tuple(DiffMode) and other.startswith(f"/rfc/{slug}/")
        return see_other(f"{other}?view={asked}" if keeps_view else other)
    known = await pull_view(context, viewer=viewer, slug=slug, number=number, meta=meta)
    if known.kind in BODY_KINDS:
        await _PullPage(site, viewer, slug, number, meta=meta).build(asked)
    else:
        await MetadataPullPage(site, viewer, slug, number, past=meta).build()
    return None


class _PullPage:
    """One viewer's page of one pull request."""

    def __init__(self, site: Site, viewer: Viewer, slug: Slug, number: PullNumber, *, meta: bool) -> None:
        self._site = site
        self._viewer = viewer
        self._slug = slug
        self._number = number
        self._meta = meta
        self._view: PullView
        self._compared: PullView
        self._looked: Looked | None = None
        self._merging = False
        self._has_looked = False

    async def build(self, asked: str) -> None:
        """Follow first, then read, then show."""
        bus, topics = self._site.context.bus, [pull_topic(self._slug, self._number), rfc_topic(self._slug)]
        self._following = follow(bus, topics, self._refresh)
        view = self._view = await self._read()
        self._following.also(bus, [branch_topic(self._slug, view.branch)])
        self._mode = DiffMode(asked) if asked in tuple(DiffMode) else DiffMode.RENDERED
        self._looked = await look_at_pull.looked_at(self._site.context, viewer=self._viewer, pull=view)
        self._talk = TalkColumn(self._site, self._viewer, slug=self._slug, branch=view.branch)
        self._threads = Annotating(self._site, self._viewer, self._slug, view.branch, review=True)
        self._talk.over = self._threads.over = _OVER.get(view.state, "")
        await self._talk.read()
        await self._threads.read()
        self._threads.turn(written=self._mode is DiffMode.SOURCE)
        self._talk.on_accepted = self._threads.offer
        await self._compare()
        ui_context.client.on_delete(self._leave)
        with frame(self._site, self._viewer, title=view.title, columns=Columns.THREE) as page:
            with page.document:
                self._fill_document()
            with page.talk:
                self._talk.fill()
                self._threads.fill_threads(self._talk.tabs)

    def _fill_document(self) -> None:
        self._bar = Region(self._bar_html(), on_act=self._act)
        self._bar.classes("r-bar")
        acts = DiffActs(self._turn, self._tick, self._look)
        self._diff = DiffView(self._shown(), head=self._head(), acts=acts)
        with self._diff:
            key = f"{self._slug}/{'meta/' if self._meta else ''}{self._number}"
            self._words = PullWordsPanel(key=key, save=self._save_words, present=self._present_words)
        self._talk.fill_prompt()
        self._threads.fill_document()

    async def _read(self) -> PullView:
        view = await pull_view(
            self._site.context, viewer=self._viewer, slug=self._slug, number=self._number, meta=self._meta
        )
        self._cut_off = await is_cut_off(self._site.context, repo=view.repo)
        return view

    async def _compare(self) -> None:
        """The difference, and what of it is new to the viewer; shown is what was compared last."""
        view, context = self._view, self._site.context
        views, fresh = _NOTHING, frozenset[str]()
        if view.problem is None:
            base = self._link_base(view)
            views = await self._site.differences.of(
                Difference(view.before, view.after, base, view.entry_title)
            )
            if self._looked is not None:
                seen = self._looked.commit_sha
                fresh = await look_at_pull.new_changes(context, pull=view, seen=seen, base=base)
        if view is self._view:  # else whoever read it anew compares that
            self._compared, self._views, self._fresh = view, views, fresh

    def _link_base(self, view: PullView) -> LinkBase:
        return link_base(
            self._site,
            view.before,
            view.after,
            repo=view.repo,
            path=view.home.path,
            slug=view.slug,
            branch=view.branch if view.state is PullState.OPEN else "",
        )

    def _shown(self) -> Shown:
        view = self._compared
        base = f"main {view.base_sha[:7]}" if view.base_sha else "main"
        return Shown(
            views=self._views,
            mode=self._mode,
            names=(base, f"{view.branch} {view.head_sha[:7]}"),
            ticks=self._looked.ticks if self._looked is not None else None,
            fresh=self._fresh,
            problem=view.problem or "",
            version=view.head_sha,
        )

    def _head(self) -> str:
        view = self._view
        tally = tally_html(self._views, fresh=len(self._fresh)) if self._views.changes else ""
        head = head_html(view, tally, signed_in=self._viewer is not None)
        return head + (outage_html(view.as_of) if self._cut_off else "")

    def _bar_html(self) -> str:
        return bar_html(self._view, merging=self._merging, signed_in=self._viewer is not None)

    async def _refresh(self) -> None:
        before, view = self._view, await self._read()
        self._view = view
        self._talk.over = self._threads.over = _OVER.get(view.state, "")
        if view.state is not before.state:
            announce(_ENDINGS[view.state])
        if (view.before, view.after) != (self._compared.before, self._compared.after):
            self._has_looked = False
            await self._compare()
            announce("The text of this PR has changed.")
        else:
            self._compared = view
        self._show()
        await self._talk.refresh()
        await self._threads.refresh()

    def _show(self) -> None:
        self._bar.show(self._bar_html())
        self._diff.show(self._shown(), head=self._head())

    # what a person does

    async def _turn(self, mode: DiffMode) -> None:
        self._mode = mode
        self._show()
        self._threads.turn(written=mode is DiffMode.SOURCE)

    async def _tick(self, section: str, fingerprint: str, viewed: bool) -> None:
        context = self._site.context
        await look_at_pull.tick_section(
            context,
            actor=self._viewer,
            pull=self._view,
            section=section,
            fingerprint=fingerprint,
            viewed=viewed,
        )
        seen = self._looked.commit_sha if self._looked is not None else None
        now = await look_at_pull.looked_at(context, viewer=self._viewer, pull=self._view)
        # What was new when the page was opened stays so.
        self._looked = Looked(seen, now.ticks) if now is not None else None
        self._show()

    async def _act(self, act: str) -> None:
        act, _, seen = act.partition(":")
        if act == MERGE:
            await self._merge(CommitSha(seen))
        elif act == EDIT:
            self._words.open()
        elif act == RESOLVE:
            ui.navigate.to(f"{pull_address(self._slug, self._number)}/resolve")
        elif act in (WITHDRAW, REOPEN):
            decide = decide_pull.withdraw_pull if act == WITHDRAW else decide_pull.reopen_pull
            await decide(
                self._site.context,
                actor=self._viewer,
                slug=self._slug,
                number=self._number,
                meta=self._meta,
            )
            await self._following.now()

    async def _merge(self, seen: CommitSha) -> None:
        """Merge what the viewer's browser shows; Gitea may need a while to find out whether it can."""
        self._merging = True
        self._bar.show(self._bar_html())
        try:
            await decide_pull.merge_pull(
                self._site.context,
                actor=self._viewer,
                slug=self._slug,
                number=self._number,
                seen_sha=seen,
                meta=self._meta,
            )
        finally:
            self._merging = False
            await self._following.now()
        toast(f"Merged. “{self._view.title}” is part of the text now.")

    def _present_words(self) -> PullWords:
        return PullWords(self._view.title, self._view.description)

    async def _save_words(self, title: str | None, description: str | None, seen: PullWords) -> None:
        try:
            await decide_pull.edit_pull(
                self._site.context,
                actor=self._viewer,
                slug=self._slug,
                number=self._number,
                title=title,
                description=description,
                seen=seen,
                meta=self._meta,
            )
        finally:
            await self._following.now()

    async def _look(self, version: str) -> None:
        if version != self._view.head_sha:
            return  # what came since has not been in sight yet
        self._has_looked = True
        await self._note_looked()

    async def _note_looked(self) -> None:
        """What was only opened, or changed unseen, stays new."""
        if self._has_looked and self._viewer is not None and self._view.problem is None:
            await look_at_pull.mark_looked(self._site.context, actor=self._viewer, pull=self._view)

    def _leave(self) -> None:
        background_tasks.create(self._note_looked(), name="note what was seen of a pull request")
