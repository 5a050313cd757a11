"""A database without a server, and what the use-cases need to act on it; Gitea is nowhere."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.store.migrate import migrate
from services.store.unit_of_work import Store
from services.usecases.assemble import close_context
from services.usecases.context import Context
from tests.support.world import context_on

NOWHERE = "http://127.0.0.1:9"


@asynccontextmanager
async def empty_site() -> AsyncIterator[Context]:
    """On a new SQLite file."""
    with tempfile.TemporaryDirectory(prefix="rfc-bench-") as folder:
        async with migrated(f"sqlite+aiosqlite:///{Path(folder) / 'rfc.db'}") as context:
            yield context


@asynccontextmanager
async def migrated(url: str) -> AsyncIterator[Context]:
    """On this database, whose tables are made first."""
    with tempfile.TemporaryDirectory(prefix="rfc-bench-") as backups:
        migrate(url, backup_dir=Path(backups))
    context = await context_on(await Store.open(url), NOWHERE, "none", "bench")
    yield context
    await close_context(context)
