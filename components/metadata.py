"""The metadata pane (§9.6): a dialog in which people change what stands above an entry's text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from components.design import icon
from components.idea import reason_html
from components.notices import Refusal, attempt
from components.operations import operation_from
from components.people import time_html
from services.domain.actors import Viewer
from services.domain.identifiers import OperationId
from services.domain.metadata import Words
from services.domain.permissions import MetadataField
from services.usecases.views.metadata import MetadataView, PendingMetadata, Withdrawal

OPEN: Final = "metadata"
CLAIM: Final = "claim"
UNCLEAR: Final = Refusal(
    "It is not clear whether the PR was opened. What you typed is still here; send it again, it is opened only once.",
    final=False,
)
_WHO: Final = {
    MetadataField.TITLE: "Owners and arbiters decide",
    MetadataField.TAGS: "Owners and arbiters decide",
    MetadataField.MODELS: "Arbiters decide",
    MetadataField.FUNDER: "Arbiters decide",
    MetadataField.WITHDRAWAL: "Arbiters decide",
    MetadataField.OWNERS: "Admins decide",
    MetadataField.ARBITERS: "Admins decide",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataForm:
    """What was typed, by field, and what stood there then."""

    wanted: Mapping[MetadataField, str]
    seen: Mapping[MetadataField, str]
    reason: str
    operation: OperationId | None
    merge: bool


Save = Callable[[MetadataForm], Awaitable[str]]
"""Opens the PR, and merges it where that was asked; the page to go on to, empty to stay. Raises ProductError."""


class MetadataPane(Element, component="metadata.js"):
    """Closed until `open`; what is typed is kept for this person in this browser tab."""

    def __init__(self, view: MetadataView, *, login: str, save: Save) -> None:
        super().__init__()
        self._save = save
        self._props.update(keep=f"rfc-metadata-{view.slug}-{login}", who=dict(_WHO), **_props(view))
        self.on("save", self._send)

    def first_paint(self) -> str:
        """Nothing: it is closed."""
        return ""

    def open(self) -> None:
        """Show the pane."""
        self.run_method("open")

    def show(self, view: MetadataView) -> None:
        """Show the metadata as it is now."""
        props = _props(view)
        if any(self._props[name] != value for name, value in props.items()):
            self._props.update(props)
            self.update()

    async def _send(self, event: GenericEventArguments) -> None:
        outcome: str | Refusal = UNCLEAR
        try:
            outcome = await attempt(self._save(_form(event)))
        finally:
            if isinstance(outcome, Refusal):
                self.run_method("refuse", outcome.words, outcome.field, outcome.final)
            else:
                self.run_method("saved", outcome)


def typed_value(field: MetadataField, words: Words) -> str:
    """A value as it stands in its box; the same for equal values."""
    if field is MetadataField.MODELS:
        return "all" if words is None else ", ".join(words) or "none"
    if field is MetadataField.WITHDRAWAL:
        return "withdrawn" if words == ("withdrawn",) else ""
    return ", ".join(words or ())


def buttons_html(view: MetadataView, viewer: Viewer) -> str:
    """Ways to the pane and to a claim, for the document's bar."""
    if viewer is None:
        return ""
    claim = (
        f'<button type="button" class="r-btn" data-do="{CLAIM}" data-wait data-testid="claim" '
        f'title="Ask to own this super-draft" aria-label="Claim">{icon("award")}'
        '<span class="r-hide-s">Claim</span></button>'
    )
    pane = (
        f'<button type="button" class="r-icon" data-do="{OPEN}" data-testid="metadata-open" '
        f'aria-haspopup="dialog" aria-label="Metadata" title="Metadata">{icon("settings")}</button>'
    )
    return (pane if view.open.allowed else "") + (claim if view.claim.allowed else "")


def notes_html(view: MetadataView) -> str:
    """Why it is withdrawn, and what is asked for now."""
    lines = "".join(_pending_html(one) for one in view.pending)
    asked = _note("metadata-pending", "git-pull-request", lines) if lines else ""
    return _withdrawn_html(view) + asked


def _withdrawn_html(view: MetadataView) -> str:
    if not view.is_withdrawn:
        return ""
    found = view.withdrawal
    words = "<b>Withdrawn.</b>" if found is None else _reason_html(found)
    return _note("withdrawn-note", "info", words)


def _note(testid: str, glyph: str, html: str) -> str:
    return f'<div class="r-note r-note--lead" data-testid="{testid}">{icon(glyph)}<div>{html}</div></div>'


def _reason_html(found: Withdrawal) -> str:
    when = f", {time_html(found.at, long=True)}" if found.at else ""
    reason = reason_html(found.reason, None) if found.reason else ""
    return f'<b>Withdrawn</b> by <a href="{escape(found.address)}">PR #{found.number}</a>{when}.{reason}'


def _pending_html(one: PendingMetadata) -> str:
    link = f'<a href="{escape(one.address)}">PR #{one.number}</a>'
    what = "asks to own it" if one.is_claim else f"wants to {escape(_lowered(one.title))}"
    return f"<p>{escape(one.by.name)} {what}: {link}, {time_html(one.at, long=True)}.</p>"


def _lowered(title: str) -> str:
    return title[:1].lower() + title[1:]


def _props(view: MetadataView) -> dict[str, object]:
    pending: dict[str, str] = {}
    for one in view.pending:
        pending |= dict.fromkeys((field.value for field in one.fields), f"PR #{one.number} by {one.by.name}")
    return {
        "now": {field.value: typed_value(field, words) for field, words in view.values.items()},
        "merges": sorted(field.value for field in view.merges),
        "pending": pending,
        "enabled": [{"key": choice.key, "name": choice.name} for choice in view.enabled],
    }


def _form(event: GenericEventArguments) -> MetadataForm:
    given = event.args
    return MetadataForm(
        wanted={MetadataField(name): str(value) for name, value in given["wanted"].items()},
        seen={MetadataField(name): str(value) for name, value in given["seen"].items()},
        reason=str(given["reason"]),
        operation=operation_from(str(given["op"])),
        merge=bool(given["merge"]),
    )
