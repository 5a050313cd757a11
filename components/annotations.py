"""The Threads tab: threads about passages, those that lost theirs in a tray, the resolved folded (§8.13, §8.14)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypedDict

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from components.design import icon
from components.notices import Refusal, attempt
from components.operations import operation_from
from components.thread_card import foot_html, label_of, thread_html
from services.domain.identifiers import OperationId, ThreadId
from services.domain.rendering.links import LinkBase
from services.store.queries.threads import ThreadState
from services.usecases.views.annotations import AnnotationView

UNCLEAR = "It could not be done. Try again."
EMPTY = (
    f"{icon('message-square')}<b>No threads yet</b>"
    "<p>Select words in the text to comment on them, or use the button beside a paragraph.</p>"
)


@dataclass(frozen=True, slots=True)
class ThreadActs:
    """What the page does; each may raise ProductError."""

    reply: Callable[[ThreadId, str, OperationId | None], Awaitable[object]]
    judge: Callable[[str, AnnotationView], Awaitable[None]]
    """One of resolve, reopen, discuss, confirm, detach."""


class ThreadItem(TypedDict):
    """One thread as the browser gets it."""

    id: int
    html: str
    foot: str
    label: str
    state: str
    orphan: bool
    count: int


class ThreadsPanel(Element, component="annotations.js"):
    """All threads; `off` is why one can't reply (HTML), or nothing; `asks`: a model can be asked on this page."""

    def __init__(
        self,
        acts: ThreadActs,
        threads: Iterable[AnnotationView],
        *,
        base: LinkBase,
        off: str,
        asks: bool = False,
    ) -> None:
        super().__init__()
        self._acts = acts
        self._asks = asks
        self._threads: dict[ThreadId, AnnotationView] = {}
        self._props.update(items=self._items(threads, base), off=off, empty=EMPTY)
        self.on("act", self._act)
        self.on("reply", self._reply)

    def show(
        self, threads: Iterable[AnnotationView], *, base: LinkBase, off: str, asks: bool = False
    ) -> None:
        """Show the threads as they are now; nothing is sent when nothing changed."""
        self._asks = asks
        fresh = {"items": self._items(threads, base), "off": off}
        if any(self._props[name] != value for name, value in fresh.items()):
            self._props.update(fresh)
            self.update()

    def _items(self, threads: Iterable[AnnotationView], base: LinkBase) -> list[ThreadItem]:
        self._threads = {thread.id: thread for thread in threads}
        return [
            ThreadItem(
                id=thread.id,
                html=thread_html(thread, base),
                foot=foot_html(thread, asks=self._asks),
                label=label_of(thread),
                state=ThreadState.RESOLVED if thread.state is ThreadState.RESOLVED else ThreadState.OPEN,
                orphan=thread.is_orphan,
                count=len(thread.messages),
            )
            for thread in self._threads.values()
        ]

    async def _act(self, event: GenericEventArguments) -> None:
        act, thread = str(event.args["act"]), self._threads.get(ThreadId(int(event.args["thread"])))
        words = ""
        try:
            if thread is None:
                words = UNCLEAR
            elif act == "ask":
                self._ask(thread)
            else:
                outcome = await attempt(self._acts.judge(act, thread))
                words = outcome.words if isinstance(outcome, Refusal) else ""
        finally:
            self.run_method("settled", int(event.args["thread"]), words)

    def _ask(self, thread: AnnotationView) -> None:
        """Have the prompt bar ask about the passage, with the flag's label as the question."""
        if thread.reach is None:
            return
        label = thread.messages[0].body if thread.messages else ""
        place = (thread.reach_source, thread.reach.start, thread.reach.end)
        self.run_method("ask", int(thread.id), *place, f"Resolve this: {label}")

    async def _reply(self, event: GenericEventArguments) -> None:
        number, words = int(event.args["thread"]), UNCLEAR
        try:
            text, operation = str(event.args["text"]), operation_from(str(event.args["op"]))
            outcome = await attempt(self._acts.reply(ThreadId(number), text, operation))
            words = outcome.words if isinstance(outcome, Refusal) else ""
        finally:
            self.run_method("replied", number, words)
