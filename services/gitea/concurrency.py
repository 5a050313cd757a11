"""Several requests at a time, but not too many; the first failure ends all of them and is raised as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

AT_ONCE = 8


async def for_each(items: Iterable[Item], work: Callable[[Item], Awaitable[Result]]) -> list[Result]:
    """The results of the work on each item, in order, eight at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def guarded(item: Item) -> Result:
        async with gate:
            return await work(item)

    tasks = [asyncio.ensure_future(guarded(item)) for item in items]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
