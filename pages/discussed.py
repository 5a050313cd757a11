"""What the pages of ideas and of metadata PRs share: a bar on which one decides, and a discussion (§9.3, §9.6)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Final, Generic, Protocol, TypeVar

from components.conversation import Acts, Chat, Conversation, blocked_html, empty_html
from components.idea import DECLINE, MERGE, WITHDRAW
from components.idea_decline import DeclinePanel
from components.notice import announce
from components.outage import outage_html
from components.region import Region
from components.talk import talk_head
from pages.frame import Columns, frame
from pages.links import link_base
from pages.live import follow
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.identifiers import CommitSha, MessageId, OperationId, PullNumber
from services.domain.pull import PullState
from services.domain.rendering.links import LinkBase
from services.usecases.views.outage import is_cut_off
from services.usecases.views.parts import Permit, ThreadView

DISCUSSION: Final = "Discussion"


class Discussed(Protocol):
    """What such a page shows."""

    @property
    def title(self) -> str: ...
    @property
    def state(self) -> PullState: ...
    @property
    def comment(self) -> Permit: ...
    @property
    def thread(self) -> ThreadView: ...
    @property
    def as_of(self) -> datetime | None: ...


V = TypeVar("V", bound=Discussed)


class DiscussedPage(ABC, Generic[V]):
    """One viewer's page; `what` is what it is about, `invitation` what is said where nobody has spoken."""

    what: ClassVar[str]
    invitation: ClassVar[str]
    endings: ClassVar[Mapping[PullState, str]]
    _panel: DeclinePanel
    _view: V

    def __init__(self, site: Site, viewer: Viewer, number: PullNumber) -> None:
        self._site = site
        self._viewer = viewer
        self._number = number

    async def _build(self, topics: list[str]) -> None:
        """Follow first, then read, then show."""
        self._following = follow(self._site.context.bus, topics, self._refresh)
        view = self._view = await self._read_all()
        await self._prepare(view)
        with frame(
            self._site, self._viewer, title=view.title, columns=Columns.THREE, talk=DISCUSSION
        ) as page:
            with page.document:
                self._bar = Region(self._bar_html(view, declining=False), on_act=self._act)
                self._bar.classes("r-bar")
                self._fill_document(view)
            with page.talk:
                self._fill_talk(view)

    # what each of them does its own way

    @abstractmethod
    async def _read(self) -> V: ...

    async def _prepare(self, view: V) -> None:
        """Whatever has to be read before the page is drawn; raises NotFound where it is at another address."""

    @abstractmethod
    def _address(self, view: V) -> str: ...

    @abstractmethod
    def _draft(self) -> str: ...

    @abstractmethod
    def _bar_html(self, view: V, *, declining: bool) -> str: ...

    @abstractmethod
    def _decides(self, view: V) -> bool: ...

    @abstractmethod
    def _fill_document(self, view: V) -> None: ...

    @abstractmethod
    async def _show_document(self, before: V, view: V) -> None: ...

    @abstractmethod
    async def _merge(self, seen: CommitSha) -> None: ...

    @abstractmethod
    async def _decline(self, comment: str) -> None: ...

    @abstractmethod
    async def _withdraw(self) -> None: ...

    @abstractmethod
    async def _write(self, text: str, operation: OperationId | None) -> MessageId: ...

    # what they share

    def _fill_talk(self, view: V) -> None:
        talk_head(DISCUSSION)
        self._talk = Conversation(
            Chat(messages=view.thread.messages),
            base=self._base(view),
            acts=Acts(post=self._post),
            placeholder=f"Write about this {self.what}",
            draft=self._draft(),
            empty=empty_html(self.invitation),
            blocked=self._blocked(view),
        )

    def _base(self, view: V) -> LinkBase:
        return link_base(self._site, *(message.body for message in view.thread.messages))

    async def _read_all(self) -> V:
        self._cut_off = await is_cut_off(self._site.context, repo=self._site.context.meta)
        return await self._read()

    def _outage(self, view: V) -> str:
        return outage_html(view.as_of) if self._cut_off else ""

    async def _refresh(self) -> None:
        before, view = self._view, await self._read_all()
        self._view = view
        if view.state is not before.state and view.state in self.endings:
            announce(self.endings[view.state])
        if self._panel.is_open and not self._decides(view):
            self._panel.toggle()
        self._show_bar()
        await self._show_document(before, view)
        self._talk.show(
            Chat(messages=view.thread.messages), base=self._base(view), blocked=self._blocked(view)
        )

    def _show_bar(self) -> None:
        self._bar.show(self._bar_html(self._view, declining=self._panel.is_open))

    def _blocked(self, view: V) -> str:
        return blocked_html(view.comment, self._viewer, path=self._address(view))

    async def _act(self, act: str) -> None:
        act, _, seen = act.partition(":")
        if act == DECLINE:
            self._panel.toggle()
            self._show_bar()
        elif act == MERGE:
            await self._merge(CommitSha(seen))
        elif act == WITHDRAW:
            await self._withdraw()
            await self._following.now()

    async def _decline_and_show(self, comment: str) -> None:
        await self._decline(comment)
        await self._following.now()

    async def _post(self, text: str, operation: OperationId | None) -> MessageId:
        posted = await self._write(text, operation)
        await self._following.now()
        return posted
