"""`/proposal/<n>`: an idea, its discussion and what becomes of it (§9.3)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from components.conversation import Acts, Chat, Conversation, blocked_html, empty_html
from components.document import Document, rendered
from components.idea import DECLINE, MERGE, WITHDRAW, bar_html, decides, head_html
from components.idea_decline import DeclinePanel
from components.notice import announce, toast
from components.outage import outage_html
from components.region import Region
from components.talk import talk_head
from pages.errors import product_page
from pages.frame import Columns, frame
from pages.links import link_base
from pages.live import follow
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.events import proposal_topic
from services.domain.identifiers import MessageId, OperationId, PullNumber
from services.domain.pull import PullState
from services.domain.rendering.markdown import RenderedDocument
from services.usecases import decide_idea
from services.usecases.converse import post_to_idea
from services.usecases.views.idea import IdeaView, idea_view
from services.usecases.views.outage import is_cut_off

DISCUSSION = "Discussion"
_ENDINGS = {
    PullState.MERGED: "This idea has been merged.",
    PullState.CLOSED: "This idea has been declined.",
    PullState.WITHDRAWN: "This idea has been withdrawn.",
}


def register(site: Site) -> None:
    """Make `/proposal/<n>` a page."""

    @product_page(site, "/proposal/{number}")
    async def proposal(viewer: Viewer, number: Annotated[int, Path(ge=1, le=2**31 - 1)]) -> None:
        await _IdeaPage(site, viewer, PullNumber(number)).build()


class _IdeaPage:
    """One viewer's page of one idea."""

    def __init__(self, site: Site, viewer: Viewer, number: PullNumber) -> None:
        self._site = site
        self._viewer = viewer
        self._number = number
        self._view: IdeaView

    async def build(self) -> None:
        """Follow first, then read, then show."""
        follow(self._site.context.bus, [proposal_topic(self._number)], self._refresh)
        view = self._view = await self._read()
        pitch = await self._pitch(view)
        with frame(
            self._site, self._viewer, title=view.title, columns=Columns.THREE, talk=DISCUSSION
        ) as page:
            with page.document:
                self._fill_document(view, pitch)
            with page.talk:
                self._fill_talk(view)

    def _fill_document(self, view: IdeaView, pitch: RenderedDocument) -> None:
        self._bar = Region(bar_html(view, self._viewer, declining=False), on_act=self._act)
        self._bar.classes("r-bar")
        self._document = Document(pitch, head=self._head(view), contents=False)
        with self._document:
            self._panel = DeclinePanel(
                number=self._number,
                proposer=view.proposer.name,
                decline=self._decline,
                closed=self._show_bar,
            )

    def _fill_talk(self, view: IdeaView) -> None:
        talk_head(DISCUSSION)
        self._talk = Conversation(
            Chat(messages=view.thread.messages),
            base=link_base(self._site, *(message.body for message in view.thread.messages)),
            acts=Acts(post=self._post),
            placeholder="Write about this idea",
            draft=f"proposal-{self._number}",
            empty=empty_html("Say what you think of this idea, or ask what it would settle."),
            blocked=self._blocked(view),
        )

    async def _read(self) -> IdeaView:
        self._cut_off = await is_cut_off(self._site.context, repo=self._site.context.meta)
        return await idea_view(self._site.context, viewer=self._viewer, number=self._number)

    def _head(self, view: IdeaView) -> str:
        return head_html(view, self._viewer) + (outage_html(view.as_of) if self._cut_off else "")

    async def _pitch(self, view: IdeaView) -> RenderedDocument:
        path = f"rfcs/{view.slug}.md" if view.slug else ""
        base = link_base(self._site, view.pitch, repo=self._site.context.meta, path=path)
        return await rendered(view.pitch, base=base, title=view.title)

    async def _refresh(self) -> None:
        before, view = self._view, await self._read()
        self._view = view
        if view.state is not before.state and view.state in _ENDINGS:
            announce(_ENDINGS[view.state])
        if self._panel.is_open and not decides(view, self._viewer):
            self._panel.toggle()
        self._show_bar()
        self._document.show_head(self._head(view))
        if (view.pitch, view.title) != (before.pitch, before.title):
            self._document.offer(await self._pitch(view))
        self._talk.show(Chat(messages=view.thread.messages), blocked=self._blocked(view))

    def _show_bar(self) -> None:
        self._bar.show(bar_html(self._view, self._viewer, declining=self._panel.is_open))

    def _blocked(self, view: IdeaView) -> str:
        return blocked_html(view.comment, self._viewer, path=f"/proposal/{self._number}")

    # what a person does

    async def _act(self, act: str) -> None:
        if act == DECLINE:
            self._panel.toggle()
            self._show_bar()
        elif act == MERGE:
            await self._merge()
        elif act == WITHDRAW:
            await decide_idea.withdraw(self._site.context, actor=self._viewer, number=self._number)
            await self._refresh()

    async def _merge(self) -> None:
        await decide_idea.merge(
            self._site.context, actor=self._viewer, number=self._number, seen_sha=self._view.head_sha
        )
        await self._refresh()
        toast(f"Merged. “{self._view.title}” is a super-draft now.")

    async def _decline(self, comment: str) -> None:
        await decide_idea.decline(
            self._site.context, actor=self._viewer, number=self._number, comment=comment
        )
        await self._refresh()

    async def _post(self, text: str, operation: OperationId | None) -> MessageId:
        posted = await post_to_idea(
            self._site.context, actor=self._viewer, number=self._number, text=text, op_id=operation
        )
        await self._refresh()
        return posted
