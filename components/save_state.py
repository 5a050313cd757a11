"""How safe what people typed is, told in the bar of a branch (§8.9)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from time import monotonic
from typing import Final

from nicegui.element import Element

COUNTED: Final = 1.0
"""Seconds by which what the browser counts by itself may differ from what is so."""


@dataclass(frozen=True, slots=True)
class Safety:
    """The branch's text against its last commit: seconds since it changed, and until it is committed."""

    dirty: bool
    age: float
    left: float
    commit: str

    def is_about(self, other: Safety) -> bool:
        """Whether both say the same, give or take a second."""
        if (self.dirty, self.commit) != (other.dirty, other.commit):
            return False
        return not self.dirty or max(abs(self.age - other.age), abs(self.left - other.left)) <= COUNTED


class SaveState(Element, component="save_state.js"):
    """Counts by itself in the browser, and says there too when the connection is lost."""

    def __init__(self, safety: Safety, *, shown: bool) -> None:
        super().__init__()
        self._shown, self._since = (safety, shown), monotonic()
        self._props.update(asdict(safety), shown=shown)

    def first_paint(self) -> str:
        """Its place."""
        return '<span class="r-state"></span>' if self._props["shown"] else ""

    def show(self, safety: Safety, *, shown: bool) -> None:
        """Say how things stand now, to those who can change it; nothing is sent when the browser counts to the same."""
        before, was_shown = self._shown
        passed = monotonic() - self._since
        counted = replace(before, age=before.age + passed, left=max(0.0, before.left - passed))
        if shown is was_shown and safety.is_about(counted):
            return
        self._shown, self._since = (safety, shown), monotonic()
        self._props.update(asdict(safety), shown=shown)
        self.update()
