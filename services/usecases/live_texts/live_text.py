"""One branch's live text in memory: what is acknowledged is stored first (§8.9).

All changes go through `_accept`, which changes the text at once and hands the updates to the keeper. The keeper stores
everything that has gathered in one transaction, and only then are they announced and acknowledged. If storing fails,
the text is taken back to what is stored, and the editors join again with what they have unsent.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from services.domain.clock import now
from services.domain.errors import ProductError, StorageUnavailable
from services.domain.identifiers import CommitSha, UserId
from services.domain.prose_diff import Span
from services.domain.shared_text import ChangeSet, SharedText, Update
from services.domain.shared_text.shared_text import Pushed
from services.usecases.live_texts.sessions import EditingSession, Present, Reply, ReplyValue

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.04
"""How long after the storing of one person's keys those of others wait, to be stored and told of together."""
MOST_UPDATES_AT_ONCE = 2_000
LONGEST_TEXT = 2_000_000
"""UTF-16 units: far above any standard, far below what would hurt."""


@dataclass(frozen=True, slots=True)
class StoredUpdate:
    """An accepted update with the person it came from, as it is stored."""

    version: int
    update: Update
    user_id: UserId | None


class Keeper(Protocol):
    """Where updates are stored durably, all or none."""

    async def keep(self, text: LiveText, updates: Sequence[StoredUpdate]) -> None:
        """Store them; raises ProductError when it can't."""


@dataclass(slots=True)
class _Waiting:
    """Accepted updates that are not stored yet, the editor they came from, and who waits to be told."""

    updates: tuple[StoredUpdate, ...]
    by: str
    cursor: tuple[int, int] | None
    stored: asyncio.Future[None]


@dataclass(slots=True)
class TextState:
    """What is known of a live text besides its characters."""

    epoch: str
    base_sha: CommitSha
    base_text: str
    """The text at the last commit: what the gutter bars compare with."""
    authors: dict[UserId, int] = field(default_factory=dict)
    """Characters each person typed since the last commit."""


