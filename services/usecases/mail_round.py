"""How many mails are under way at once, so that none waits for another one's trouble (§15.4)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Final

from services.domain.identifiers import UserId
from services.store.queries.outbox import MailRow

AT_ONCE: Final = 5
"""Mails that go as they should."""
AT_MOST: Final = 25
"""Those included whose server takes its time: they no longer count among the five."""
SLOW_SECONDS: Final = 2.0
"""After so long a mail is a slow one, for which no other waits."""


class Turn:
    """One mail at a time is handed over whole and written down as sent: a kill repeats at most that one.

    A server that is silent about a mail it has got loses the mail its turn.
    """

    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock = lock
        self._timer: asyncio.TimerHandle | None = None

    async def take(self) -> None:
        """Wait for it."""
        await self._lock.acquire()
        self._timer = asyncio.get_running_loop().call_later(SLOW_SECONDS, self.give)

    def give(self) -> None:
        """Let the next mail have it."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            self._lock.release()


Lease = Callable[[int, Collection[UserId]], Awaitable[list[MailRow]]]
"""Take so many mails that are due, each to another person, and none to these."""
Send = Callable[[MailRow, Turn], Awaitable[None]]


class MailRound:
    """Sends what is due until nothing is; never two mails to one person at once, so that theirs go out in order."""

    def __init__(self, lease: Lease, send: Send) -> None:
        self._lease = lease
        self._send = send
        self._lock = asyncio.Lock()
        self._under_way: dict[UserId, tuple[asyncio.Task[None], float]] = {}
        self._trouble: BaseException | None = None

    async def run(self) -> int:
        """How many mails were looked at; raises what ended the round, once all that was under way is over."""
        looked_at = 0
        try:
            while True:
                looked_at += await self._begin_some()
                if not self._under_way:
                    break
                await self._some_end()
        finally:
            await self._end_all()
        if self._trouble is not None:
            raise self._trouble
        return looked_at

    async def _begin_some(self) -> int:
        room = self._room()
        if room <= 0 or self._trouble is not None:
            return 0
        rows = await self._lease(room, frozenset(self._under_way))
        since = asyncio.get_running_loop().time()
        for row in rows:
            task = asyncio.create_task(self._send_one(row), name=f"mail {row.id}")
            self._under_way[row.user_id] = (task, since)
        return len(rows)

    def _room(self) -> int:
        slow_since = asyncio.get_running_loop().time() - SLOW_SECONDS
        brisk = [since for _, since in self._under_way.values() if since > slow_since]
        return min(AT_ONCE - len(brisk), AT_MOST - len(self._under_way))

    async def _send_one(self, row: MailRow) -> None:
        turn = Turn(self._lock)
        try:
            await self._send(row, turn)
        finally:
            turn.give()

    async def _some_end(self) -> None:
        """Wait until there may be room again."""
        tasks = [task for task, _ in self._under_way.values()]
        await asyncio.wait(tasks, timeout=SLOW_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for person, (task, _) in list(self._under_way.items()):
            if task.done():
                del self._under_way[person]
                self._trouble = self._trouble or task.exception()

    async def _end_all(self) -> None:
        """Only where the round is cut off: what is under way then keeps its lease."""
        tasks = [task for task, _ in self._under_way.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
