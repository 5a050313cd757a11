"""Whether a pull request merges (§10.5): proven by a merge of our own, since Gitea's “no” may mean “not yet”."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from services.domain.errors import ProductError
from services.domain.identifiers import CommitSha
from services.domain.merge import conflict_by_line
from services.domain.pull import Mergeability, PullState
from services.usecases.known_pull import KnownPull
from services.usecases.texts import TextAt, text_at

if TYPE_CHECKING:
    from services.usecases.context import Context


async def mergeability(context: Context, pull: KnownPull, base: TextAt, head: TextAt) -> Mergeability | None:
    """How an open pull request would merge now; None for one that is decided.

    Only where our own merge finds a conflict is Gitea asked, which may know better.
    """
    if pull.row.state is not PullState.OPEN:
        return None
    if pull.entry.body == base.text:
        # Another change of the front matter never touches the body (§9.5).
        return Mergeability.CLEAN
    try:
        main = await text_at(context, pull.home, CommitSha(pull.entry.body_sha))
        texts = (base.file_text, head.file_text, main.file_text)
        if not await asyncio.to_thread(conflict_by_line, *texts):
            return Mergeability.CLEAN
        asked = await context.gitea.pulls.get(pull.row.repo, pull.row.pr_number)
    except ProductError:
        return Mergeability.CHECKING
    return Mergeability.CLEAN if asked.mergeable else Mergeability.CONFLICTS
