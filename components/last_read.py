"""The bar that leads through what changed since the reader's last visit (§8.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from components.people import time_html
from components.selection import PASSAGES, MarkItem, mark_of
from services.domain.identifiers import CommitSha
from services.usecases.views.last_read import LastRead

Read = Callable[[CommitSha], Awaitable[None]]

THERE_SECONDS = 10
"""Who had the text before their eyes so long, and then leaves, has read it."""


class LastReadBar(Element, component="last_read.js", esm=PASSAGES):
    """Tints the sentences and steps through them.

    `text_key` is the same for the same text, so that the browser knows which version it shows; `read` is called with
    a commit when the reader says that it is read. `there` is the commit they had before their eyes for a while.
    """

    def __init__(self, since: LastRead | None, *, commit_sha: CommitSha, text_key: str, read: Read) -> None:
        super().__init__()
        self._read = read
        self.there: CommitSha | None = None
        self._props.update(self._shown(since, commit_sha, text_key), seconds=THERE_SECONDS)
        self.on("there", self._note)
        self.on("read", self._mark)

    def show(self, since: LastRead | None, *, commit_sha: CommitSha, text_key: str) -> None:
        """Show what is unread now; nothing is sent when nothing changed."""
        self._patch(self._shown(since, commit_sha, text_key))

    def show_unread(self, since: LastRead | None) -> None:
        """The same, for the same text."""
        self._patch(self._shown(since, self._props["commit"], self._props["known"]))

    def _patch(self, fresh: dict[str, object]) -> None:
        if any(self._props[name] != value for name, value in fresh.items()):
            self._props.update(fresh)
            self.update()

    def _shown(self, since: LastRead | None, commit_sha: CommitSha, text_key: str) -> dict[str, object]:
        items: list[MarkItem] = []
        if since is not None:
            items = [mark_of(shown, number=number) for number, shown in enumerate(since.sentences)]
        when = time_html(since.since, long=True) if since is not None else ""
        return {"items": items, "since": when, "commit": commit_sha, "known": text_key}

    def _note(self, event: GenericEventArguments) -> None:
        self.there = CommitSha(str(event.args))

    async def _mark(self, event: GenericEventArguments) -> None:
        await self._read(CommitSha(str(event.args)))
