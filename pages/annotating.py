"""Threads on a page: marks and toolbar in its document, the list in its conversation (§8.12–§8.14)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from html import escape

from components.annotations import ThreadActs, ThreadsPanel
from components.notice import toast_about
from components.selection import Placed, SelectionActs, SelectionTool, Written, off_html
from components.talk import TalkTabs
from pages.links import link_base
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.branch import branch_address
from services.domain.errors import Conflict, Invalid
from services.domain.identifiers import MessageId, OperationId, Slug, ThreadId
from services.domain.prose_diff import Span
from services.domain.quoting import Selection
from services.domain.quoting.selection import CHANGED
from services.domain.rendering.links import LinkBase
from services.domain.side import Side
from services.usecases import annotate
from services.usecases.suggest import suggest
from services.usecases.views.annotations import AnnotationsView, AnnotationView, annotations_view


class Annotating:
    """One viewer's threads on main (`branch` None) or on a branch.

    `await read()` first; then `fill_document()` inside the document column and `fill_threads(tabs)`;
    `await refresh()` whenever the page is patched.
    """

    def __init__(
        self, site: Site, viewer: Viewer, slug: Slug, branch: str | None = None, *, review: bool = False
    ) -> None:
        self.over = ""
        """Why nothing is proposed or asked about these words on this page any more, or nothing; people still talk."""
        self._review = review
        self._written = False
        self._site = site
        self._viewer = viewer
        self._slug = slug
        self._branch = branch
        self._view: AnnotationsView
        self._tool: SelectionTool | None = None
        self._panel: ThreadsPanel | None = None
        self._tabs: TalkTabs | None = None
        self._refreshing = asyncio.Lock()

    async def read(self) -> None:
        """Read the threads; raises NotFound. Where no difference is shown, struck words can't be pointed at."""
        view = await annotations_view(
            self._site.context, viewer=self._viewer, slug=self._slug, branch=self._branch
        )
        self._view = (
            view if self._review else replace(view, threads=tuple(map(_without_struck, view.threads)))
        )

    def fill_document(self) -> None:
        """Put the toolbar and the marks on the document."""
        acts = SelectionActs(self._locate, self._comment, self._flag, self._suggest)
        self._tool = SelectionTool(acts, self._view.threads, off=self._words_off, written=self._written)

    def fill_threads(self, tabs: TalkTabs) -> None:
        """Put the list of threads into the conversation's tab, and say there how many are open."""
        self._tabs = tabs
        tabs.count(threads=self._view.open_count)
        with tabs.threads:
            acts = ThreadActs(self._reply, self._judge)
            self._panel = ThreadsPanel(
                acts, self._view.threads, base=self._base(), off=self._off, asks=not self.over
            )

    async def refresh(self) -> None:
        """Read again, and patch what changed; one at a time, so that an older look never follows a newer one."""
        async with self._refreshing:
            await self.read()
            if self._tool is not None:
                self._tool.show(self._view.threads, off=self._words_off, written=self._written)
            if self._panel is not None:
                self._panel.show(self._view.threads, base=self._base(), off=self._off, asks=not self.over)
            if self._tabs is not None:
                self._tabs.count(threads=self._view.open_count)

    def turn(self, *, written: bool) -> None:
        """Mark the passages as the source (`written`) or the rendered text shows them."""
        self._written = written
        if self._tool is not None:
            self._tool.show(self._view.threads, off=self._words_off, written=written)

    async def follow_text(self) -> None:
        """The text changed, and nothing else: where no thread is, none has another place now."""
        if self._view.threads:
            await self.refresh()

    async def offer(self, thread_id: ThreadId) -> None:
        """A change made in a thread was accepted: whoever may resolve the thread is asked whether it is settled."""
        if all(thread.id != thread_id for thread in self._view.threads):
            return
        await self.refresh()
        thread = next((thread for thread in self._view.threads if thread.id == thread_id), None)
        if thread is not None and thread.offers_resolve and thread.judge.allowed:
            toast_about("Accepted. Its thread is still open.", lead="Show it", thread=thread_id)

    @property
    def _off(self) -> str:
        path = f"/rfc/{self._slug}" if self._branch is None else branch_address(self._slug, self._branch)
        return off_html(self._view.comment, self._viewer, path=path)

    @property
    def _words_off(self) -> str:
        return escape(self.over) or self._off

    def _base(self) -> LinkBase:
        said = (message.body for thread in self._view.threads for message in thread.messages)
        return link_base(self._site, *said)

    async def _locate(self, selection: Selection) -> Placed:
        if self.over:
            raise Conflict(self.over)
        span, source = await annotate.place_selection(
            self._site.context, actor=self._viewer, slug=self._slug, branch=self._branch, selection=selection
        )
        return Placed(span.start, span.end, source)

    async def _comment(self, written: Written) -> ThreadId:
        if self.over:
            raise Conflict(self.over)
        opened = await annotate.comment(
            self._site.context,
            actor=self._viewer,
            slug=self._slug,
            branch=self._branch,
            selection=written.selection,
            text=written.text,
            op_id=written.operation,
            review=self._review,
        )
        await self.refresh()
        return opened

    async def _flag(self, written: Written) -> ThreadId:
        if self.over:
            raise Conflict(self.over)
        opened = await annotate.flag(
            self._site.context,
            actor=self._viewer,
            slug=self._slug,
            branch=self._branch,
            selection=written.selection,
            label=written.text,
            op_id=written.operation,
        )
        await self.refresh()
        return opened

    async def _suggest(self, written: Written) -> None:
        placed = await self._locate(written.selection)
        if placed.source != written.source:
            raise Invalid(CHANGED, field="selection")
        span = Span(placed.start, placed.end)
        await self.read()
        await suggest(
            self._site.context,
            actor=self._viewer,
            slug=self._slug,
            branch=self._branch,
            span=span,
            proposed=written.text,
            reason=written.reason,
            thread_id=self._view.about(span, written.selection.side),
            side=written.selection.side,
        )

    async def _reply(self, thread_id: ThreadId, text: str, operation: OperationId | None) -> MessageId:
        posted = await annotate.reply(
            self._site.context, actor=self._viewer, thread_id=thread_id, text=text, op_id=operation
        )
        await self.refresh()
        return posted

    async def _judge(self, act: str, thread: AnnotationView) -> None:
        context, actor = self._site.context, self._viewer
        match act:
            case "resolve":
                await annotate.resolve(context, actor=actor, thread_id=thread.id)
            case "reopen":
                await annotate.reopen(context, actor=actor, thread_id=thread.id)
            case "discuss":
                await annotate.discuss_flag(context, actor=actor, thread_id=thread.id)
            case "confirm":
                await annotate.confirm_place(context, actor=actor, thread_id=thread.id, seen=thread.words)
            case "detach":
                await annotate.detach(context, actor=actor, thread_id=thread.id)
            case _:
                raise Invalid("There is no such act.")
        await self.refresh()


def _without_struck(thread: AnnotationView) -> AnnotationView:
    return replace(thread, shown=None, written=None) if thread.side is Side.BEFORE else thread
