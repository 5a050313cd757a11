"""Giving up the replay of a conflicting pull request, so that it can be begun again (§10.9)."""

from __future__ import annotations

from services.domain.actors import Actor
from services.domain.errors import Conflict, NotFound
from services.domain.identifiers import CommitSha, OperationId, PullNumber, Slug
from services.domain.replay import ResolutionState
from services.domain.trailers import new_operation_id
from services.store.queries import resolutions
from services.store.queries.resolutions import ResolutionRow
from services.usecases.bot_writes import begin, carry_out
from services.usecases.context import Context
from services.usecases.known_branch import readable_branch
from services.usecases.known_pull import require_undisturbed
from services.usecases.live_texts.flush import FlushReason
from services.usecases.open_pull import require_none_opening
from services.usecases.resolution_writes import DISCARD_REPLAY, DiscardIntent
from services.usecases.resolve_pull import NOT_STARTED, resolver_of


async def discard_replay(
    context: Context, *, actor: Actor | None, slug: Slug, number: PullNumber, meta: bool = False
) -> None:
    """Give up a replay before its pull request is opened: what was chosen is over, and its branch is deleted.

    What is typed there is committed first. Raises NotFound, NotSignedIn, Muted, Forbidden, Busy, Conflict (decided,
    nothing begun, or its pull request is open) and Upstream.
    """
    async with context.store.read() as work:
        _, pull = await resolver_of(work, context, actor, slug, number, meta)
        row = await resolutions.find_active(work, repo=pull.row.repo, number=number)
    if row is None:
        raise Conflict(NOT_STARTED)
    try:
        async with context.live_texts.editing(context, slug=slug, name=row.branch_name) as edited:
            await edited.flush(FlushReason.CLOSING)
            op_id = await _begin(context, actor, row, edited.head.commit_sha, meta)
    except NotFound:  # somebody deleted it on Gitea
        op_id = await _begin(context, actor, row, None, meta)
    await carry_out(context, DISCARD_REPLAY, op_id)


async def _begin(
    context: Context, actor: Actor | None, row: ResolutionRow, head: CommitSha | None, meta: bool
) -> OperationId:
    """From here on nothing is replayed on that branch any more."""
    op_id = new_operation_id()
    async with context.store.write() as work:
        person, pull = await resolver_of(work, context, actor, row.rfc_slug, row.pr_number, meta)
        await require_undisturbed(work, pull.row, by=person)
        await require_none_opening(work, row.key)
        present = await resolutions.find_to_change(work, id=row.id)
        if present is None or not present.is_active:
            raise Conflict(NOT_STARTED)
        branch = await readable_branch(
            work, context.meta, slug=row.rfc_slug, name=row.branch_name, viewer=actor
        )
        if branch.pull is not None:
            raise Conflict(f"#{branch.pull.pr_number} is to take its place already.")
        intent = DiscardIntent(
            display_name=person.display_name,
            slug=row.rfc_slug,
            repo=row.repo,
            number=row.pr_number,
            branch=row.branch_name,
            resolution_id=row.id,
            state=present.state,
            head_sha=head,
        )
        await begin(work, DISCARD_REPLAY, op_id=op_id, actor_id=person.id, login=person.login, intent=intent)
        await resolutions.save(work, id=row.id, state=ResolutionState.DROPPED)
    return op_id
