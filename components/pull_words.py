"""The panel in which a pull request's title and description are changed (§10.6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from components.notices import Refusal, attempt
from services.domain.pull_draft import PullWords

UNCLEAR = "It is not clear whether this worked. What you wrote is still here; look at the page again."

Save = Callable[[str | None, str | None, PullWords], Awaitable[None]]
"""Saves title and description (None: not touched), made from the words that they were then; raises ProductError."""


class PullWordsPanel(Element, component="pull_words.js"):
    """Closed at first, unless this tab keeps what was written in it; `key` names the pull request.

    After a refusal it shows beside what was written what `present` says instead.
    """

    def __init__(self, *, key: str, save: Save, present: Callable[[], PullWords]) -> None:
        super().__init__()
        self._props["keep"] = f"rfc-words-{key}"
        self._save = save
        self._present = present
        self.on("save", self._saved)

    def open(self) -> None:
        """Open it with the words as they are."""
        words = self._present()
        self.run_method("begin", words.title, words.description)

    async def _saved(self, event: GenericEventArguments) -> None:
        problem = UNCLEAR
        try:
            outcome = await attempt(self._save(*_written(event.args)))
            problem = outcome.words if isinstance(outcome, Refusal) else ""
        finally:
            words = self._present()
            self.run_method("answered", problem, words.title, words.description)


def _written(args: dict[str, object]) -> tuple[str | None, str | None, PullWords]:
    title, description = (
        str(args[name]) if args.get(name) is not None else None for name in ("title", "description")
    )
    return title, description, PullWords(str(args["titleWas"]), str(args["descriptionWas"]))
