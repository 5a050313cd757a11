"""Bringing the search index up to the cache: after an update of the app, and after very many entries at once (§7.2)."""

from __future__ import annotations

from services.store.queries import search
from services.store.unit_of_work import Store

AT_ONCE = 25
"""Entries of one unit of work: others write in between."""


async def index_missing(store: Store) -> int:
    """Index every cached entry that the index lacks; how many there were."""
    done = 0
    while True:
        async with store.read() as work:
            if not await search.unindexed(work, limit=1):
                return done
        async with store.write() as work:
            entries = await search.unindexed(work, limit=AT_ONCE)
            await search.index(work, entries=entries)
        done += len(entries)
