"""`/rfc/<slug>/pr/<n>` and `/rfc/<slug>/meta/<n>` of a metadata or claim PR (§9.6, §10, §13.1)."""

from __future__ import annotations

from typing import ClassVar

from nicegui import ui

from components.idea_decline import DeclinePanel
from components.metadata_clash import RENEW, clashes_html, print_of
from components.metadata_pull import bar_html, decides, head_html
from components.notice import toast
from components.region import Region
from pages.discussed import DiscussedPage
from pages.links import link_base
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.errors import Conflict, NotFound
from services.domain.events import proposal_topic, rfc_topic
from services.domain.identifiers import CommitSha, MessageId, OperationId, PullNumber, Slug
from services.domain.merge import Choice
from services.domain.permissions import MetadataField
from services.domain.pull import PullState, pull_address
from services.usecases.converse import post_to_meta_pull
from services.usecases.decide_metadata import decline_metadata, merge_metadata, withdraw_metadata
from services.usecases.resolve_metadata import resolve_metadata
from services.usecases.views.meta_pull import MetaPullView, meta_pull_view

CHOICE_MOVED = "Main says something else by now than you chose between. Look at it again, then choose."


class MetadataPullPage(DiscussedPage[MetaPullView]):
    """One viewer's page of one metadata or claim PR; `past`: at the address of those of a graduated RFC."""

    what = "change"
    invitation = "Say what you think of this change, or ask why it is wanted."
    endings: ClassVar = {
        PullState.MERGED: "This PR has been merged.",
        PullState.CLOSED: "This PR has been closed.",
        PullState.WITHDRAWN: "This PR has been withdrawn.",
    }

    def __init__(self, site: Site, viewer: Viewer, slug: Slug, number: PullNumber, *, past: bool) -> None:
        super().__init__(site, viewer, number)
        self._slug = slug
        self._past = past
        self._choices: dict[MetadataField, Choice] = {}

    async def build(self) -> None:
        """Show it; raises NotFound where its page is at the other address."""
        await self._build([proposal_topic(self._number), rfc_topic(self._slug)])

    async def _read(self) -> MetaPullView:
        return await meta_pull_view(
            self._site.context, viewer=self._viewer, slug=self._slug, number=self._number
        )

    async def _prepare(self, view: MetaPullView) -> None:
        if view.past is not self._past:
            raise NotFound(
                f"“{self._slug}” has no PR #{self._number} here.", hint=f"It is at {self._address(view)}."
            )

    def _address(self, view: MetaPullView) -> str:
        return view.address_of(self._number)

    def _draft(self) -> str:
        return f"metadata-{self._slug}-{self._number}"

    def _bar_html(self, view: MetaPullView, *, declining: bool) -> str:
        return bar_html(view, declining=declining)

    def _decides(self, view: MetaPullView) -> bool:
        return decides(view)

    def _fill_document(self, view: MetaPullView) -> None:
        column = ui.element("div").classes("r-scroll")
        with column, ui.element("div").classes("r-read r-read--one"), ui.element("div").classes("r-docmain"):
            self._head = Region(self._head_html(view))
            self._clashes = Region(clashes_html(view, self._choices), on_act=self._choose)
            self._panel = DeclinePanel(
                number=self._number,
                proposer=view.opener.name,
                decline=self._decline_and_show,
                closed=self._show_bar,
                what="claim" if view.is_claim else "PR",
                opener="claim-decline" if view.is_claim else "pr-decline",
            )

    def _head_html(self, view: MetaPullView) -> str:
        said = (view.end.comment or "") if view.end is not None else ""
        return head_html(view, link_base(self._site, said, view.reason)) + self._outage(view)

    async def _show_document(self, before: MetaPullView, view: MetaPullView) -> None:
        if view.clashes != before.clashes:
            # What was chosen between is not what there is to choose from now.
            self._choices.clear()
        self._head.show(self._head_html(view))
        self._clashes.show(clashes_html(view, self._choices))

    # what a person does

    async def _merge(self, seen: CommitSha) -> None:
        view = self._view
        merged_as = await merge_metadata(
            self._site.context,
            actor=self._viewer,
            slug=self._slug,
            number=self._number,
            seen_sha=seen,
        )
        if merged_as != self._number:
            ui.navigate.to(pull_address(self._slug, merged_as, past=view.past))
            return
        await self._following.now()
        toast(f"Merged. {view.opener.name} owns “{view.entry_title}” now." if view.is_claim else "Merged.")

    async def _choose(self, act: str) -> None:
        what, shown, *chosen = act.split(":")
        if shown != print_of(self._view):
            raise Conflict(CHOICE_MOVED)
        if what == RENEW:
            await self._renew()
            return
        field, choice = chosen
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

    async def _withdraw(self) -> None:
        await withdraw_metadata(self._site.context, actor=self._viewer, slug=self._slug, number=self._number)

    async def _decline(self, comment: str) -> None:
        await decline_metadata(
            self._site.context, actor=self._viewer, slug=self._slug, number=self._number, comment=comment
        )

    async def _write(self, text: str, operation: OperationId | None) -> MessageId:
        return await post_to_meta_pull(
            self._site.context,
            actor=self._viewer,
            slug=self._slug,
            number=self._number,
            text=text,
            op_id=operation,
        )
