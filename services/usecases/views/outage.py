"""Whether what pages show may be old: Gitea could not be read at the last try (§4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.domain.identifiers import Repository
from services.store.queries import sync

if TYPE_CHECKING:
    from services.usecases.context import Context


async def is_cut_off(context: Context, *, repo: Repository) -> bool:
    """Whether the last attempt to read the repository failed; the cache is as it was before."""
    async with context.store.read() as work:
        row = await sync.find(work, repo=repo)
    return row is not None and row.last_error is not None
