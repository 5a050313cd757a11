"""`/rfc/<slug>/pr/<n>` and `/rfc/<slug>/meta/<n>` of a metadata or claim PR (§9.6, §10, §13.1)."""

from __future__ import annotations

from nicegui import ui

from components.conversation import Acts, Chat, Conversation, blocked_html, empty_html
from components.idea_decline import DeclinePanel
from components.metadata_clash import RENEW, clashes_html
from components.metadata_pull import DECLINE, MERGE, WITHDRAW, bar_html, decides, head_html
from components.notice import announce, toast
from components.outage import outage_html
from components.region import Region
from components.talk import talk_head
from pages.frame import Columns, frame
from pages.links import link_base
from pages.live import follow
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.errors import NotFound
from services.domain.events import proposal_topic, rfc_topic
from services.domain.identifiers import MessageId, OperationId, PullNumber, Slug
from services.domain.merge import Choice
from services.domain.permissions import MetadataField
from services.domain.pull import PullState, pull_address
from services.usecases.converse import post_to_meta_pull
from services.usecases.decide_metadata import decline_metadata, merge_metadata, withdraw_metadata
from services.usecases.resolve_metadata import resolve_metadata
from services.usecases.views.meta_pull import MetaPullView, meta_pull_view
from services.usecases.views.outage import is_cut_off

DISCUSSION = "Discussion"
_ENDINGS = {
    PullState.MERGED: "This PR has been merged.",
    PullState.CLOSED: "This PR has been closed.",
    PullState.WITHDRAWN: "This PR has been withdrawn.",
}


class MetadataPullPage:
    """One viewer's page of one metadata or claim PR."""

    def __init__(self, site: Site, viewer: Viewer, slug: Slug, number: PullNumber) -> None:
        self._site = site
        self._viewer = viewer
        self._slug = slug
        self._number = number
        self._view: MetaPullView
        self._choices: dict[MetadataField, Choice] = {}

    async def build(self, *, past: bool) -> None:
        """Follow first, then read, then show; raises NotFound where its page is at the other address."""
        topics = [proposal_topic(self._number), rfc_topic(self._slug)]
        follow(self._site.context.bus, topics, self._refresh)
        view = self._view = await self._read()
        if view.past is not past:
            raise NotFound(
                f"“{self._slug}” has no PR #{self._number} here.",
                hint=f"It is at {view.address_of(self._number)}.",
            )
        with frame(
            self._site, self._viewer, title=view.title, columns=Columns.THREE, talk=DISCUSSION
        ) as page:
            with page.document:
                self._fill_document(view)
            with page.talk:
                self._fill_talk(view)

    def _fill_document(self, view: MetaPullView) -> None:
        self._bar = Region(bar_html(view, declining=False), on_act=self._act)
        self._bar.classes("r-bar")
        column = ui.element("div").classes("r-scroll")
        with column, ui.element("div").classes("r-read r-read--one"), ui.element("div").classes("r-docmain"):
            self._head = Region(self._head_html(view))
            self._clashes = Region(clashes_html(view, self._choices), on_act=self._choose)
            self._panel = DeclinePanel(
                number=self._number,
                proposer=view.opener.name,
                decline=self._decline,
                closed=self._show_bar,
                what="claim" if view.is_claim else "PR",
                opener="claim-decline" if view.is_claim else "pr-decline",
            )

    def _fill_talk(self, view: MetaPullView) -> None:
        talk_head(DISCUSSION)
        self._talk = Conversation(
            Chat(messages=view.thread.messages),
            base=link_base(self._site, *(message.body for message in view.thread.messages)),
            acts=Acts(post=self._post),
            placeholder="Write about this change",
            draft=f"metadata-{self._slug}-{self._number}",
            empty=empty_html("Say what you think of this change, or ask why it is wanted."),
            blocked=self._blocked(view),
        )

    async def _read(self) -> MetaPullView:
        self._cut_off = await is_cut_off(self._site.context, repo=self._site.context.meta)
        return await meta_pull_view(
            self._site.context, viewer=self._viewer, slug=self._slug, number=self._number
        )

    def _head_html(self, view: MetaPullView) -> str:
        return head_html(view) + (outage_html(view.as_of) if self._cut_off else "")

    async def _refresh(self) -> None:
        before, view = self._view, await self._read()
        self._view = view
        if view.clashes != before.clashes:
            # What was chosen between is not what there is to choose from now.
            self._choices.clear()
        if view.state is not before.state and view.state in _ENDINGS:
            announce(_ENDINGS[view.state])
        if self._panel.is_open and not decides(view):
            self._panel.toggle()
        self._show_bar()
        self._head.show(self._head_html(view))
        self._clashes.show(clashes_html(view, self._choices))
        self._talk.show(Chat(messages=view.thread.messages), blocked=self._blocked(view))

    def _show_bar(self) -> None:
        self._bar.show(bar_html(self._view, declining=self._panel.is_open))

    def _blocked(self, view: MetaPullView) -> str:
        return blocked_html(view.comment, self._viewer, path=view.address_of(self._number))

    # what a person does

    async def _act(self, act: str) -> None:
        if act == DECLINE:
            self._panel.toggle()
            self._show_bar()
        elif act == MERGE:
            await self._merge()
        elif act == WITHDRAW:
            await withdraw_metadata(
                self._site.context, actor=self._viewer, slug=self._slug, number=self._number
            )
            await self._refresh()

    async def _merge(self) -> None:
        view = self._view
        merged_as = await merge_metadata(
            self._site.context,
            actor=self._viewer,
            slug=self._slug,
            number=self._number,
            seen_sha=view.head_sha,
        )
        if merged_as != self._number:
            ui.navigate.to(pull_address(self._slug, merged_as, past=view.past))
            return
        await self._refresh()
        toast(f"Merged. {view.opener.name} owns “{view.entry_title}” now." if view.is_claim else "Merged.")

    async def _choose(self, act: str) -> None:
        if act == RENEW:
            await self._renew()
            return
        _, field, choice = act.split(":")
        self._choices[MetadataField(field)] = Choice(choice)
        self._clashes.show(clashes_html(self._view, self._choices))

    async def _renew(self) -> None:
        """The same PR of what main says now, as was chosen."""
        view = self._view
        opened = await resolve_metadata(
            self._site.context,
            actor=self._viewer,
            slug=self._slug,
            number=self._number,
            choices=self._choices,
            seen={clash.field: clash.theirs for clash in view.clashes},
        )
        ui.navigate.to(pull_address(self._slug, opened.number, past=view.past))

    async def _decline(self, comment: str) -> None:
        await decline_metadata(
            self._site.context, actor=self._viewer, slug=self._slug, number=self._number, comment=comment
        )
        await self._refresh()

    async def _post(self, text: str, operation: OperationId | None) -> MessageId:
        posted = await post_to_meta_pull(
            self._site.context,
            actor=self._viewer,
            slug=self._slug,
            number=self._number,
            text=text,
            op_id=operation,
        )
        await self._refresh()
        return posted
