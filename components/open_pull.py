"""The dialog in which a branch's pull request is opened (§10.1, §10.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from components.notices import Refusal, attempt
from components.operations import operation_from
from services.domain.identifiers import OperationId
from services.domain.pull import MAX_DESCRIPTION, MAX_TITLE
from services.usecases.draft_pull import PullDraft

UNCLEAR = Refusal(
    "It is not clear whether the pull request was opened. What you typed is still here; send it again, it is opened "
    "only once.",
    final=False,
)

Draft = Callable[[], Awaitable[PullDraft]]
Count = Callable[[], Awaitable[int]]
Send = Callable[[str, str, OperationId | None], Awaitable[str]]
"""Opens it with this title, description and operation; the address of its page. Raises ProductError."""


class OpenPullDialog(Element, component="open_pull.js"):
    """Closed until `open`; words are drafted then, and what somebody typed is never written over."""

    def __init__(self, *, key: str, private: bool, draft: Draft, count: Count, send: Send) -> None:
        super().__init__()
        self._draft = draft
        self._count = count
        self._send = send
        self._props.update(
            keep=f"rfc-pull-{key}", private=private, longest={"title": MAX_TITLE, "text": MAX_DESCRIPTION}
        )
        self.on("draft", self._drafted)
        self.on("count", self._counted)
        self.on("send", self._sent)

    def first_paint(self) -> str:
        """Nothing: it is closed."""
        return ""

    def open(self) -> None:
        """Show the dialog."""
        self.run_method("open")

    def show(self, *, private: bool) -> None:
        """Say as things stand now whether opening makes the branch public."""
        if self._props["private"] != private:
            self._props["private"] = private
            self.update()

    async def _drafted(self, _: GenericEventArguments) -> None:
        title, description, by = "", "", ""
        try:
            draft = await attempt(self._draft())
            if not isinstance(draft, Refusal):
                title, description, by = draft.title, draft.description, draft.by or ""
        finally:
            self.run_method("drafted", title, description, by)

    async def _counted(self, _: GenericEventArguments) -> None:
        self.run_method("counted", await self._count())

    async def _sent(self, event: GenericEventArguments) -> None:
        outcome: str | Refusal = UNCLEAR
        title, description = str(event.args["title"]), str(event.args["description"])
        try:
            outcome = await attempt(self._send(title, description, operation_from(str(event.args["op"]))))
        finally:
            if isinstance(outcome, Refusal):
                self.run_method("refuse", outcome.words, outcome.field, outcome.final)
            else:
                self.run_method("opened", outcome)
