"""An entry's committed text, as it is (§17: `/api/rfcs/<slug>/raw`)."""

from __future__ import annotations

from services.domain.entry import BrokenEntry, entry_path, parse_entry
from services.domain.errors import NotFound
from services.domain.identifiers import Repository, Slug
from services.domain.text_home import RFC_FILE
from services.store.queries.catalog import RfcRow
from services.usecases.context import Context
from services.usecases.views.entry import find_entry


async def raw_text(context: Context, *, slug: Slug, ref: str | None = None) -> str:
    """The body without its front matter: of main from the cache, of a branch or commit read live.

    Raises NotFound, and Upstream where Gitea has to be asked and fails.
    """
    async with context.store.read() as work:
        row = await find_entry(work, slug)
    return row.body if ref is None else await _text_at(context, row, ref)


async def _text_at(context: Context, row: RfcRow, ref: str) -> str:
    """The text at a ref of the repository that holds it now, else of the entry's own past (§13.4)."""
    if row.repo is not None:
        data = await _file(context, Repository(row.repo), RFC_FILE, ref)
        if data is not None:
            return data.decode("utf-8", "replace")
    data = await _file(context, context.meta, entry_path(row.slug), ref)
    if data is None:
        raise NotFound(f"“{row.slug}” has no text at “{ref}”.")
    try:
        return parse_entry(data, path=entry_path(row.slug)).body
    except BrokenEntry as error:
        raise NotFound(f"“{row.slug}” can't be read at “{ref}”: {error}") from error


async def _file(context: Context, repo: Repository, path: str, ref: str) -> bytes | None:
    found = await context.gitea.git.file(repo, path, ref=ref)
    return None if found is None else found.data
