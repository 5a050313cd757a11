"""The panel in which a pull request's title and description are changed (§10.6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from components.notices import Refusal, attempt

UNCLEAR = "It is not clear whether this worked. What you wrote is still here; look at the page again."


class PullWords(Element, component="pull_words.js"):
    """Closed at first; `save` gets title and description and raises ProductError."""

    def __init__(self, *, save: Callable[[str, str], Awaitable[None]]) -> None:
        super().__init__()
        self._save = save
        self.on("save", self._saved)

    def open(self, title: str, description: str) -> None:
        """Open it with the words as they are."""
        self.run_method("begin", title, description)

    async def _saved(self, event: GenericEventArguments) -> None:
        words = UNCLEAR
        try:
            outcome = await attempt(self._save(str(event.args["title"]), str(event.args["description"])))
            words = outcome.words if isinstance(outcome, Refusal) else ""
        finally:
            self.run_method("answered", words)
