"""Database calls that are waited for to their end, also by a task that is being cancelled.

A page that closes cancels what it awaits. A statement cut off in the middle would leave the driver with an
open one, and SQLite with a lock that lasts until the garbage collector comes by; statements are short.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


async def uninterrupted(call: Coroutine[object, object, T]) -> T:
    """Await `call` to its end; a cancellation that comes meanwhile is raised afterwards."""
    task = asyncio.create_task(call)
    interruption: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            interruption = error
    if interruption is None:
        return task.result()
    if not task.cancelled():
        task.exception()
    raise interruption
