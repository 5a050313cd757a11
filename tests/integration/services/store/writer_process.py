"""Commits rows as fast as it can and says so after each; the durability test kills it."""

from __future__ import annotations

import asyncio
import sys

from services.domain.events import EntryChanged
from services.domain.identifiers import Slug
from services.store.queries import deliveries, events
from services.store.unit_of_work import Store


async def main(url: str, first: int) -> None:
    """Write pairs of a row and an event, numbered from `first`, until killed."""
    store = await Store.open(url)
    number = first
    while True:
        async with store.write() as work:
            await deliveries.remember(work, delivery_id=str(number), event="push", repo="o/r")
            await events.append(work, EntryChanged(Slug(f"s{number}")))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        number += 1


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
