"""A live text follows its branch on Gitea as soon as that is known to have moved, not only at the flush (§8.10)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from services.domain.errors import ProductError
from services.domain.events import BranchChanged, Event
from services.domain.identifiers import Slug
from services.usecases.known_branch import find_branch

if TYPE_CHECKING:
    from services.usecases.context import Context

log = logging.getLogger(__name__)


async def follow_gitea(context: Context, event: Event) -> None:
    """Bring into an open live text what was committed elsewhere; what fails is brought in at the flush."""
    match event:
        case BranchChanged(slug, name):
            try:
                await _follow(context, slug, name)
            except ProductError as error:
                log.warning("the text of %s can't follow its branch yet: %s", name, error.message)


async def _follow(context: Context, slug: Slug, name: str) -> None:
    async with context.store.read() as work:
        known = await find_branch(work, context.meta, slug=slug, name=name)
    live = context.live_texts.find(known.key)
    if live is not None and (known.cached is None or live.state.base_sha != known.cached.head_sha):
        async with context.live_texts.editing(context, slug=slug, name=name):
            pass
