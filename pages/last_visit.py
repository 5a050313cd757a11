"""What a reader has not read yet, on an entry's page; and when they have (§7.1, §8.2)."""

from __future__ import annotations

import hashlib

from nicegui import background_tasks
from nicegui import context as ui_context

from components.last_read import LastReadBar
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.identifiers import CommitSha, Slug
from services.usecases.views.entry import EntryView, mark_read
from services.usecases.views.last_read import LastRead, last_read


class LastVisit:
    """One reader's bar. They have read a version when they say so, or when they leave after a while with it."""

    def __init__(self, site: Site, viewer: Viewer, slug: Slug) -> None:
        self._site = site
        self._viewer = viewer
        self._slug = slug
        self._since: LastRead | None = None
        self._bar: LastReadBar | None = None

    async def read(self) -> None:
        """Read what is unread; raises NotFound."""
        self._since = await last_read(self._site.context, viewer=self._viewer, slug=self._slug)

    def fill(self, view: EntryView) -> None:
        """Put the bar above the text; strangers have none."""
        if self._viewer is not None:
            self._bar = LastReadBar(
                self._since, commit_sha=view.commit_sha, text_key=_key(view), read=self._mark
            )
            ui_context.client.on_disconnect(self._leave)

    def show(self, view: EntryView) -> None:
        """Show what is unread now."""
        if self._bar is not None:
            self._bar.show(self._since, commit_sha=view.commit_sha, text_key=_key(view))

    async def _mark(self, commit_sha: CommitSha) -> None:
        await self._note(commit_sha)
        await self.read()
        if self._bar is not None:
            self._bar.show_unread(self._since)

    def _leave(self) -> None:
        """The window is closed or led elsewhere; a lost connection counts as well, they were there long enough."""
        if self._bar is not None and self._bar.there is not None:
            background_tasks.create(self._note(self._bar.there), name="read up to here")
            self._bar.there = None

    async def _note(self, commit_sha: CommitSha) -> None:
        if self._viewer is not None:
            await mark_read(self._site.context, viewer=self._viewer, slug=self._slug, commit_sha=commit_sha)


def _key(view: EntryView) -> str:
    return hashlib.sha256(view.body.encode("utf-8", "surrogatepass")).hexdigest()[:16]
