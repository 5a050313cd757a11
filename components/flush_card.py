"""The card of what is typed and not committed yet, with its countdown (§8.9)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from time import monotonic

from nicegui.element import Element

from components.save_state import COUNTED
from components.uncommitted import Uncommitted


@dataclass(frozen=True, slots=True)
class FlushCardView:
    """What the card shows; empty `html` shows no card. `left` and `whole` are seconds."""

    html: str = ""
    who: str = ""
    where: str = ""
    left: float = 0.0
    whole: float = 300.0
    may: bool = False


class FlushCard(Element, component="flush_card.js"):
    """There only while something waits for its commit; `save` commits now."""

    def __init__(self, view: FlushCardView, *, save: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._view, self._since = view, monotonic()
        self._save = save
        self._props.update(asdict(view))
        self.on("save", self._pressed)

    def first_paint(self) -> str:
        """Nothing: the card comes with the text."""
        return ""

    def show(self, view: FlushCardView) -> None:
        """Show what waits now; nothing is sent when the browser counts to the same by itself."""
        counted = max(0.0, self._view.left - (monotonic() - self._since))
        if replace(self._view, left=view.left) == view and abs(view.left - counted) <= COUNTED:
            return
        self._view, self._since = view, monotonic()
        self._props.update(asdict(view))
        self.update()

    async def _pressed(self) -> None:
        try:
            await self._save()
        finally:
            self.run_method("settle")


def who_typed(names: Sequence[str], *, viewer: str) -> str:
    """Whose edits wait: “Your edits”, “Ana’s edits”, “Edits by Ana and Ben”."""
    if list(names) == [viewer]:
        return "Your edits"
    if len(names) == 1:
        return f"{names[0]}’s edits"
    if not names:
        return "Edits"
    shown = [name if name != viewer else "you" for name in names]
    return f"Edits by {', '.join(shown[:-1])} and {shown[-1]}"


def where_typed(typed: Uncommitted) -> str:
    """Under which headings: “ in Definition and Scope”."""
    if not typed.sections:
        return ""
    first, more = typed.sections[:2], len(typed.sections) - 2
    return f" in {' and '.join(first)}" + (f" and {more} more" if more > 0 else "")
