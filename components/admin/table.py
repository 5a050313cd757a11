"""A tab of the admin pages: an HTML string with one listener (ARCHITECTURE §3)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from components.notice import toast
from services.domain.errors import ProductError

Act = Callable[[str, str], Awaitable[str]]


class AdminTable(Element, component="table.js"):
    """Shows trusted HTML; `on_act` gets what a control is called and its value, and answers with words or nothing."""

    def __init__(self, html: str, *, on_act: Act) -> None:
        super().__init__()
        self._props["html"] = html
        self._on_act = on_act
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.on("act", self._act)

    def first_paint(self) -> str:
        """What it shows before its script runs."""
        return f'<div class="r-scroll"><div class="r-page r-page--wide">{self._props["html"]}</div></div>'

    def show(self, html: str) -> None:
        """Show something else; nothing is sent when it is the same."""
        if html != self._props["html"]:
            self._props["html"] = html
            self.update()

    async def _act(self, event: GenericEventArguments) -> None:
        told = event.args if isinstance(event.args, Mapping) else {}
        name, value = str(told.get("act", "")), str(told.get("value", ""))
        try:
            async with self._turns[name]:  # of two choices in one control the later one stays
                words = await self._on_act(name, value)
            if words:
                toast(words)
        except ProductError as error:
            toast(f"{error.message} {error.hint}".strip(), bad=True)
        finally:
            self.run_method("settle")
