"""Tidying branches nobody works on (§12): warn, close, delete. What one branch's trouble stops is that branch alone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from services.domain.actors import Actor
from services.domain.audit import ActionKind
from services.domain.branch import BranchKey
from services.domain.clock import now
from services.domain.errors import GiteaUnreachable, ProductError
from services.domain.events import BranchChanged, JsonValue
from services.domain.hygiene import KEEP, Step, due, fate_of
from services.domain.identifiers import Login, OperationId, Slug
from services.domain.permissions import may_change_branch
from services.domain.trailers import new_operation_id
from services.store.queries import branch_settings, events, idle_branches, live_texts
from services.store.queries.decided_branches import DecidedBranch
from services.store.queries.idle_branches import IdleBranch
from services.store.work import Work
from services.usecases.bot_writes import begin, carry_out
from services.usecases.context import Context
from services.usecases.decided_branches import branches_left, is_untouched
from services.usecases.delete_branch import (
    DELETING,
    DeleteIntent,
    intent_of,
    intent_of_decided,
    is_being_deleted,
    operation_of,
)
from services.usecases.known_branch import readable_branch
from services.usecases.live_texts.flush import FlushReason
from services.usecases.people import entitled
from services.usecases.record import record_action
from services.usecases.system_lines import say_system_line

log = logging.getLogger(__name__)

AT_ONCE = 200
"""Branches of decided pull requests that go in one tick: a site that never did this has years of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied:
    """How many branches were warned of, closed and deleted, and how many must wait for the next tick."""

    warned: int = 0
    closed: int = 0
    deleted: int = 0
    waiting: int = 0


async def tidy(context: Context, *, at: datetime | None = None) -> Tidied:
    """One tick. Every step is one unit of work of its own, and looks again at the branch it is about.

    Nobody is warned of a branch that was cut for one pull request, long decided: nobody chose it or works on it, it
    has no page on which to keep it, and the pull request's own page, its text and its talk stay as they are.
    """
    moment = at or now()
    tally = _Tally()
    await _tidy_idle(context, moment, tally)
    if tally.reachable:
        await _tidy_decided(context, moment, tally)
    return Tidied(
        warned=tally.done.count(Step.WARN),
        closed=tally.done.count(Step.CLOSE),
        deleted=sum(step in DELETING for step in tally.done),
        waiting=tally.waiting,
    )


async def keep(context: Context, *, actor: Actor | None, slug: Slug, name: str) -> datetime:
    """Leave a branch alone for 30 days from now; until when. Raises NotFound, NotSignedIn, Muted, Forbidden."""
    async with context.store.write() as work:
        branch = await readable_branch(work, context.meta, slug=slug, name=name, viewer=actor)
        person = await entitled(work, may_change_branch, actor, branch.standing, act="keep this branch")
        until = now() + KEEP
        await branch_settings.insert(work, key=branch.key, slug=slug)
        if await branch_settings.keep(work, key=branch.key, until=until):
            await _record(
                work,
                context,
                branch.key,
                slug,
                ActionKind.KEEP_BRANCH,
                person,
                until=until.isoformat(),
            )
    return until


@dataclass(slots=True)
class _Tally:
    """What a tick has done so far, how much of it must wait, and whether Gitea answers."""

    done: list[Step] = field(default_factory=list)
    waiting: int = 0
    reachable: bool = True

    @contextmanager
    def guarding(self, what: str) -> Iterator[None]:
        """What stops one branch is logged, and stops that branch alone."""
        try:
            yield
        except GiteaUnreachable as error:
            log.warning("hygiene: Gitea does not answer, the rest waits: %s", error.message)
            self.waiting += 1
            self.reachable = False
        except ProductError as error:
            log.warning("hygiene: %s waits: %s", what, error.message)
            self.waiting += 1


async def _tidy_idle(context: Context, moment: datetime, tally: _Tally) -> None:
    """Branches that people write on."""
    async with context.store.read() as work:
        found = await idle_branches.list_all(work)
    for branch in found:
        step = due(branch.facts, context.hygiene, moment)
        if step is None:
            continue
        with tally.guarding(f"{step} of {branch.key.name}"):
            tally.done += [step] if await _take(context, branch, step, moment) else []
        if not tally.reachable:
            return


async def _tidy_decided(context: Context, moment: datetime, tally: _Tally) -> None:
    """Branches that were cut for one pull request, now decided."""
    left: list[DecidedBranch] = []
    with tally.guarding("reading the branches of decided pull requests"):
        left = await branches_left(context, moment)
    begun = 0
    for branch in left:
        step = Step.DELETE_MERGED if branch.is_merged else Step.DELETE_STALE
        with tally.guarding(f"{step} of {branch.key.name}"):
            if await _delete_decided(context, branch, step, moment):
                tally.done.append(step)
                begun += 1
        if not tally.reachable or begun == AT_ONCE:
            return


