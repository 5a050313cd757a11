"""Deciding on a metadata or claim PR (§6.4, §9.6, §13.1): merge, decline with a reason, withdraw."""

from __future__ import annotations

from services.domain.actors import Actor
from services.domain.audit import ActionKind
from services.domain.errors import Conflict, GiteaConflict, ProductError
from services.domain.identifiers import CommitSha, OperationId, PullNumber, Slug
from services.domain.permissions import may_withdraw
from services.domain.proposal import check_decline_comment
from services.domain.pull import PullKind, metadata_branch_name
from services.domain.trailers import new_operation_id, without_trailers
from services.store.queries.pulls import PullRow
from services.store.work import Work
from services.usecases.acts_under_way import OnePress
from services.usecases.bot_writes import begin, carry_out
from services.usecases.context import Context
from services.usecases.meta_pulls import (
    KnownMetaPull,
    closed_reason,
    find_meta_pull,
    open_meta_pulls,
    require_open,
    require_undisturbed,
)
from services.usecases.metadata_writes import (
    DECLINE_CLAIM,
    DECLINE_METADATA,
    MERGE_CLAIM,
    MERGE_METADATA,
    WITHDRAW_CLAIM,
    WITHDRAW_METADATA,
    CloseIntent,
    CloseWrite,
    MergeIntent,
)
from services.usecases.people import entitled

MOVED = "The PR has changed since you looked at it, so it was not merged. Read it again, then decide."


async def merge_metadata(
    context: Context,
    *,
    actor: Actor | None,
    slug: Slug,
    number: PullNumber,
    seen_sha: CommitSha | None = None,
) -> PullNumber:
    """Merge a metadata or claim PR; the number it was merged as: another one where it had to be made anew.

    `seen_sha` is the head the actor saw, and only that is merged. The other claims of a super-draft that has an owner
    now are closed with the reason. Raises NotFound, NotSignedIn, Muted, Forbidden, Conflict and Upstream.
    """
    async with OnePress(context):
        return await _merge(context, actor, slug, number, seen_sha)
    return number


async def _merge(
    context: Context, actor: Actor | None, slug: Slug, number: PullNumber, seen_sha: CommitSha | None
) -> PullNumber:
    op_id = new_operation_id()
    async with context.store.write() as work:
        person, pull = await _decider(context, work, actor, slug, number, _MERGES)
        _require_mergeable(pull, seen_sha)
        write = MERGE_CLAIM if pull.is_claim else MERGE_METADATA
        intent = _merge_intent(person, pull, slug, op_id)
        await begin(work, write, op_id=op_id, actor_id=person.id, login=person.login, intent=intent)
    try:
        ended = await carry_out(context, write, op_id)
    except GiteaConflict as error:
        await context.refresher.nudge(context.meta, number)
        raise await _explained(context, slug, number, error, seen_sha) from error
    if pull.is_claim:
        await _close_other_claims(context, person, slug, ended.merged_as or number)
    return ended.merged_as or number


async def decline_metadata(
    context: Context, *, actor: Actor | None, slug: Slug, number: PullNumber, comment: str
) -> None:
    """Close it with a reason, which is posted on the PR and stays on its page: whoever may merge it.

    Raises Invalid (field `comment`) and what `merge_metadata` raises.
    """
    reason = check_decline_comment(comment)
    async with OnePress(context):
        async with context.store.write() as work:
            person, pull = await _decider(context, work, actor, slug, number, _DECLINES)
            write = DECLINE_CLAIM if pull.is_claim else DECLINE_METADATA
            op_id = await _begin_close(work, write, person, pull.row, slug, comment=reason)
        await _carry_out_close(context, write, op_id, slug, number)


async def withdraw_metadata(context: Context, *, actor: Actor | None, slug: Slug, number: PullNumber) -> None:
    """Take it back: whoever opened it, or an arbiter (§6.4). Raises what `merge_metadata` raises."""
    async with OnePress(context):
        async with context.store.write() as work:
            pull = await find_meta_pull(work, context.meta, slug=slug, number=number)
            person = await entitled(work, may_withdraw, actor, pull.standing, act="withdraw this PR")
            require_open(pull)
            write = WITHDRAW_CLAIM if pull.is_claim else WITHDRAW_METADATA
            await require_undisturbed(work, number, by=person, act=write.kind)
            op_id = await _begin_close(work, write, person, pull.row, slug, comment=None)
        await _carry_out_close(context, write, op_id, slug, number)


