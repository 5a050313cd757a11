"""An entry's committed text, as it is (§17: `/api/rfcs/<slug>/raw`)."""

from __future__ import annotations

from services.domain.actors import Viewer
from services.domain.identifiers import Slug
from services.usecases.context import Context
from services.usecases.readable_refs import require_readable
from services.usecases.texts import read_text
from services.usecases.views.entry import find_entry


async def raw_text(context: Context, *, slug: Slug, ref: str | None = None, viewer: Viewer = None) -> str:
    """The body without its front matter: of main from the cache, of a branch or full commit id read live.

    Raises NotFound, UnreadableText, and Upstream where Gitea has to be asked and fails.
    """
    if ref is not None:
        await require_readable(context, viewer=viewer, slug=slug, ref=ref)
        return (await read_text(context, slug=slug, ref=ref)).text
    async with context.store.read() as work:
        return (await find_entry(work, slug)).body