class LiveText:
    """The authority for one branch's text. Lives on one event loop; nothing here waits but for the keeper."""

    def __init__(self, shared: SharedText, state: TextState, keeper: Keeper) -> None:
        self.shared = shared
        self.state = state
        self.changed_at = None if shared.text == state.base_text else now()
        self.sessions: dict[str, EditingSession] = {}
        self.keeper = keeper
        self._waiting: deque[_Waiting] = deque()
        self._storing: asyncio.Task[None] | None = None
        self._stored_last: tuple[float, frozenset[str]] = (0.0, frozenset())
        """When something was last stored, on the loop's clock, and from which editors it came."""
        self.on_typed: Callable[[], None] = lambda: None
        self.broken = False
        """Memory and storage differ: it has to be opened again."""

    @property
    def text(self) -> str:
        """The text as it stands, LF line ends."""
        return self.shared.text

    @property
    def dirty(self) -> bool:
        """Whether something is not committed yet."""
        return self.shared.text != self.state.base_text

    def join(self, user_id: UserId, name: str, *, may_edit: bool) -> EditingSession:
        """A new editor window."""
        used = {session.colour for session in self.sessions.values() if session.user_id != user_id}
        own = next((s.colour for s in self.sessions.values() if s.user_id == user_id), None)
        colour = (
            own if own is not None else next((n for n in range(8) if n not in used), len(self.sessions) % 8)
        )
        session = EditingSession(user_id, name, colour, may_edit)
        self.sessions[session.key] = session
        return session

    def leave(self, session: EditingSession) -> None:
        """The window is closed."""
        if self.sessions.pop(session.key, None) is not None:
            self.announce({"type": "left", "id": session.client_id}, besides=session)

    async def push(
        self, session: EditingSession, version: int, changes: Sequence[ChangeSet], cursor: Iterable[int]
    ) -> int:
        """Apply a window's changes and wait until they are stored; the text's version then.

        Raises InvalidChange and VersionTooOld for bad input, ProductError when nothing can be stored.
        """
        pushed = self.shared.push(version, changes, session.client_id, positions=cursor)
        positions = pushed.positions
        if len(positions) == 2:
            session.cursor = (positions[0], positions[1])
        await self._accept(pushed, session.user_id, by=session.client_id, cursor=session.cursor)
        return pushed.version

    async def replace(self, span: Span, text: str, *, user_id: UserId | None) -> None:
        """Replace code points of the present text as an edit of the server's (an accepted card, a merge)."""
        client_id = f"server-{secrets.token_hex(6)}"
        pushed = self.shared.replace(span.start, span.end, text, client_id)
        await self._accept(pushed, user_id, by=client_id, cursor=None)

    async def become(self, target: str, *, user_id: UserId | None) -> None:
        """Turn the present text into `target` with one update that touches only what differs."""
        change = ChangeSet.between(self.shared.text, target)
        if not change.empty:
            client_id = f"server-{secrets.token_hex(6)}"
            pushed = self.shared.push(self.shared.version, [change], client_id)
            await self._accept(pushed, user_id, by=client_id, cursor=None)

    def rebased_on(self, base_sha: CommitSha, base_text: str) -> None:
        """A commit holds `base_text` now: the bars compare with it, and nobody has typed since."""
        self.state.base_sha, self.state.base_text = base_sha, base_text
        if not self.dirty:
            self.state.authors.clear()
            self.changed_at = None
        self.announce({"type": "baseline", "text": base_text})

    def announce(self, message: Reply, *, besides: EditingSession | None = None) -> None:
        """Tell every connected window."""
        for session in list(self.sessions.values()):
            if session.send is not None and session is not besides:
                session.send(message)

    def present(self) -> tuple[Present, ...]:
        """Who is editing, once per person."""
        people: dict[UserId, Present] = {}
        for session in self.sessions.values():
            if session.connected and session.may_edit:
                section = self.shared.heading_at(session.cursor[1]) if session.cursor else None
                people[session.user_id] = Present(session.user_id, session.name, session.colour, section)
        return tuple(people.values())

    async def close(self) -> None:
        """Wait until everything accepted is stored, then stop."""
        while self._waiting:
            await asyncio.wait([waiting.stored for waiting in self._waiting])
        if self._storing is not None:
            self._storing.cancel()
            self._storing = None

    async def _accept(
        self, pushed: Pushed, user_id: UserId | None, *, by: str, cursor: tuple[int, int] | None
    ) -> None:
        if not pushed.updates:
            return
        first = pushed.version - len(pushed.updates)
        stored = tuple(
            StoredUpdate(first + number, update, user_id) for number, update in enumerate(pushed.updates, 1)
        )
        self._count(pushed.updates, user_id)
        self._move_cursors(pushed.updates, by)
        waiting = _Waiting(stored, by, cursor, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._start_storing()
        await asyncio.shield(waiting.stored)

    def _move_cursors(self, updates: Iterable[Update], by: str) -> None:
        """Whoever did not type this stays where they are: before or behind it. Who joins later is told of it."""
        for session in self.sessions.values():
            if session.client_id == by:
                continue
            for update in updates:
                session.cursor = session.cursor and _moved(session.cursor, update.changes)

    def _count(self, updates: Iterable[Update], user_id: UserId | None) -> None:
        self.changed_at = now()
        if user_id is not None:
            typed = sum(update.changes.inserted for update in updates)
            self.state.authors[user_id] = self.state.authors.get(user_id, 0) + max(typed, 1)

    def _start_storing(self) -> None:
        if self._storing is None or self._storing.done():
            self._storing = asyncio.get_running_loop().create_task(
                self._keep_all(), name="storing of a live text"
            )
            self._storing.add_done_callback(self._storing_ended)

    def _storing_ended(self, task: asyncio.Task[None]) -> None:
        """Whatever ended it, nobody waits for ever: a failure that nobody foresaw is one to store."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("a live text could not be stored", exc_info=error)
            self._take_back(StorageUnavailable("What was typed can't be stored now."))

    async def _keep_all(self) -> None:
        """Store what has gathered, then announce it; the next round takes what came meanwhile.

        Ends when nothing waits, so that a text which nobody holds any more leaves no task behind.
        """
        while self._waiting:
            await self._let_others_join()
            gathered = tuple(self._waiting)
            try:
                await self.keeper.keep(self, [update for waiting in gathered for update in waiting.updates])
            except ProductError as error:
                self._take_back(error)
                return
            self.announce(_announcement(gathered))
            for waiting in gathered:
                self._waiting.popleft()
                if not waiting.stored.done():
                    waiting.stored.set_result(None)
            self.on_typed()

    async def _let_others_join(self) -> None:
        """Whoever types alone never waits; of several, those who come next are stored together."""
        loop = asyncio.get_running_loop()
        at, editors = self._stored_last
        if any(waiting.by not in editors for waiting in self._waiting):
            await asyncio.sleep(max(0.0, at + GATHER_SECONDS - loop.time()))
        self._stored_last = (loop.time(), frozenset(waiting.by for waiting in self._waiting))

    def _take_back(self, error: Exception) -> None:
        """Storing failed: whoever waits is told, and the text has to be read again from what is stored."""
        self.state.epoch = ""
        self.broken = True
        failed, self._waiting = self._waiting, deque()
        for waiting in failed:
            if not waiting.stored.done():
                waiting.stored.set_exception(error)
        self.announce({"type": "rejoin"})


def _announcement(gathered: Sequence[_Waiting]) -> Reply:
    """What all windows are told of the updates that were stored together, and where their editors' cursors are then."""
    updates = [stored.update for waiting in gathered for stored in waiting.updates]
    cursors: dict[str, tuple[int, int]] = {}
    for waiting in gathered:
        for stored in waiting.updates:
            cursors = {by: _moved(cursor, stored.update.changes) for by, cursor in cursors.items()}
        if waiting.cursor is not None:
            cursors[waiting.by] = waiting.cursor
    return {
        "type": "updates",
        "from": gathered[0].updates[0].version - 1,
        "updates": [shown(update) for update in updates],
        "cursors": [{"id": by, "cursor": list(cursor)} for by, cursor in cursors.items()],
    }


def _moved(cursor: tuple[int, int], changes: ChangeSet) -> tuple[int, int]:
    anchor, head = cursor
    return changes.map_position(anchor, 1), changes.map_position(head, 1)


def shown(update: Update) -> Reply:
    """An update as the browsers read it."""
    changes: list[ReplyValue] = [
        list(part) if isinstance(part, list) else part for part in update.changes.to_json()
    ]
    return {"clientID": update.client_id, "changes": changes}
