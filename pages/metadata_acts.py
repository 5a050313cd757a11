"""The metadata pane and the claim button on an entry's page (§9.6, §13.1)."""

from __future__ import annotations

from nicegui import ui

from components.metadata import (
    CLAIM,
    OPEN,
    MetadataForm,
    MetadataPane,
    buttons_html,
    notes_html,
    typed_value,
)
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.entry import EntryState
from services.domain.errors import Conflict, ProductError
from services.domain.identifiers import Slug
from services.domain.metadata import Words, check_field, field_name
from services.domain.permissions import MetadataField
from services.domain.pull import pull_address
from services.usecases.change_metadata import change_metadata
from services.usecases.claim import claim
from services.usecases.decide_metadata import merge_metadata
from services.usecases.metadata_writes import moved_sentence
from services.usecases.views.metadata import MetadataView, metadata_view


class Metadata:
    """One viewer's metadata of one entry: buttons for its bar, notes for its head, and the pane."""

    def __init__(self, site: Site, viewer: Viewer, slug: Slug) -> None:
        self._site = site
        self._viewer = viewer
        self._slug = slug
        self._view: MetadataView
        self._pane: MetadataPane | None = None

    async def read(self) -> None:
        """Read what is to be shown."""
        self._view = await metadata_view(self._site.context, viewer=self._viewer, slug=self._slug)

    def fill(self) -> None:
        """Put the closed pane on the page, for whoever may use it."""
        if self._viewer is not None and self._view.open.allowed:
            self._pane = MetadataPane(self._view, login=self._viewer.login, save=self._save)

    def show(self) -> None:
        """Bring the pane up to date with what was read."""
        if self._pane is not None:
            self._pane.show(self._view)

    @property
    def buttons(self) -> str:
        """For the document's bar."""
        return buttons_html(self._view, self._viewer)

    @property
    def notes(self) -> str:
        """For the document's head."""
        return notes_html(self._view)

    async def act(self, act: str) -> None:
        """Do what a button of the bar asks for, if it is one of these."""
        if act == OPEN and self._pane is not None:
            self._pane.open()
        elif act == CLAIM:
            opened = await claim(self._site.context, actor=self._viewer, slug=self._slug)
            ui.navigate.to(pull_address(self._slug, opened.number))

    async def _save(self, form: MetadataForm) -> str:
        """The page of the PR; after a merge there is nothing to go on to."""
        view = await metadata_view(self._site.context, viewer=self._viewer, slug=self._slug)
        _require_seen(view, form)
        opened = await change_metadata(
            self._site.context,
            actor=self._viewer,
            slug=self._slug,
            wanted={field: _value(field, text, view) for field, text in form.wanted.items()},
            seen={field: view.values[field] for field in form.wanted},
            reason=form.reason,
            op_id=form.operation,
        )
        address = pull_address(self._slug, opened.number, past=view.is_past)
        if not form.merge:
            return address
        try:
            await merge_metadata(
                self._site.context,
                actor=self._viewer,
                slug=self._slug,
                number=opened.number,
                seen_sha=opened.head_sha,
            )
        except ProductError:
            # The PR is open, and its page says why it could not be merged.
            return address
        return ""


def _require_seen(view: MetadataView, form: MetadataForm) -> None:
    moved = [field for field, seen in form.seen.items() if typed_value(field, view.values[field]) != seen]
    if moved:
        raise Conflict(moved_sentence(tuple(field_name(field) for field in moved)))


def _value(field: MetadataField, text: str, view: MetadataView) -> Words:
    if field is not MetadataField.WITHDRAWAL:
        return check_field(field, text)
    return (EntryState.WITHDRAWN.value,) if text == "withdrawn" else (view.standing_state.value,)
