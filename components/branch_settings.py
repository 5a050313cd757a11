"""The dialog in which a branch is made public or private, shared, pinned, closed or reopened (§11)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from components.notices import Refusal, attempt
from components.people import person_html
from services.domain.branch import BranchState, Visibility
from services.domain.permissions import EditAccess
from services.usecases.views.parts import Permit, PersonView

UNCLEAR: Final = "It is not clear whether this worked; look at the page again."
READABLE_ON_GITEA: Final = (
    "This is what the app promises: whoever can read the repository on Gitea can read this branch there."
)

Set = Callable[[str, str | bool], Awaitable[None]]
"""Changes one setting: `visibility`, `access`, `grant`, `revoke`, `pin` or `close`; raises ProductError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsView:
    """What the dialog shows; `readable_on_gitea` when *private* does not hold there (§11)."""

    name: str
    visibility: Visibility
    edit_access: EditAccess
    granted: tuple[PersonView, ...]
    pinned: bool
    state: BranchState
    pin: Permit
    why_not_reopened: str
    """Why nobody can reopen it, where nobody can."""
    readable_on_gitea: bool


class BranchSettings(Element, component="branch_settings.js"):
    """Closed until `open`; every change is made at once."""

    def __init__(self, view: SettingsView, *, change: Set) -> None:
        super().__init__()
        self._change = change
        self._props.update(_props(view))
        self.on("set", self._set)

    def first_paint(self) -> str:
        """Nothing: it is closed."""
        return ""

    def open(self) -> None:
        """Show the dialog."""
        self.run_method("open")

    def show(self, view: SettingsView) -> None:
        """Show the settings as they are now."""
        props = _props(view)
        if any(self._props[name] != value for name, value in props.items()):
            self._props.update(props)
            self.update()

    async def _set(self, event: GenericEventArguments) -> None:
        what, words = str(event.args["what"]), UNCLEAR
        try:
            outcome = await attempt(self._change(what, event.args["value"]))
            words = outcome.words if isinstance(outcome, Refusal) else ""
        finally:
            self.run_method("answered", what, words)


def _props(view: SettingsView) -> dict[str, object]:
    return {
        "name": view.name,
        "visibility": view.visibility.value,
        "access": view.edit_access.value,
        "people": list(_people(view.granted)),
        "pinned": view.pinned,
        "state": view.state.value,
        "may-pin": view.pin.allowed,
        "why-not-pin": view.pin.why_not or "",
        "why-not-reopened": view.why_not_reopened,
        "note": READABLE_ON_GITEA if view.readable_on_gitea else "",
    }


def _people(granted: Iterable[PersonView]) -> Iterable[dict[str, str]]:
    return ({"login": person.login, "html": person_html(person)} for person in granted)
