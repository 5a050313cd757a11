"""What a branch started from: the older side of its pull request's difference (§10.3, §10.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.domain.errors import NotFound
from services.domain.identifiers import CommitSha, Slug
from services.domain.line_ends import editor_text
from services.domain.pull import BODY_KINDS, PullState
from services.domain.side import Side
from services.domain.text_home import TextHome
from services.store.queries import pulls
from services.store.queries.pulls import PullRow
from services.store.work import Work
from services.usecases.shown_text import ShownText, shown_text
from services.usecases.texts import home_of_branch, text_at
from services.usecases.views.entry import find_entry

if TYPE_CHECKING:
    from services.usecases.context import Context


async def base_of(context: Context, row: PullRow) -> CommitSha | None:
    """Where a pull request's branch left its base; rows of earlier releases don't know it."""
    if row.base_sha:
        return CommitSha(row.base_sha)
    asked = await context.gitea.pulls.get(row.repo, row.pr_number)
    return CommitSha(asked.merge_base) if asked.merge_base else None


async def base_text(context: Context, *, slug: Slug, branch: str | None) -> ShownText:
    """The text that a branch's pull request changes; of several that of the open one, else of the newest.

    Raises NotFound, UnreadableText and Upstream.
    """
    async with context.store.read() as work:
        home = await home_of_branch(work, context.meta, await find_entry(work, slug), branch or "")
        row = await _pull_of(work, slug, home, branch)
    sha = None if row is None else await base_of(context, row)
    if sha is None:
        raise NotFound("Nobody knows what this branch was made from.")
    text = editor_text((await text_at(context, home, sha)).text)
    return ShownText(text=text, committed=text, commit_sha=sha)


async def side_text(context: Context, *, slug: Slug, branch: str | None, side: Side) -> ShownText:
    """The text as it is shown now, or what it started from; raises NotFound, UnreadableText and Upstream."""
    read = base_text if side is Side.BEFORE else shown_text
    return await read(context, slug=slug, branch=branch)


async def _pull_of(work: Work, slug: Slug, home: TextHome, branch: str | None) -> PullRow | None:
    rows = [
        row
        for row in await pulls.list_for_slug(work, slug=slug)
        if (row.repo, row.head_branch) == (home.repo, branch) and row.pr_kind in BODY_KINDS
    ]
    return next((row for row in rows if row.state is PullState.OPEN), rows[0] if rows else None)
