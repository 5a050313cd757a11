"""A branch's settings (§11): who may read and edit it, whether it is pinned, closed or open."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from services.domain.actors import Actor
from services.domain.audit import ActionKind, PermissionEventKind
from services.domain.branch import BranchKey, BranchState, Visibility
from services.domain.clock import now
from services.domain.errors import Conflict, NotFound, ProductError
from services.domain.events import BranchChanged, JsonValue
from services.domain.hygiene import KEEP
from services.domain.identifiers import Slug
from services.domain.permissions import (
    EditAccess,
    Rule,
    Standing,
    may_bring_branch_back,
    may_change_branch,
    may_pin_branch,
)
from services.domain.trailers import new_operation_id
from services.store.queries import branch_settings, events, live_texts, users
from services.store.queries.users import UserRow
from services.store.work import Work
from services.usecases.context import Context
from services.usecases.known_branch import KnownBranch, find_branch, readable_branch
from services.usecases.live_texts.flush import FlushReason
from services.usecases.people import entitled
from services.usecases.record import record_action, record_permission_event
from services.usecases.system_lines import say_system_line

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Change:
    """A branch whose settings somebody may change, in one unit of work."""

    work: Work
    context: Context
    person: Actor
    branch: KnownBranch

    async def record(self, kind: ActionKind, **details: JsonValue) -> None:
        """The audit row, and that open pages look again."""
        branch = self.branch
        await record_action(
            self.work,
            self.context,
            actor_user_id=self.person.id,
            on_behalf_of=self.person.login,
            kind=kind,
            op_id=new_operation_id(),
            slug=branch.entry.slug,
            branch=branch.key.name,
            details={"repo": branch.key.repo, **details},
        )
        await events.append(self.work, BranchChanged(branch.entry.slug, branch.key.name))

    async def say(self, text: str) -> None:
        """A line in the branch's chat."""
        slug, name = self.branch.entry.slug, self.branch.key.name
        await say_system_line(self.work, slug=slug, branch=name, text=f"{self.person.display_name} {text}")


async def standing_of_branch(work: Work, context: Context, *, slug: Slug, name: str) -> Standing:
    """What rules look at on a branch, its state included; raises NotFound."""
    return (await find_branch(work, context.meta, slug=slug, name=name)).standing


async def set_visibility(
    context: Context, *, actor: Actor | None, slug: Slug, name: str, visibility: Visibility
) -> None:
    """Make a branch public or private.

    Raises NotFound, NotSignedIn, Muted, Forbidden, and Conflict where an open or merged pull request shows it.
    """
    act = "change who may read this branch"
    async with _changing(context, actor, slug, name, may_change_branch, act=act) as change:
        if visibility is Visibility.PRIVATE and change.branch.pull is not None:
            raise Conflict("A branch with an open pull request is public.")
        if visibility is Visibility.PRIVATE and change.branch.is_merged:
            raise Conflict("This branch was merged: what was said and changed on it is part of the record.")
        if await branch_settings.set_visibility(change.work, key=change.branch.key, visibility=visibility):
            await change.record(ActionKind.SET_BRANCH_VISIBILITY, visibility=visibility)


async def set_edit_access(
    context: Context, *, actor: Actor | None, slug: Slug, name: str, edit_access: EditAccess
) -> None:
    """Say who may edit a branch. Raises NotFound, NotSignedIn, Muted, Forbidden."""
    act = "change who may edit this branch"
    async with _changing(context, actor, slug, name, may_change_branch, act=act) as change:
        if await branch_settings.set_edit_access(change.work, key=change.branch.key, edit_access=edit_access):
            await change.record(ActionKind.SET_BRANCH_EDIT_ACCESS, edit_access=edit_access)


async def grant(context: Context, *, actor: Actor | None, slug: Slug, name: str, login: str) -> None:
    """Invite somebody who has signed in before. Raises NotFound, NotSignedIn, Muted, Forbidden."""
    async with _changing(context, actor, slug, name, may_change_branch, act="invite people") as change:
        guest = await _person_called(change.work, login)
        if await branch_settings.grant(change.work, key=change.branch.key, user_id=guest.id):
            await _record_right(change, ActionKind.GRANT_BRANCH, PermissionEventKind.BRANCH_GRANTED, guest)


async def revoke(context: Context, *, actor: Actor | None, slug: Slug, name: str, login: str) -> None:
    """Take an invitation back. Raises NotFound, NotSignedIn, Muted, Forbidden."""
    act = "take invitations back"
    async with _changing(context, actor, slug, name, may_change_branch, act=act) as change:
        guest = await _person_called(change.work, login)
        if await branch_settings.revoke(change.work, key=change.branch.key, user_id=guest.id):
            await _record_right(change, ActionKind.REVOKE_BRANCH, PermissionEventKind.BRANCH_REVOKED, guest)


