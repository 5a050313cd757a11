"""The live texts that are open in this process, and the one way to change a branch's text (§8.9)."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from services.domain.actors import Actor, Viewer
from services.domain.branch import BranchKey
from services.domain.clock import now
from services.domain.errors import NotFound, ProductError
from services.domain.events import TextTyped
from services.domain.identifiers import Slug
from services.domain.permissions import allows, may_edit_branch, may_read_branch
from services.domain.text_home import TextHome
from services.store.queries import branch_settings, live_texts
from services.usecases.known_branch import find_branch
from services.usecases.live_texts.editing import EditedBranch, open_branch
from services.usecases.live_texts.flush import FlushReason
from services.usecases.live_texts.live_text import LiveText
from services.usecases.live_texts.sessions import EditingSession
from services.usecases.texts import home_of_branch
from services.usecases.views.entry import find_entry

if TYPE_CHECKING:
    from services.usecases.context import Context

log = logging.getLogger(__name__)

GRACE = timedelta(seconds=8)
"""How long the last editor may be away (a reload, a tunnel) before the text is committed."""
SHELF_LIFE = timedelta(minutes=5)
"""How long a committed text nobody has open stays in memory."""


@dataclass(frozen=True, slots=True)
class Window:
    """One editor window and the text it is open on."""

    key: BranchKey
    slug: Slug
    text: LiveText
    session: EditingSession


class Access(Enum):
    """What somebody may do in an editor window at this moment."""

    NONE = auto()
    READ = auto()
    EDIT = auto()


@dataclass(slots=True)
class _Open:
    """A live text in memory; `left_at` is when the last connected editor went."""

    slug: Slug
    text: LiveText
    left_at: datetime | None = field(default_factory=now)


class LiveTexts:
    """Every live text of this process, by branch."""

    def __init__(self, *, flush_after: timedelta = timedelta(seconds=300)) -> None:
        self.flush_after = flush_after
        self._open: dict[BranchKey, _Open] = {}
        self._windows: dict[str, Window] = {}
        self._locks: defaultdict[BranchKey, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._told: dict[BranchKey, asyncio.TimerHandle] = {}

    def find(self, key: BranchKey) -> LiveText | None:
        """The live text of a branch, if it is open here."""
        present = self._open.get(key)
        return None if present is None or present.text.broken else present.text

    def window(self, session_key: str) -> Window | None:
        """The window that holds this key."""
        window = self._windows.get(session_key)
        if window is not None and window.text.broken:
            return None
        return window

    @asynccontextmanager
    async def editing(self, context: Context, *, slug: Slug, name: str) -> AsyncIterator[EditedBranch]:
        """A branch's text under its lock: what it is now, what Gitea has of it, and the ways to change it.

        Raises NotFound, UnreadableText and Upstream.
        """
        home = await _home_of(context, slug, name)
        key = BranchKey(home.repo, name)
        lock = self._locks[key]
        waits = lock.locked()
        async with lock:
            if waits:
                home = await _home_of(context, slug, name)
            branch = await open_branch(context, key, slug, home, self.find(key))
            if branch.live is not None and self.find(key) is not branch.live:
                self._keep(context, key, slug, branch.live)
            yield branch

    async def join(self, context: Context, *, actor: Actor, slug: Slug, name: str) -> Window:
        """Open an editor window; the text becomes a live text with the first one. Raises what `editing` raises."""
        async with self.editing(context, slug=slug, name=name) as branch:
            live = await branch.go_live()
            if self.find(branch.key) is not live:
                self._keep(context, branch.key, slug, live)
        async with context.store.read() as work:
            standing = (await find_branch(work, context.meta, slug=slug, name=name)).standing
        may_edit = allows(may_edit_branch, actor, standing)
        session = live.join(actor.id, actor.display_name or actor.login, may_edit=may_edit)
        window = Window(branch.key, slug, live, session)
        self._windows[session.key] = window
        return window

    async def access(self, context: Context, window: Window, viewer: Viewer) -> Access:
        """What somebody may still do there; the branch may have been closed, made private, or its access changed."""
        async with context.store.read() as work:
            try:
                branch = await find_branch(work, context.meta, slug=window.slug, name=window.key.name)
            except NotFound:
                return Access.NONE
        if not allows(may_read_branch, viewer, branch.standing):
            return Access.NONE
        return Access.EDIT if allows(may_edit_branch, viewer, branch.standing) else Access.READ

    async def gone(self, window: Window) -> None:
        """A window's connection ended; it may come back."""
        window.session.send = None
        window.session.cursor = None
        window.text.announce({"type": "left", "id": window.session.client_id})
        window.text.on_typed()
        self._note_presence(window.key)

    def close(self, window: Window) -> None:
        """A window is closed for good: its page is gone."""
        self._windows.pop(window.session.key, None)
        window.text.leave(window.session)
        self._note_presence(window.key)

    async def tick(self, context: Context) -> None:
        """Flush what has waited long enough or was left by everybody, and forget what nobody has open."""
        for key, present in list(self._open.items()):
            self._note_presence(key)
            reason = self._due(present)
            if reason is None:
                self._forget_idle(key, present)
                continue
            try:
                async with self.editing(context, slug=present.slug, name=key.name) as branch:
                    await branch.flush(reason)
            except ProductError as error:
                log.warning("the text of %s waits for its commit: %s", key.name, error.message)
                present.left_at = now() if present.left_at else None

    async def resume(self, context: Context) -> None:
        """After a start: open every text that holds what no commit has, so that `tick` flushes it."""
        async with context.store.read() as work:
            keys = await live_texts.list_uncommitted(work)
            settings = [await branch_settings.find(work, key=key) for key in keys]
        for found in filter(None, settings):
            try:
                async with self.editing(context, slug=found.rfc_slug, name=found.branch_name):
                    pass
            except ProductError as error:
                log.warning("the text of %s can't be opened yet: %s", found.branch_name, error.message)

    async def stop(self) -> None:
        """Wait until everything accepted is stored."""
        for handle in self._told.values():
            handle.cancel()
        for present in self._open.values():
            await present.text.close()

    def _keep(self, context: Context, key: BranchKey, slug: Slug, live: LiveText) -> None:
        live.on_typed = lambda: self._tell(context, key, slug)
        self._open[key] = _Open(slug, live)

    def _tell(self, context: Context, key: BranchKey, slug: Slug) -> None:
        """Tell pages that the text or its editors changed, at most a few times a second."""
        if key not in self._told:
            loop = asyncio.get_running_loop()
            self._told[key] = loop.call_later(0.12, self._told_now, context, key, slug)

    def _told_now(self, context: Context, key: BranchKey, slug: Slug) -> None:
        self._told.pop(key, None)
        context.bus.tell(TextTyped(slug, key.name))

    def _note_presence(self, key: BranchKey) -> None:
        present = self._open.get(key)
        if present is None:
            return
        if any(session.connected for session in present.text.sessions.values()):
            present.left_at = None
        elif present.left_at is None:
            present.left_at = now()

    def _due(self, present: _Open) -> FlushReason | None:
        text = present.text
        if text.broken or not text.dirty or text.changed_at is None:
            return None
        if present.left_at is not None and now() - present.left_at > GRACE:
            return FlushReason.LEFT
        return FlushReason.IDLE if now() - text.changed_at > self.flush_after else None

    def _forget_idle(self, key: BranchKey, present: _Open) -> None:
        idle = present.left_at is not None and now() - present.left_at > SHELF_LIFE
        if present.text.broken or (idle and not present.text.dirty and not present.text.sessions):
            self._open.pop(key, None)


async def _home_of(context: Context, slug: Slug, name: str) -> TextHome:
    async with context.store.read() as work:
        return await home_of_branch(work, context.meta, await find_entry(work, slug), name)
