"""People: `users` and `user_logins` (§6.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select

from services.domain.actors import Role
from services.domain.clock import now
from services.domain.identifiers import Login, UserId
from services.store.shape import Shape, table_of
from services.store.tables import User, UserLogin
from services.store.work import Work

users = table_of(User)
user_logins = table_of(UserLogin)
AVATARS = "/avatars/"
"""Below its address, where Gitea has the pictures that it keeps itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """A person who signed in at least once."""

    id: UserId
    gitea_id: int
    gitea_login: Login
    email: str
    display_name: str
    avatar_url: str
    role: Role
    muted: bool
    mute_reason: str | None
    email_personal_direct: bool
    email_watched_structural: bool
    email_admin_actionable: bool
    email_opt_out_all: bool
    digest_cadence: str
    notification_quiet_hours_start: str | None
    notification_quiet_hours_end: str | None
    notification_quiet_hours_timezone: str | None
    created_at: datetime
    last_seen_at: datetime | None

    @property
    def has_login(self) -> bool:
        """Whether it is known what they are called now; see `free_login`."""
        return not self.gitea_login.startswith("~")


SHAPE = Shape(UserRow, users)


async def find(work: Work, *, user_id: UserId) -> UserRow | None:
    """The person with this key."""
    return await _find(work, users.c.id == user_id)


async def find_by_gitea_id(work: Work, *, gitea_id: int) -> UserRow | None:
    """The person Gitea knows by this number, whatever they are called now."""
    return await _find(work, users.c.gitea_id == gitea_id)


async def find_by_login(work: Work, *, login: str) -> UserRow | None:
    """Whoever holds this login now; Gitea's logins don't tell upper from lower case."""
    return await _find(work, func.lower(users.c.gitea_login) == login.lower())


async def find_many(work: Work, *, user_ids: Iterable[UserId]) -> dict[UserId, UserRow]:
    """The people with these keys, by key; unknown ones are left out."""
    statement = SHAPE.select.where(users.c.id.in_(set(user_ids)))
    found = [SHAPE.read(row) for row in await work.rows(statement)]
    return {row.id: row for row in found}


async def list_all(work: Work) -> list[UserRow]:
    """Everybody, by login."""
    statement = SHAPE.select.order_by(func.lower(users.c.gitea_login))
    return [SHAPE.read(row) for row in await work.rows(statement)]


async def names_of(work: Work, *, logins: Iterable[str]) -> dict[str, UserRow]:
    """Who holds these logins now, by the login as it was asked for; unknown ones are left out."""
    asked = {login: login.lower() for login in logins}
    statement = SHAPE.select.where(func.lower(users.c.gitea_login).in_(set(asked.values())))
    held = {row["gitea_login"].lower(): SHAPE.read(row) for row in await work.rows(statement)}
    return {login: held[lower] for login, lower in asked.items() if lower in held}


async def list_named(work: Work, *, name: str) -> list[UserRow]:
    """Everybody of this display name, however it is written."""
    called = func.lower(users.c.display_name) == name.lower()
    return [
        SHAPE.read(row) for row in await work.rows(SHAPE.select.where(called, users.c.display_name != ""))
    ]


async def list_beginning(work: Work, *, text: str, most: int) -> list[UserRow]:
    """People whose login or name, or a later word of it, begins with a text; who was here last comes first."""
    begins = text.lower()
    matches = or_(
        func.lower(users.c.gitea_login).startswith(begins, autoescape=True),
        func.lower(users.c.display_name).startswith(begins, autoescape=True),
        func.lower(users.c.display_name).contains(f" {begins}", autoescape=True),
    )
    present = users.c.gitea_login.not_like("~%")  # a freed login is nobody's
    statement = SHAPE.select.where(matches, present)
    latest = statement.order_by(users.c.last_seen_at.desc().nulls_last(), users.c.id).limit(most)
    return [SHAPE.read(row) for row in await work.rows(latest)]


