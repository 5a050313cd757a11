"""Deciding on an idea (§9.3): merge, decline with a reason, withdraw."""

from __future__ import annotations

from services.domain.actors import Actor
from services.domain.audit import ActionKind
from services.domain.errors import Conflict, GiteaConflict, SlugTaken
from services.domain.identifiers import CommitSha, OperationId, PullNumber
from services.domain.permissions import Rule, may_decline_idea, may_merge_idea, may_withdraw
from services.domain.proposal import check_decline_comment
from services.domain.trailers import new_operation_id
from services.store.queries import catalog
from services.store.queries.pulls import PullRow
from services.store.work import Work
from services.usecases.acts_under_way import OnePress
from services.usecases.bot_writes import BotWrite, I, begin, carry_out
from services.usecases.context import Context
from services.usecases.idea_writes import DECLINE, MERGE, WITHDRAW, CloseIntent, Ended, MergeIntent
from services.usecases.ideas import (
    closed_reason,
    find_idea,
    require_open,
    require_undisturbed,
    standing_of,
)
from services.usecases.people import entitled

MOVED = "The idea has changed since you looked at it, so it was not merged. Read it again, then decide."


async def merge(
    context: Context, *, actor: Actor | None, number: PullNumber, seen_sha: CommitSha | None = None
) -> None:
    """Make an idea a super-draft; `seen_sha` is the head the actor saw, and only that is merged.

    Raises NotFound, NotSignedIn, Muted, Forbidden, Conflict (decided, moved, or not mergeable) and Upstream.
    """
    async with OnePress(context):
        op_id = new_operation_id()
        async with context.store.write() as work:
            person, pull = await _decider(
                context, work, actor, number, rule=may_merge_idea, kind=MERGE.kind, act="merge ideas"
            )
            await _require_mergeable(work, pull, seen_sha)
            intent = MergeIntent(
                display_name=person.display_name,
                number=number,
                slug=pull.rfc_slug,
                branch=pull.head_branch,
                head_sha=CommitSha(pull.head_sha),
                title=pull.entry_title or pull.title,
            )
            await begin(work, MERGE, op_id=op_id, actor_id=person.id, login=person.login, intent=intent)
        await _carry_out(context, MERGE, op_id, number, seen_sha=CommitSha(pull.head_sha))


async def decline(context: Context, *, actor: Actor | None, number: PullNumber, comment: str) -> None:
    """Close an idea with a reason, which is posted on its PR and stays on its page.

    Raises Invalid (field `comment`) and what `merge` raises.
    """
    reason = check_decline_comment(comment)
    async with OnePress(context):
        op_id = new_operation_id()
        async with context.store.write() as work:
            person, pull = await _decider(
                context, work, actor, number, rule=may_decline_idea, kind=DECLINE.kind, act="decline ideas"
            )
            intent = _close_intent(person, pull, comment=reason)
            await begin(work, DECLINE, op_id=op_id, actor_id=person.id, login=person.login, intent=intent)
        await _carry_out(context, DECLINE, op_id, number)


async def withdraw(context: Context, *, actor: Actor | None, number: PullNumber) -> None:
    """Take an idea back: whoever opened it, or who runs the app (§6.4). Raises what `merge` raises."""
    async with OnePress(context):
        op_id = new_operation_id()
        async with context.store.write() as work:
            person, pull = await _decider(
                context, work, actor, number, rule=may_withdraw, kind=WITHDRAW.kind, act="withdraw this idea"
            )
            intent = _close_intent(person, pull, comment=None)
            await begin(work, WITHDRAW, op_id=op_id, actor_id=person.id, login=person.login, intent=intent)
        await _carry_out(context, WITHDRAW, op_id, number)


async def _decider(
    context: Context,
    work: Work,
    actor: Actor | None,
    number: PullNumber,
    *,
    rule: Rule,
    kind: ActionKind,
    act: str,
) -> tuple[Actor, PullRow]:
    """Whoever may decide now, and the idea, if it is open and nobody else is deciding on it."""
    pull = await find_idea(work, context.meta, number)
    person = await entitled(work, rule, actor, await standing_of(work, pull), act=act)
    require_open(pull)
    await require_undisturbed(work, number, by=person, act=kind)
    return person, pull


async def _require_mergeable(work: Work, pull: PullRow, seen_sha: CommitSha | None) -> None:
    if seen_sha is not None and seen_sha != pull.head_sha:
        raise Conflict(MOVED)
    if pull.entry_problem:
        raise Conflict(f"This idea can't be merged as it is. {pull.entry_problem}")
    entry = None if pull.rfc_slug is None else await catalog.find(work, slug=pull.rfc_slug)
    if entry is not None:
        raise SlugTaken(entry.slug, f"the RFC “{entry.title}”")


def _close_intent(person: Actor, pull: PullRow, *, comment: str | None) -> CloseIntent:
    return CloseIntent(
        display_name=person.display_name,
        number=pull.pr_number,
        slug=pull.rfc_slug,
        branch=pull.head_branch,
        comment=comment,
    )


async def _carry_out(
    context: Context,
    write: BotWrite[I, Ended],
    op_id: OperationId,
    number: PullNumber,
    *,
    seen_sha: CommitSha | None = None,
) -> None:
    try:
        await carry_out(context, write, op_id)
    except GiteaConflict as error:
        await context.refresher.nudge(context.meta, number)
        raise await _explained(context, number, error, seen_sha) from error


async def _explained(
    context: Context, number: PullNumber, error: GiteaConflict, seen_sha: CommitSha | None
) -> Conflict:
    """Say what got in between: somebody decided on Gitea or in another window, or the idea moved."""
    async with context.store.read() as work:
        pull = await find_idea(work, context.meta, number)
    reason = closed_reason(pull.state)
    if reason is not None:
        return Conflict(reason)
    if seen_sha is not None and pull.head_sha != seen_sha:
        return Conflict(MOVED)
    return Conflict(error.message, hint=error.hint)
