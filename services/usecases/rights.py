"""Roles, write-mutes and ended sessions (§6.1, §6.2, §6.4): each leaves a record, and open pages are told."""

from __future__ import annotations

from datetime import timedelta

from services.domain.actors import Actor, Role
from services.domain.audit import ActionKind, PermissionEventKind
from services.domain.errors import Forbidden, Invalid, NotFound
from services.domain.events import BranchChanged, MuteChanged, RoleChanged, SessionsEnded
from services.domain.identifiers import Slug, UserId
from services.domain.permissions import ANOTHER_OWNER_FIRST, may_end_sessions, may_mute, may_set_role
from services.domain.trailers import new_operation_id
from services.store.queries import branch_settings, branches, events, funding, sessions, users
from services.store.queries.users import UserRow
from services.store.unit_of_work import Store
from services.store.work import Work
from services.usecases.context import Context
from services.usecases.people import actor_of, entitled
from services.usecases.record import MAIL_AFTER, record_permission_event, record_quiet_action

MAX_REASON = 500
OPERATOR = "operator"
"""Who acts on the command line: nobody who is signed in."""


async def set_role(context: Context, *, actor: Actor, subject_id: UserId, role: Role) -> None:
    """Give somebody a role. Raises NotFound, Muted, Forbidden (also for the last owner)."""
    async with context.store.write() as work:
        subject = await _person(work, subject_id)
        rule = may_set_role(subject=actor_of(subject), role=role, owner_count=await users.count_owners(work))
        by = await entitled(work, rule, actor, act=f"make {subject.gitea_login} {_with_article(role)}")
        await _give_role(work, by.id, subject, role, mail_after=context.email_delay)


async def set_muted(
    context: Context, *, actor: Actor, subject_id: UserId, muted: bool, reason: str = ""
) -> None:
    """Mute or unmute somebody app-wide; the reason stands in the record.

    Raises NotFound, Muted, Forbidden (owners; oneself; the last owner), and Invalid (`reason`) when it is too long.
    """
    if len(reason) > MAX_REASON:
        raise Invalid(f"A reason has at most {MAX_REASON} characters.", field="reason")
    async with context.store.write() as work:
        subject = await _person(work, subject_id)
        by = await entitled(
            work, may_mute(subject=actor_of(subject)), actor, act=f"mute {subject.gitea_login}"
        )
        if muted:
            await _let_an_owner_stay(work, subject, act="muted")
        await _mute(work, by.id, subject, muted=muted, reason=reason.strip(), mail_after=context.email_delay)


async def end_sessions(context: Context, *, actor: Actor, subject_id: UserId) -> int:
    """Sign somebody out everywhere; how many sessions ended. Raises NotFound, Muted, Forbidden."""
    async with context.store.write() as work:
        subject = await _person(work, subject_id)
        rule = may_end_sessions(subject=actor_of(subject))
        by = await entitled(work, rule, actor, act=f"sign {subject.gitea_login} out")
        return await _end_sessions(work, by, subject)


async def operator_sets_role(store: Store, *, login: str, role: Role) -> bool:
    """`rfc-ui users role`: the same, by whoever runs the machine; whether it is another role than before.

    Raises NotFound, and Forbidden for the last owner.
    """
    async with store.write() as work:
        subject = await _person_called(work, login)
        if role is not Role.OWNER:
            await _let_an_owner_stay(work, subject, act="lowered")
        return await _give_role(work, None, subject, role)


async def operator_sets_muted(store: Store, *, login: str, muted: bool) -> bool:
    """`rfc-ui users mute`: the same, by whoever runs the machine; whether that changed anything.

    Raises NotFound, and Forbidden for the last owner.
    """
    async with store.write() as work:
        subject = await _person_called(work, login)
        if muted:
            await _let_an_owner_stay(work, subject, act="muted")
        return await _mute(work, None, subject, muted=muted)