async def _take(context: Context, branch: IdleBranch, step: Step, moment: datetime) -> bool:
    """Whether the step was taken."""
    if step is Step.WARN:
        return await _warn(context, branch.key, moment)
    await _flush(context, branch)
    if step is Step.CLOSE:
        return await _close(context, branch.key, moment)
    return await _delete(context, branch.key, step, moment)


async def _warn(context: Context, key: BranchKey, moment: datetime) -> bool:
    async with context.store.write() as work:
        branch = await _still(work, context, key, Step.WARN, moment)
        fate = fate_of(branch.facts, context.hygiene) if branch else None
        if branch is None or fate is None:
            return False
        await branch_settings.note_warned(work, key=key, at=moment)
        details: dict[str, JsonValue] = {"step": fate.step, "at": max(fate.at, moment).isoformat()}
        await _record(work, context, key, branch.slug, ActionKind.WARN_BRANCH, None, **details)
    return True


async def _close(context: Context, key: BranchKey, moment: datetime) -> bool:
    async with context.store.write() as work:
        branch = await _still(work, context, key, Step.CLOSE, moment)
        if branch is None or not await branch_settings.close(work, key=key, at=moment):
            return False
        days = context.hygiene.close_after.days
        await _record(work, context, key, branch.slug, ActionKind.CLOSE_IDLE_BRANCH, None, idle_days=days)
        text = f"The branch was closed: nobody committed to it for {days} days. It can be reopened."
        await say_system_line(work, slug=branch.slug, branch=key.name, text=text)
    await context.refresher.settle_branch(key)
    return True


async def _delete(context: Context, key: BranchKey, step: Step, moment: datetime) -> bool:
    async with context.store.write() as work:
        branch = await _still(work, context, key, step, moment)
        if branch is None:
            return False
        intent = intent_of(branch, context.bot.login, moment)
        op_id = await _begin(work, context, step, intent)
    return await _carry_out(context, step, op_id)


async def _delete_decided(context: Context, branch: DecidedBranch, step: Step, moment: datetime) -> bool:
    if not await is_untouched(context, branch):
        return False
    async with context.store.write() as work:
        intent = intent_of_decided(branch, context.bot.login, moment)
        op_id = await _begin(work, context, step, intent)
    return await _carry_out(context, step, op_id)


async def _begin(work: Work, context: Context, step: Step, intent: DeleteIntent) -> OperationId | None:
    """The operation that deletes it; None where one is under way, or was begun today."""
    if await is_being_deleted(work, intent.key):
        return None
    op_id, login = operation_of(intent), Login(context.bot.login)
    begun = await begin(work, DELETING[step], op_id=op_id, actor_id=None, login=login, intent=intent)
    return op_id if begun else None


async def _carry_out(context: Context, step: Step, op_id: OperationId | None) -> bool:
    if op_id is None:
        return False
    await carry_out(context, DELETING[step], op_id)
    return True


async def _still(
    work: Work, context: Context, key: BranchKey, step: Step, moment: datetime
) -> IdleBranch | None:
    """The branch, if the step is still due: somebody may have pinned, kept or committed meanwhile."""
    branch = await idle_branches.find(work, key=key)
    return branch if branch and due(branch.facts, context.hygiene, moment) is step else None


async def _flush(context: Context, branch: IdleBranch) -> None:
    """Commit what is typed; a branch that somebody types on is not idle once that is committed."""
    async with context.store.read() as work:
        uncommitted = branch.key in await live_texts.list_uncommitted(work)
    if uncommitted:
        async with context.live_texts.editing(context, slug=branch.slug, name=branch.key.name) as edited:
            await edited.flush(FlushReason.CLOSING)
        await context.refresher.nudge_branch(branch.key)  # or the cache would still call it idle


async def _record(
    work: Work,
    context: Context,
    key: BranchKey,
    slug: Slug,
    kind: ActionKind,
    person: Actor | None,
    **details: JsonValue,
) -> None:
    await record_action(
        work,
        context,
        actor_user_id=person.id if person else None,
        on_behalf_of=person.login if person else context.bot.login,
        kind=kind,
        op_id=new_operation_id(),
        slug=slug,
        branch=key.name,
        details={"repo": key.repo, **details},
    )
    await events.append(work, BranchChanged(slug, key.name))