async def page(
    work: Work, *, text: str, role: Role | None, muted: bool | None, after: str, limit: int
) -> list[UserRow]:
    """People by login, whose login or name has `text` in it, after a login."""
    names = (func.lower(users.c.gitea_login), func.lower(users.c.display_name))
    fits = or_(*(name.contains(text.lower(), autoescape=True) for name in names))
    statement = SHAPE.select.where(fits)
    if role is not None:
        statement = statement.where(users.c.role == role.value)
    if muted is not None:
        statement = statement.where(users.c.muted.is_(muted))
    if after:
        statement = statement.where(func.lower(users.c.gitea_login) > after.lower())
    ordered = statement.order_by(func.lower(users.c.gitea_login)).limit(limit)
    return [SHAPE.read(row) for row in await work.rows(ordered)]


async def insert(
    work: Work,
    *,
    gitea_id: int,
    login: Login,
    email: str,
    display_name: str,
    avatar_url: str,
    role: Role,
    at: datetime | None = None,
) -> UserId:
    """Add a person at their first sign-in; the caller also calls `hold_login`."""
    values = {
        "gitea_id": gitea_id,
        "gitea_login": login,
        "email": email,
        "display_name": display_name,
        "avatar_url": avatar_url,
        "role": role.value,
        "created_at": at or now(),
        "last_seen_at": at or now(),
    }
    return UserId(await work.insert(users, values))


async def update_profile(
    work: Work,
    *,
    user_id: UserId,
    login: Login,
    email: str,
    display_name: str,
    avatar_url: str,
    at: datetime | None = None,
) -> None:
    """Take over what Gitea says of a person at sign-in, and that they were seen."""
    statement = users.update().where(users.c.id == user_id)
    await work.change(
        statement.values(
            gitea_login=login,
            email=email,
            display_name=display_name,
            avatar_url=avatar_url,
            last_seen_at=at or now(),
        )
    )


async def avatars_elsewhere(work: Work, *, gitea_url: str) -> dict[UserId, str]:
    """Whose picture is kept under another address than Gitea has now, and under which."""
    picture = users.c.avatar_url
    elsewhere = picture.contains(AVATARS, autoescape=True) & ~picture.startswith(
        f"{gitea_url}/", autoescape=True
    )
    rows = await work.rows(select(users.c.id, picture).where(elsewhere))
    return {UserId(row.id): row.avatar_url for row in rows}


async def set_avatar(work: Work, *, user_id: UserId, avatar_url: str) -> None:
    """Where somebody's picture is."""
    await work.change(users.update().where(users.c.id == user_id).values(avatar_url=avatar_url))


async def note_seen(work: Work, *, user_id: UserId, at: datetime) -> None:
    """Remember when somebody was last here."""
    await work.change(users.update().where(users.c.id == user_id).values(last_seen_at=at))


async def set_role(work: Work, *, user_id: UserId, role: Role) -> bool:
    """Give a role; whether it is another one than before."""
    statement = users.update().where(users.c.id == user_id, users.c.role != role.value)
    return await work.change(statement.values(role=role.value)) == 1


async def set_muted(work: Work, *, user_id: UserId, muted: bool, reason: str = "") -> bool:
    """Mute for a reason, or unmute; whether that changed anything."""
    statement = users.update().where(users.c.id == user_id, users.c.muted.is_not(muted))
    return (
        await work.change(statement.values(muted=muted, mute_reason=(reason or None) if muted else None)) == 1
    )


async def set_wishes(work: Work, *, user_id: UserId, values: Mapping[str, object]) -> None:
    """Store what a person wants to be told and mailed, by column."""
    await work.change(users.update().where(users.c.id == user_id).values(**values))


async def opt_out_address(work: Work, *, email: str) -> int:
    """End all mail to an address; how many people have it."""
    statement = users.update().where(func.lower(users.c.email) == email.lower(), users.c.email != "")
    return await work.change(statement.values(email_opt_out_all=True))


async def list_admins(work: Work) -> list[UserId]:
    """Everybody who runs the app."""
    roles = [Role.ADMIN.value, Role.OWNER.value]
    return [UserId(row["id"]) for row in await work.rows(select(users.c.id).where(users.c.role.in_(roles)))]


async def count_owners(work: Work) -> int:
    """How many owners can act: those who are not muted. A writing unit on PostgreSQL holds all owners' rows.

    So two owners who lower or mute each other at the same time can't both succeed (§6.4, the last owner).
    """
    statement = select(users.c.id, users.c.muted).where(_is_owner()).order_by(users.c.id)
    rows = await work.rows(statement.with_for_update() if work.writable else statement)
    return sum(not row["muted"] for row in rows)


