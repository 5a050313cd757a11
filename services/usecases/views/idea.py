"""The idea page `/proposal/<n>` (§9.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.domain.actors import Viewer
from services.domain.audit import ActionKind
from services.domain.identifiers import CommitSha, PullNumber
from services.domain.permissions import (
    Rule,
    Standing,
    allows,
    may_comment,
    may_decline_idea,
    may_merge_idea,
    may_propose,
    may_withdraw,
    opener,
)
from services.domain.pull import PullKind, PullState
from services.store.queries import actions, pulls, users
from services.store.queries.pulls import PullRow
from services.store.work import Work
from services.usecases.ideas import chat_of_idea, closed_reason, find_idea, standing_of
from services.usecases.views.notified import notified_by
from services.usecases.views.parts import Permit, PersonView, ThreadView
from services.usecases.views.threads import permit, person_called, person_view, thread_view

if TYPE_CHECKING:
    from services.usecases.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """How an idea ended: by whom (`None`: on Gitea, nobody we know), when, and the reason given if any."""

    by: PersonView | None
    at: datetime | None
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdeaView:
    """One idea as one viewer may see it; `problem` says in words why its file can't be read."""

    number: PullNumber
    slug: str
    title: str
    pitch: str
    tags: tuple[str, ...]
    proposer: PersonView
    opened_at: datetime
    state: PullState
    head_sha: CommitSha
    problem: str | None
    decision: DecisionView | None
    merge: Permit
    decline: Permit
    withdraw: Permit
    comment: Permit
    as_of: datetime | None
    thread: ThreadView
    notifies: int = 0
    """How many people a decision of the viewer would tell."""
    propose_again: bool = False
    """Whether the viewer proposed it, it came to nothing, and they may propose."""
    before: PullNumber | None = None
    """The idea under this slug that was proposed before it."""


async def idea_view(context: Context, *, viewer: Viewer, number: PullNumber) -> IdeaView:
    """One idea, open or decided; raises NotFound."""
    async with context.store.read() as work:
        pull = await find_idea(work, context.meta, number)
        standing = await standing_of(work, pull)
        thread = await chat_of_idea(work, pull)
        return IdeaView(
            number=pull.pr_number,
            slug=pull.rfc_slug or "",
            title=pull.entry_title or pull.title,
            pitch=pull.entry_body or "",
            tags=pull.entry_tags,
            proposer=await person_called(work, standing.opened_by or pull.opened_by),
            opened_at=pull.opened_at,
            state=pull.state,
            head_sha=CommitSha(pull.head_sha),
            problem=pull.entry_problem,
            decision=await _decision(work, pull),
            merge=_merge_permit(pull, viewer),
            decline=_permit_while_open(pull, may_decline_idea, viewer, standing, act="decline ideas"),
            withdraw=_permit_while_open(pull, may_withdraw, viewer, standing, act="withdraw it"),
            comment=permit(may_comment, viewer, act="comment"),
            as_of=await context.refresher.as_of(work, context.meta),
            thread=await thread_view(work, thread, viewer=viewer),
            notifies=await _notifies(work, context, pull, viewer),
            propose_again=_may_propose_again(pull, viewer, standing),
            before=await _before(work, pull),
        )


def _may_propose_again(pull: PullRow, viewer: Viewer, standing: Standing) -> bool:
    came_to_nothing = pull.state in (PullState.CLOSED, PullState.WITHDRAWN)
    return came_to_nothing and allows(opener, viewer, standing) and allows(may_propose, viewer, standing)


async def _before(work: Work, pull: PullRow) -> PullNumber | None:
    named = [] if pull.rfc_slug is None else await pulls.list_for_slug(work, slug=pull.rfc_slug)
    earlier = [
        row.pr_number
        for row in named
        if row.pr_kind is PullKind.IDEA and row.repo == pull.repo and row.pr_number < pull.pr_number
    ]
    return max(earlier, default=None)


async def _notifies(work: Work, context: Context, pull: PullRow, viewer: Viewer) -> int:
    if not _merge_permit(pull, viewer).allowed:
        return 0
    kind, number = ActionKind.MERGE_IDEA, pull.pr_number
    return await notified_by(work, context, viewer, kind, slug=pull.rfc_slug, repo=pull.repo, number=number)


def _permit_while_open(pull: PullRow, rule: Rule, viewer: Viewer, standing: Standing, *, act: str) -> Permit:
    found = permit(rule, viewer, standing, act=act)
    if found.allowed and pull.state is not PullState.OPEN:
        return Permit(allowed=False, why_not=closed_reason(pull.state))
    return found


def _merge_permit(pull: PullRow, viewer: Viewer) -> Permit:
    found = _permit_while_open(pull, may_merge_idea, viewer, Standing(), act="merge ideas")
    if found.allowed and pull.entry_problem:
        return Permit(allowed=False, why_not=f"It can't be merged as it is. {pull.entry_problem}")
    return found


_ENDINGS = {
    PullState.MERGED: ActionKind.MERGE_IDEA,
    PullState.CLOSED: ActionKind.DECLINE_IDEA,
    PullState.WITHDRAWN: ActionKind.WITHDRAW_IDEA,
}


async def _decision(work: Work, pull: PullRow) -> DecisionView | None:
    """How it ended by the record; what was done on Gitea itself has a time and nobody we know."""
    ending = _ENDINGS.get(pull.state)
    if ending is None:
        return None
    action = await actions.find_for_pull(work, repo=pull.repo, pr_number=pull.pr_number, kind=ending)
    if action is None:
        return DecisionView(by=None, at=pull.merged_at or pull.closed_at, comment=None)
    by = None if action.actor_user_id is None else await users.find(work, user_id=action.actor_user_id)
    comment = action.details.get("comment")
    return DecisionView(
        by=person_view(by) if by else None,
        at=action.created_at,
        comment=comment if isinstance(comment, str) else None,
    )
