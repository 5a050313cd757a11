"""The answers under way: background tasks by message, so that they can be stopped, and end with the app."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from services.domain.identifiers import MessageId


class Answers:
    """Tasks that stream a model's answer."""

    def __init__(self) -> None:
        self._tasks: dict[MessageId, asyncio.Task[None]] = {}

    def start(self, message_id: MessageId, answer: Coroutine[None, None, None]) -> None:
        """Run an answer in the background."""
        task = asyncio.create_task(answer, name=f"answer {message_id}")
        self._tasks[message_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(message_id, None))

    def stop(self, message_id: MessageId) -> bool:
        """Stop an answer; False when it has ended."""
        task = self._tasks.get(message_id)
        return task is not None and task.cancel()

    async def close(self) -> None:
        """Stop every answer and wait until what was said is stored."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def wait(self) -> None:
        """Wait until every answer has ended."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
