"""A page of settings whose every change is sent at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from html import escape

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from services.usecases.views.parts import PersonView

Value = str | bool | Mapping[str, str]
Find = Callable[[str], Awaitable[Sequence[PersonView]]]
"""The people whose login or name begins with a text."""
Change = Callable[[str, Value], Awaitable[None]]


def alert_html(problem: str) -> str:
    """Why something was refused, in a line."""
    return f'<p class="r-hint r-hint--bad" role="alert">{escape(problem)}</p>' if problem else ""


def form_html(name: str, fields: str, *, problem: str = "", testid: str = "") -> str:
    """Fields that are sent together; when it was refused it says why beside them and keeps what was typed."""
    marks = (f' data-testid="{testid}"' if testid else "") + (" data-refused" if problem else "")
    return f'<form class="r-opt--fields r-opt" data-set-form="{name}"{marks}>{fields}</form>{alert_html(problem)}'


class SettingsForm(Element, component="settings_form.js"):
    """Shows trusted HTML; `on_set` gets the name and the value of what was changed, in the order of the changes."""

    def __init__(self, html: str, *, on_set: Change, find: Find | None = None) -> None:
        super().__init__()
        self._props["html"] = html
        self._on_set = on_set
        self._find = find
        self._setting = asyncio.Lock()
        self.on("find", self._found, throttle=0.2, leading_events=False)
        self.on("set", self._set)

    def first_paint(self) -> str:
        """The same HTML."""
        return f'<div class="{" ".join(self.classes)}">{self._props["html"]}</div>'

    def show(self, html: str) -> None:
        """Show it as it is now; nothing is sent when it is the same."""
        if html != self._props["html"]:
            self._props["html"] = html
            self.update()

    async def _found(self, event: GenericEventArguments) -> None:
        if self._find is not None:
            text = str(event.args)
            people = await self._find(text)
            self.run_method("found", text, [{"login": one.login, "name": one.name} for one in people])

    async def _set(self, event: GenericEventArguments) -> None:
        value = event.args["value"]
        plain = value if isinstance(value, bool | str) else {str(k): str(v) for k, v in dict(value).items()}
        async with self._setting:  # on and off again ends off, and the last answer is the last thing shown
            await self._on_set(str(event.args["name"]), plain)