_MERGES = (MERGE_METADATA.kind, MERGE_CLAIM.kind)
_DECLINES = (DECLINE_METADATA.kind, DECLINE_CLAIM.kind)


async def _decider(
    context: Context,
    work: Work,
    actor: Actor | None,
    slug: Slug,
    number: PullNumber,
    kinds: tuple[ActionKind, ActionKind],
) -> tuple[Actor, KnownMetaPull]:
    """Whoever may decide now, and the PR, if it is open and nobody else is deciding on it."""
    pull = await find_meta_pull(work, context.meta, slug=slug, number=number)
    act = "decide on claims" if pull.is_claim else "decide on this PR"
    person = await entitled(work, pull.decide, actor, pull.standing, act=act)
    require_open(pull)
    await require_undisturbed(work, number, by=person, act=kinds[pull.is_claim])
    return person, pull


def _require_mergeable(pull: KnownMetaPull, seen_sha: CommitSha | None) -> None:
    if seen_sha is not None and seen_sha != pull.row.head_sha:
        raise Conflict(MOVED)
    if pull.obstacle is not None:
        raise Conflict(pull.obstacle)


def _merge_intent(person: Actor, pull: KnownMetaPull, slug: Slug, op_id: OperationId) -> MergeIntent:
    return MergeIntent(
        display_name=person.display_name,
        number=pull.row.pr_number,
        slug=slug,
        branch=metadata_branch_name(slug, op_id),
        head_branch=pull.row.head_branch,
        head_sha=CommitSha(pull.row.head_sha),
        title=pull.row.title,
        reason=without_trailers(pull.row.body),
        changes=pull.row.metadata_changes,
    )


async def _begin_close(
    work: Work, write: CloseWrite, person: Actor, row: PullRow, slug: Slug, *, comment: str | None
) -> OperationId:
    op_id = new_operation_id()
    intent = CloseIntent(
        display_name=person.display_name,
        number=row.pr_number,
        slug=slug,
        branch=row.head_branch,
        comment=comment,
    )
    await begin(work, write, op_id=op_id, actor_id=person.id, login=person.login, intent=intent)
    return op_id


async def _carry_out_close(
    context: Context, write: CloseWrite, op_id: OperationId, slug: Slug, number: PullNumber
) -> None:
    try:
        await carry_out(context, write, op_id)
    except GiteaConflict as error:
        await context.refresher.nudge(context.meta, number)
        raise await _explained(context, slug, number, error, None) from error


async def _close_other_claims(context: Context, person: Actor, slug: Slug, merged: PullNumber) -> None:
    """Nobody else can own it by a claim now; what can't be closed at once is tried again by recovery."""
    words = f"The claim #{merged} was merged, so this super-draft has an owner now."
    async with context.store.write() as work:
        others = [row for row in await open_meta_pulls(work, slug) if row.pr_kind is PullKind.META_CLAIM]
        begun = [
            await _begin_close(work, DECLINE_CLAIM, person, row, slug, comment=words)
            for row in others
            if row.pr_number != merged
        ]
    for op_id in begun:
        try:
            await carry_out(context, DECLINE_CLAIM, op_id)
        except ProductError:
            continue


async def _explained(
    context: Context, slug: Slug, number: PullNumber, error: GiteaConflict, seen_sha: CommitSha | None
) -> Conflict:
    """Say what got in between: somebody decided on Gitea or in another window, or the PR moved."""
    async with context.store.read() as work:
        pull = await find_meta_pull(work, context.meta, slug=slug, number=number)
    reason = closed_reason(pull.row.state)
    if reason is not None:
        return Conflict(reason)
    if seen_sha is not None and pull.row.head_sha != seen_sha:
        return Conflict(MOVED)
    return Conflict(error.message, hint=error.hint)