async def operator_removes(store: Store, *, login: str) -> int:
    """`rfc-ui users remove`: erase the e-mail address and end all sessions; how many.

    Name and record stay (§17). Raises NotFound, and Forbidden for the last owner.
    """
    async with store.write() as work:
        subject = await _person_called(work, login)
        await _let_an_owner_stay(work, subject, act="removed")
        await users.update_profile(
            work,
            user_id=subject.id,
            login=subject.gitea_login,
            email="",
            display_name=subject.display_name,
            avatar_url=subject.avatar_url,
            at=subject.last_seen_at,
        )
        await funding.forget(work, user_id=subject.id)
        await _give_role(work, None, subject, Role.CONTRIBUTOR)
        return await _end_sessions(work, None, subject)


async def operator_pins(store: Store, *, slug: Slug, name: str, pinned: bool) -> bool:
    """`rfc-ui branches pin`: exempt a branch from hygiene, or no longer; whether that changed anything.

    Raises NotFound. The next sweep takes it over into the cache.
    """
    async with store.write() as work:
        found = await branches.find_for_slug(work, slug=slug, name=name)
        if not found:
            raise NotFound(f"There is no branch {name} of {slug}.", hint="`rfc-ui branches list` names them.")
        key = found[0].key
        await branch_settings.insert(work, key=key, slug=slug)
        if not await branch_settings.set_pinned(work, key=key, pinned=pinned):
            return False
        await record_quiet_action(
            work,
            actor_user_id=None,
            on_behalf_of=OPERATOR,
            kind=ActionKind.PIN_BRANCH if pinned else ActionKind.UNPIN_BRANCH,
            op_id=new_operation_id(),
            slug=slug,
            branch=name,
            details={"repo": key.repo},
        )
        await events.append(work, BranchChanged(slug, name))
    return True


async def _let_an_owner_stay(work: Work, subject: UserRow, *, act: str) -> None:
    """Somebody who can act as owner stays (§6.4): Forbidden for the last one who is not muted."""
    if subject.role is Role.OWNER and not subject.muted and await users.count_owners(work) <= 1:
        raise Forbidden(f"The last owner can't be {act}.", hint=ANOTHER_OWNER_FIRST)


async def _give_role(
    work: Work, by: UserId | None, subject: UserRow, role: Role, *, mail_after: timedelta = MAIL_AFTER
) -> bool:
    if not await users.set_role(work, user_id=subject.id, role=role):
        return False
    await record_permission_event(
        work,
        actor_user_id=by,
        subject_user_id=subject.id,
        kind=PermissionEventKind.ROLE_GRANTED,
        details={"from": subject.role, "to": role},
        mail_after=mail_after,
    )
    await events.append(work, RoleChanged(subject.id))
    return True


async def _mute(
    work: Work,
    by: UserId | None,
    subject: UserRow,
    *,
    muted: bool,
    reason: str = "",
    mail_after: timedelta = MAIL_AFTER,
) -> bool:
    if not await users.set_muted(work, user_id=subject.id, muted=muted, reason=reason):
        return False
    kind = PermissionEventKind.MUTED if muted else PermissionEventKind.UNMUTED
    await record_permission_event(
        work,
        actor_user_id=by,
        subject_user_id=subject.id,
        kind=kind,
        details={"reason": reason} if reason else None,
        mail_after=mail_after,
    )
    await events.append(work, MuteChanged(subject.id))
    return True


async def _end_sessions(work: Work, by: Actor | None, subject: UserRow) -> int:
    hashes = await sessions.revoke_all(work, user_id=subject.id)
    if hashes:
        await record_quiet_action(
            work,
            actor_user_id=by.id if by else None,
            on_behalf_of=by.login if by else OPERATOR,
            kind=ActionKind.END_SESSIONS,
            op_id=new_operation_id(),
            details={"subject": subject.gitea_login, "sessions": len(hashes)},
        )
        await events.append(work, SessionsEnded(subject.id, tuple(hashes)))
    return len(hashes)


async def _person(work: Work, user_id: UserId) -> UserRow:
    row = await users.find(work, user_id=user_id)
    if row is None:
        raise NotFound("There is no such person.")
    return row


async def _person_called(work: Work, login: str) -> UserRow:
    row = await users.find_by_login(work, login=login)
    if row is None:
        raise NotFound(f"Nobody called {login} has signed in here.", hint="Check the login.")
    return row


def _with_article(role: Role) -> str:
    return f"a {role}" if role is Role.CONTRIBUTOR else f"an {role}"
