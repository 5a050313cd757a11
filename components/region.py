"""A piece of a page as one HTML string, patched as a whole; its buttons carry `data-do`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui.element import Element
from nicegui.events import GenericEventArguments

Act = Callable[[str], Awaitable[None]]


class Region(Element, component="region.js"):
    """Shows trusted HTML; `on_act` gets the `data-do` of a pressed button.

    A button with `data-wait` is busy until `on_act` is over; with `data-seen`, which version of the text its browser
    shows follows after a colon.
    """

    def __init__(self, html: str, *, tag: str = "div", on_act: Act | None = None) -> None:
        super().__init__()
        self._props["html"] = html
        self._props["tag"] = tag
        self._on_act = on_act
        if on_act is not None:
            self.on("act", self._act)

    @property
    def html(self) -> str:
        """What it shows."""
        return str(self._props["html"])

    def first_paint(self) -> str:
        """What it shows, in its own tag."""
        tag = self._props["tag"]
        return f'<{tag} class="{" ".join(self.classes)}">{self.html}</{tag}>'

    def show(self, html: str) -> None:
        """Show something else; nothing is sent when it is the same."""
        if html != self._props["html"]:
            self._props["html"] = html
            self.update()

    async def _act(self, event: GenericEventArguments) -> None:
        if self._on_act is None:
            return
        try:
            await self._on_act(str(event.args))
        finally:
            self.run_method("settle")