async def pin(context: Context, *, actor: Actor | None, slug: Slug, name: str, pinned: bool = True) -> None:
    """Exempt a branch from closing and deleting (§12), or no longer. Raises NotFound, NotSignedIn, Muted, Forbidden."""
    async with _changing(context, actor, slug, name, may_pin_branch, act="pin branches") as change:
        key = change.branch.key
        if await branch_settings.set_pinned(change.work, key=key, pinned=pinned):
            await change.record(ActionKind.PIN_BRANCH if pinned else ActionKind.UNPIN_BRANCH)
    await context.refresher.settle_branch(key)


async def close(context: Context, *, actor: Actor | None, slug: Slug, name: str) -> None:
    """End work on a branch, once what is typed there is committed; it can be reopened.

    Raises NotFound, NotSignedIn, Muted, Forbidden, Conflict, and where that can't be committed UnreadableText
    and Upstream.
    """
    async with context.store.read() as work:
        branch = await readable_branch(work, context.meta, slug=slug, name=name, viewer=actor)
        await entitled(work, may_change_branch, actor, branch.standing, act=_CLOSE)
        typed = await is_typed_on(work, context, branch.key)
    if typed and branch.state is BranchState.OPEN:
        await _commit_and_close(context, actor, slug, name)
    else:
        await _close(context, actor, slug, name)
    await context.refresher.settle_branch(branch.key)


async def is_typed_on(work: Work, context: Context, key: BranchKey) -> bool:
    """Whether something is typed on a branch that no commit has."""
    live = context.live_texts.find(key)
    return key in await live_texts.list_uncommitted(work) or (live is not None and live.dirty)


async def _commit_and_close(context: Context, actor: Actor | None, slug: Slug, name: str) -> None:
    async with AsyncExitStack() as stack:
        try:
            edited = await stack.enter_async_context(
                context.live_texts.editing(context, slug=slug, name=name)
            )
            await edited.flush(FlushReason.CLOSING)
        except ProductError as error:
            error.message = f"{_STAYS_OPEN} {error.message}"
            raise
        await _close(context, actor, slug, name)
        try:
            await edited.flush(FlushReason.CLOSING)  # what was typed until the branch was closed
        except ProductError as error:
            log.warning("the last words typed on %s wait for their commit: %s", name, error.message)


async def _close(context: Context, actor: Actor | None, slug: Slug, name: str) -> None:
    async with _changing(context, actor, slug, name, may_change_branch, act=_CLOSE) as change:
        if not await branch_settings.close(change.work, key=change.branch.key, at=now()):
            raise Conflict(_ALREADY[change.branch.state])
        await change.record(ActionKind.CLOSE_BRANCH)
        await change.say("closed the branch.")


async def reopen(context: Context, *, actor: Actor | None, slug: Slug, name: str) -> None:
    """Go on with a closed branch, which is left alone for 30 days from now.

    Raises NotFound, NotSignedIn, Muted, Forbidden, Conflict.
    """
    async with _changing(
        context, actor, slug, name, may_bring_branch_back, act="reopen this branch"
    ) as change:
        key = change.branch.key
        if not await branch_settings.reopen(change.work, key=key):
            raise Conflict(_ALREADY[change.branch.state])
        await branch_settings.keep(change.work, key=key, until=now() + KEEP)
        await change.record(ActionKind.REOPEN_BRANCH)
        await change.say("reopened the branch.")
    await context.refresher.settle_branch(key)


_CLOSE = "close this branch"
_STAYS_OPEN = "The branch stays open: what is typed on it can't be committed now."
_ALREADY: Mapping[BranchState, str] = {
    BranchState.OPEN: "This branch is open already.",
    BranchState.CLOSED: "This branch is closed already.",
    BranchState.DELETED: "This branch has been deleted.",
}


@asynccontextmanager
async def _changing(
    context: Context, actor: Actor | None, slug: Slug, name: str, rule: Rule, *, act: str
) -> AsyncIterator[_Change]:
    """The branch, if the person may change it now; one that they may not read is not found."""
    async with context.store.write() as work:
        branch = await readable_branch(work, context.meta, slug=slug, name=name, viewer=actor)
        person = await entitled(work, rule, actor, branch.standing, act=act)
        # Of a branch that somebody cut on Gitea nothing is known yet.
        await branch_settings.insert(work, key=branch.key, slug=slug)
        yield _Change(work, context, person, branch)


SIGN_IN_FIRST = "Check the login; whoever it is signs in here once, and can be invited then."


async def _person_called(work: Work, login: str) -> UserRow:
    found = await users.find_by_login(work, login=login.strip())
    if found is None:
        raise NotFound(f"Nobody called {login.strip()} has signed in here.", hint=SIGN_IN_FIRST)
    return found


async def _record_right(
    change: _Change, kind: ActionKind, right: PermissionEventKind, guest: UserRow
) -> None:
    await change.record(kind, subject=guest.gitea_login)
    await record_permission_event(
        change.work,
        actor_user_id=change.person.id,
        subject_user_id=guest.id,
        kind=right,
        details={"slug": change.branch.entry.slug, "branch": change.branch.key.name},
        mail_after=change.context.email_delay,
    )
