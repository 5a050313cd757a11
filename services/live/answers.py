"""The answers under way: background tasks by message, so that they can be stopped, and end with the app."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from enum import StrEnum

from services.domain.identifiers import MessageId, UserId

log = logging.getLogger(__name__)


class Ending(StrEnum):
    """How the giving of an answer ended."""

    COMPLETE = "complete"
    STOPPED = "stopped"
    """By a person."""
    LEFT = "left"
    """The server ends."""
    BROKEN = "broken"
    """By a mistake of ours, which is in the log."""


End = Callable[[Ending], Awaitable[None]]
"""Writes down how an answer ended."""


class Answers:
    """Tasks that give a model's answer."""

    def __init__(self) -> None:
        self._tasks: dict[MessageId, asyncio.Task[None]] = {}
        self._stopped: set[MessageId] = set()
        self._asked_by: dict[MessageId, UserId] = {}

    def start(
        self, message_id: MessageId, answer: Coroutine[None, None, None], end: End, *, asked_by: UserId
    ) -> None:
        """Run an answer in the background; `end` is called when it is over, however that came."""
        task = asyncio.create_task(self._run(message_id, answer, end), name=f"answer {message_id}")
        self._tasks[message_id] = task
        self._asked_by[message_id] = asked_by
        task.add_done_callback(lambda _: self._forget(message_id))

    def count(self, asked_by: UserId) -> int:
        """How many answers are being given to somebody."""
        return sum(asker == asked_by for asker in self._asked_by.values())

    def stop(self, message_id: MessageId) -> bool:
        """Stop an answer; False when it is over, or another process gives it."""
        task = self._tasks.get(message_id)
        if task is None or message_id in self._stopped:
            return False
        self._stopped.add(message_id)
        return task.cancel()

    async def close(self) -> None:
        """Stop every answer, and wait until what was said is stored."""
        tasks = list(self._tasks.items())
        for message_id, task in tasks:
            if message_id not in self._stopped:
                task.cancel()
        await asyncio.gather(*(task for _, task in tasks), return_exceptions=True)

    async def wait(self) -> None:
        """Wait until every answer is over."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _run(self, message_id: MessageId, answer: Coroutine[None, None, None], end: End) -> None:
        ending = Ending.COMPLETE
        try:
            await answer
        except asyncio.CancelledError:
            ending = Ending.STOPPED if message_id in self._stopped else Ending.LEFT
        except Exception:
            # Border (job): whoever watches is told that it failed.
            log.exception("answer %s broke off", message_id)
            ending = Ending.BROKEN
        try:
            await end(ending)
        except Exception:
            # Border (job): the next start ends what could not be written down now.
            log.exception("the end of answer %s could not be stored", message_id)

    def _forget(self, message_id: MessageId) -> None:
        self._tasks.pop(message_id, None)
        self._asked_by.pop(message_id, None)
        self._stopped.discard(message_id)
