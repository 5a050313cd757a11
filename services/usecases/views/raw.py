"""The text of one entry as it was committed (§17 `/api/rfcs/<slug>/raw`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.domain.entry import entry_path, parse_entry
from services.domain.errors import NotFound
from services.domain.front_matter import BrokenEntry
from services.domain.identifiers import Repository, Slug
from services.store.queries.catalog import RfcRow
from services.usecases.views.entry import RFC_FILE, find_entry

if TYPE_CHECKING:
    from services.usecases.context import Context


async def raw_text(context: Context, *, slug: Slug, ref: str | None = None) -> str:
    """The body without front matter: of main from the cache, of another branch or commit from Gitea.

    Raises NotFound for an unknown entry, or one that did not exist at `ref`; Upstream if Gitea fails.
    """
    async with context.store.read() as work:
        row = await find_entry(work, slug)
    return row.body if ref is None else await _text_at(context, row, ref)


async def _text_at(context: Context, row: RfcRow, ref: str) -> str:
    repo, path = (row.repo, RFC_FILE) if row.repo else (context.meta, entry_path(row.slug))
    content = await context.gitea.git.file(Repository(repo), path, ref=ref)
    if content is None or content.data is None:
        raise NotFound(f"“{row.slug}” has no text at “{ref}”.")
    if row.repo:
        return content.data.decode("utf-8", "replace")
    try:
        return parse_entry(content.data, path=path).body
    except BrokenEntry as broken:
        raise NotFound(f"“{row.slug}” can't be read at “{ref}”: {broken.reason}") from broken