async def has_owner(work: Work) -> bool:
    """Whether anybody is owner, muted or not."""
    return await work.first(select(users.c.id).where(_is_owner()).limit(1)) is not None


def _is_owner() -> ColumnElement[bool]:
    return users.c.role == Role.OWNER.value


async def hold_login(work: Work, *, user_id: UserId, login: Login, at: datetime) -> None:
    """Note that a person holds a login from now on; ends their former one and anybody else's hold of it."""
    present = await work.first(select(user_logins.c.id).where(_holds_now(login, user_id=user_id)))
    if present is not None:
        return
    ended = user_logins.update().where(
        user_logins.c.held_until.is_(None),
        or_(user_logins.c.user_id == user_id, func.lower(user_logins.c.login) == login.lower()),
    )
    await work.change(ended.values(held_until=at))
    await work.insert(user_logins, {"user_id": user_id, "login": login, "held_from": at})


async def holder_at(work: Work, *, login: str, at: datetime) -> UserRow | None:
    """Whoever held a login at a moment (§6.1); before its first known holder, that first one."""
    holds = await work.rows(_holds_of(login))
    held = [hold for hold in holds if hold["held_from"] <= at and _lasted(hold["held_until"], at)]
    if not held and holds and holds[0]["held_from"] > at:
        held = [holds[0]]
    return await find(work, user_id=held[-1]["user_id"]) if held else None


async def sole_holder(work: Work, *, login: str, since: datetime, until: datetime) -> UserRow | None:
    """The only person who held a login at any time in between; None if there were several, or nobody."""
    spans = await work.rows(_holds_of(login))
    held = {
        span["user_id"] for span in spans if span["held_from"] <= until and _lasted(span["held_until"], since)
    }
    if not held and spans and spans[0]["held_from"] > until:
        held = {spans[0]["user_id"]}
    return await find(work, user_id=held.pop()) if len(held) == 1 else None


async def former_logins(work: Work) -> frozenset[str]:
    """Every login that somebody held and gave up, in lower case."""
    statement = select(func.lower(user_logins.c.login).label("login")).distinct()
    rows = await work.rows(statement.where(user_logins.c.held_until.is_not(None)))
    return frozenset(row["login"] for row in rows)


async def logins_of(work: Work, *, user_id: UserId) -> frozenset[str]:
    """Every login a person holds or held, in lower case."""
    statement = select(func.lower(user_logins.c.login).label("login")).where(user_logins.c.user_id == user_id)
    return frozenset(row["login"] for row in await work.rows(statement))


async def was_held(work: Work, *, login: str) -> bool:
    """Whether anybody who signed in here ever held a login."""
    return await work.first(_holds_of(login)) is not None


async def free_login(work: Work, *, user_id: UserId) -> None:
    """Take a person's login from their row (it becomes `~<gitea_id>`, which no login can be).

    For a name that Gitea gave to somebody else, until its former holder signs in under their new one.
    """
    row = await find(work, user_id=user_id)
    if row is not None:
        statement = users.update().where(users.c.id == user_id)
        await work.change(statement.values(gitea_login=f"~{row.gitea_id}"))


def _holds_now(login: str, *, user_id: UserId) -> ColumnElement[bool]:
    return (
        (user_logins.c.user_id == user_id)
        & (user_logins.c.login == login)
        & user_logins.c.held_until.is_(None)
    )


def _holds_of(login: str) -> Select[tuple[object, ...]]:
    """Who held a login from when to when, the first holder first."""
    return (
        select(user_logins.c.user_id, user_logins.c.held_from, user_logins.c.held_until)
        .where(func.lower(user_logins.c.login) == login.lower())
        .order_by(user_logins.c.held_from, user_logins.c.id)
    )


def _lasted(held_until: datetime | None, at: datetime) -> bool:
    return held_until is None or held_until > at


async def _find(work: Work, condition: ColumnElement[bool]) -> UserRow | None:
    return SHAPE.read_if(await work.first(SHAPE.select.where(condition)))
