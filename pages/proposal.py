"""`/proposal/<n>`: an idea, its discussion and what becomes of it (§9.3)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from fastapi import Path

from components.document import Document, rendered
from components.idea import AGAIN, bar_html, decides, head_html
from components.idea_decline import DeclinePanel
from components.notice import toast
from components.propose_dialog import propose_again
from pages.discussed import DiscussedPage
from pages.errors import product_page
from pages.links import link_base
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.events import proposal_topic
from services.domain.identifiers import CommitSha, MessageId, OperationId, PullNumber
from services.domain.pull import PullState
from services.domain.rendering.markdown import RenderedDocument
from services.usecases import decide_idea
from services.usecases.converse import post_to_idea
from services.usecases.views.idea import IdeaView, idea_view


def register(site: Site) -> None:
    """Make `/proposal/<n>` a page."""

    @product_page(site, "/proposal/{number}")
    async def proposal(viewer: Viewer, number: Annotated[int, Path(ge=1, le=2**31 - 1)]) -> None:
        await _IdeaPage(site, viewer, PullNumber(number)).build()


class _IdeaPage(DiscussedPage[IdeaView]):
    """One viewer's page of one idea."""

    what = "idea"
    invitation = "Say what you think of this idea, or ask what it would settle."
    endings: ClassVar = {
        PullState.MERGED: "This idea has been merged.",
        PullState.CLOSED: "This idea has been declined.",
        PullState.WITHDRAWN: "This idea has been withdrawn.",
    }

    async def build(self) -> None:
        """Show it."""
        await self._build([proposal_topic(self._number)])

    async def _read(self) -> IdeaView:
        return await idea_view(self._site.context, viewer=self._viewer, number=self._number)

    async def _prepare(self, view: IdeaView) -> None:
        self._pitch = await self._rendered(view)

    def _address(self, view: IdeaView) -> str:
        return f"/proposal/{self._number}"

    def _draft(self) -> str:
        return f"proposal-{self._number}"

    def _bar_html(self, view: IdeaView, *, declining: bool) -> str:
        return bar_html(view, self._viewer, declining=declining)

    def _decides(self, view: IdeaView) -> bool:
        return decides(view, self._viewer)

    def _fill_document(self, view: IdeaView) -> None:
        self._document = Document(self._pitch, head=self._head(view), contents=False, version=view.head_sha)
        with self._document:
            self._panel = DeclinePanel(
                number=self._number,
                proposer=view.proposer.name,
                decline=self._decline_and_show,
                closed=self._show_bar,
            )

    async def _show_document(self, before: IdeaView, view: IdeaView) -> None:
        self._document.show_head(self._head(view))
        if (view.pitch, view.title, view.head_sha) != (before.pitch, before.title, before.head_sha):
            self._document.offer(await self._rendered(view), version=view.head_sha)

    def _head(self, view: IdeaView) -> str:
        said = (view.decision.comment or "") if view.decision is not None else ""
        return head_html(view, self._viewer, link_base(self._site, said)) + self._outage(view)

    async def _rendered(self, view: IdeaView) -> RenderedDocument:
        path = f"rfcs/{view.slug}.md" if view.slug else ""
        base = link_base(self._site, view.pitch, repo=self._site.context.meta, path=path)
        return await rendered(view.pitch, base=base, title=view.title)

    # what a person does

    async def _act(self, act: str) -> None:
        if act != AGAIN:
            await super()._act(act)
            return
        view = self._view
        propose_again(title=view.title, slug=view.slug, pitch=view.pitch, tags=view.tags)

    async def _merge(self, seen: CommitSha) -> None:
        await decide_idea.merge(self._site.context, actor=self._viewer, number=self._number, seen_sha=seen)
        await self._following.now()
        toast(f"Merged. “{self._view.title}” is a super-draft now.")

    async def _withdraw(self) -> None:
        await decide_idea.withdraw(self._site.context, actor=self._viewer, number=self._number)

    async def _decline(self, comment: str) -> None:
        await decide_idea.decline(
            self._site.context, actor=self._viewer, number=self._number, comment=comment
        )

    async def _write(self, text: str, operation: OperationId | None) -> MessageId:
        return await post_to_idea(
            self._site.context, actor=self._viewer, number=self._number, text=text, op_id=operation
        )
