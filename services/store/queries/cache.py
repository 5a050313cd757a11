"""The cache as a whole: every table whose rows a sweep can bring back (§4.1)."""

from __future__ import annotations

from services.store.shape import table_of
from services.store.tables import CachedBranch, CachedPr, CachedRfc, SearchSection
from services.store.work import Work

CACHE_TABLES = tuple(table_of(model) for model in (CachedRfc, CachedBranch, CachedPr, SearchSection))


async def drop_everything(work: Work) -> None:
    """Delete every cached row, and nothing but cached rows."""
    for table in CACHE_TABLES:
        await work.change(table.delete())
