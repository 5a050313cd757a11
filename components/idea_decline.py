"""The panel in which somebody says why an idea, a PR or a claim is declined (§9.3, §9.6, §13.1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from components.notices import Refusal, attempt
from services.domain.identifiers import PullNumber
from services.domain.proposal import MAX_DECLINE_COMMENT

UNCLEAR = "It is not clear whether this worked. What you wrote is still here; look at the page again."


class DeclinePanel(Element, component="idea_decline.js"):
    """Closed at first; `decline` is called with the reason and raises ProductError, `closed` after Cancel.

    `what` is declined, `opener` the test id of the button that opens the panel.
    """

    def __init__(
        self,
        *,
        number: PullNumber,
        proposer: str,
        decline: Callable[[str], Awaitable[None]],
        closed: Callable[[], None],
        what: str = "idea",
        opener: str = "decline-proposal",
    ) -> None:
        super().__init__()
        self._decline = decline
        self._closed = closed
        self.is_open = False
        self._props.update(proposer=proposer, limit=MAX_DECLINE_COMMENT, draft=f"decline-{number}")
        self._props.update(what=what, opener=opener)
        self.on("confirm", self._confirm)
        self.on("close", self._close)

    def toggle(self) -> None:
        """Open or close it; what was written stays."""
        self.is_open = not self.is_open
        self.run_method("toggle", self.is_open)

    def _close(self) -> None:
        self.is_open = False
        self.run_method("toggle", False)
        self._closed()

    async def _confirm(self, event: GenericEventArguments) -> None:
        words = UNCLEAR
        try:
            outcome = await attempt(self._decline(str(event.args)))
            words = outcome.words if isinstance(outcome, Refusal) else ""
        finally:
            self.is_open = bool(words)
            self.run_method("answered", words)
