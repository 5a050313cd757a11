"""Signing in and out (§6.1): people are keyed by Gitea's number, sessions by the hash of a random token."""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta

from services.domain.actors import Actor, Role, Viewer
from services.domain.audit import ActionKind, PermissionEventKind
from services.domain.clock import now
from services.domain.errors import Upstream
from services.domain.events import RoleChanged, SessionsEnded
from services.domain.identifiers import Login, UserId
from services.domain.trailers import new_operation_id
from services.store.queries import events, sessions, users
from services.store.queries.users import UserRow
from services.store.unit_of_work import Store
from services.store.work import Work
from services.usecases.context import Context
from services.usecases.people import actor_of, signed_in_person
from services.usecases.record import record_action, record_permission_event

log = logging.getLogger(__name__)

SESSION_LIFETIME = timedelta(days=14)
"""Absolute: using a session doesn't make it last longer."""
TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class GiteaProfile:
    """Who Gitea says somebody is; `id` is its number for them, which never changes."""

    id: int
    login: Login
    email: str
    display_name: str
    avatar_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A fresh session: `token` goes into the cookie and is stored nowhere else."""

    token: str
    actor: Actor


async def sign_in(context: Context, *, profile: GiteaProfile) -> SignedIn:
    """Open a session for whom Gitea vouches, and take over their present name, address and picture."""
    await _settle_former_holder(context, profile)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    async with context.store.write() as work:
        await work.serialize("accounts")
        user_id = await _known_person(work, profile)
        await _claim_ownership(work, user_id, owner_login=context.owner_login)
        at = now()
        await sessions.create(
            work, hash=token_hash(token), user_id=user_id, expires_at=at + SESSION_LIFETIME, at=at
        )
        actor = signed_in_person(await users.find(work, user_id=user_id))
        await _record(work, context, actor, ActionKind.SIGN_IN)
    return SignedIn(token=token, actor=actor)


async def viewer_of(context: Context, *, token: str | None) -> Viewer:
    """Whoever holds this session token now; `None` for no token and for one that is over."""
    if not token:
        return None
    async with context.store.read() as work:
        found = await sessions.find_active(work, hash=token_hash(token), at=now())
    return None if found is None else actor_of(found[1])


async def sign_out(context: Context, *, token: str | None) -> None:
    """End one session; open pages of it are told. A session that is over already is fine."""
    if not token:
        return
    async with context.store.write() as work:
        found = await sessions.find_active(work, hash=token_hash(token), at=now())
        if found is not None:
            session, person = found
            await sessions.revoke(work, hash=session.hash)
            await _record(work, context, actor_of(person), ActionKind.SIGN_OUT)
            await events.append(work, SessionsEnded(person.id, (session.hash,)))


def token_hash(token: str) -> str:
    """What is stored of a session token: its SHA-256, as 64 hex digits."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


async def follow_moved_avatars(store: Store, *, gitea_url: str) -> None:
    """Find people's pictures where Gitea is now; `gitea_url` is its address, without a slash at the end."""
    async with store.read() as work:
        left_behind = await users.avatars_elsewhere(work, gitea_url=gitea_url)
    if not left_behind:
        return
    async with store.write() as work:
        for user_id, old in left_behind.items():
            name = old.rpartition(users.AVATARS)[2]
            await users.set_avatar(work, user_id=user_id, avatar_url=f"{gitea_url}{users.AVATARS}{name}")


async def _known_person(work: Work, profile: GiteaProfile) -> UserId:
    row = await users.find_by_gitea_id(work, gitea_id=profile.id)
    at = now()
    if row is None:
        user_id = await users.insert(
            work,
            gitea_id=profile.id,
            login=profile.login,
            email=profile.email,
            display_name=profile.display_name,
            avatar_url=profile.avatar_url,
            role=Role.CONTRIBUTOR,
            at=at,
        )
    else:
        user_id = row.id
        await _take_over(work, user_id, profile)
    await users.hold_login(work, user_id=user_id, login=profile.login, at=at)
    return user_id


async def _take_over(work: Work, user_id: UserId, profile: GiteaProfile) -> None:
    await users.update_profile(
        work,
        user_id=user_id,
        login=profile.login,
        email=profile.email,
        display_name=profile.display_name,
        avatar_url=profile.avatar_url,
    )


async def _claim_ownership(work: Work, user_id: UserId, *, owner_login: str) -> None:
    """`OWNER_GITEA_LOGIN` becomes owner, but only while there is none (§6.1)."""
    row = await users.find(work, user_id=user_id)
    if row is None or row.gitea_login.lower() != owner_login.lower():
        return
    if not await users.has_owner(work):
        await users.set_role(work, user_id=user_id, role=Role.OWNER)
        await record_permission_event(
            work,
            actor_user_id=None,
            subject_user_id=user_id,
            kind=PermissionEventKind.OWNER_CLAIMED,
            details={"from": row.role, "to": Role.OWNER},
        )
        await events.append(work, RoleChanged(user_id))


async def _settle_former_holder(context: Context, profile: GiteaProfile) -> None:
    """Where another row still holds the login, see first what that person is called now (§6.1)."""
    async with context.store.read() as work:
        former = await users.find_by_login(work, login=profile.login)
    if former is None or former.gitea_id == profile.id:
        return
    present = await _present_login(context, former)
    async with context.store.write() as work:
        await work.serialize("accounts")
        taken = None if present is None else await users.find_by_login(work, login=present)
        if present is None or present.lower() == profile.login.lower() or taken is not None:
            # Gone from Gitea, or renamed to a name that yet another row holds: their next sign-in tells.
            await users.free_login(work, user_id=former.id)
        else:
            await _rename(work, former, present)


async def _present_login(context: Context, person: UserRow) -> Login | None:
    """What Gitea calls them now; `None` when it doesn't say."""
    try:
        found = await context.gitea.user_by_id(person.gitea_id)
    except Upstream as error:
        log.warning("could not read again who user %d is: %s", person.gitea_id, error.message)
        return None
    return None if found is None else Login(found.login)


async def _rename(work: Work, person: UserRow, login: Login) -> None:
    await users.update_profile(
        work,
        user_id=person.id,
        login=login,
        email=person.email,
        display_name=person.display_name,
        avatar_url=person.avatar_url,
        at=person.last_seen_at,
    )
    await users.hold_login(work, user_id=person.id, login=login, at=now())


async def _record(work: Work, context: Context, actor: Actor, kind: ActionKind) -> None:
    await record_action(
        work, context, actor_user_id=actor.id, on_behalf_of=actor.login, kind=kind, op_id=new_operation_id()
    )
