"""How safe what people typed is, told in the bar of a branch (§8.9)."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from nicegui.element import Element


@dataclass(frozen=True, slots=True)
class Safety:
    """The branch's text against its last commit: seconds since it changed, and until it is committed."""

    dirty: bool
    age: float
    left: float
    commit: str


class SaveState(Element, component="save_state.js"):
    """Counts by itself in the browser, and says there too when the connection is lost."""

    def __init__(self, safety: Safety, *, shown: bool) -> None:
        super().__init__()
        self._props.update(asdict(safety), shown=shown)

    def first_paint(self) -> str:
        """Its place."""
        return '<span class="r-state"></span>' if self._props["shown"] else ""

    def show(self, safety: Safety, *, shown: bool) -> None:
        """Say how things stand now, to those who can change it."""
        self._props.update(asdict(safety), shown=shown)
        self.update()
