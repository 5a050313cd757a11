"""Signed-in browsers: `sessions`, by the hash of their token (§17, rotation and sign-out)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from services.domain.clock import now
from services.domain.identifiers import UserId
from services.store.queries.users import UserRow, users
from services.store.shape import Shape, table_of
from services.store.tables import Session
from services.store.work import Work

sessions = table_of(Session)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One signed-in browser."""

    hash: str
    user_id: UserId
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


SHAPE = Shape(SessionRow, sessions, prefix="session_")
HOLDER = Shape(UserRow, users, prefix="user_")


async def create(
    work: Work,
    *,
    hash: str,  # noqa: A002
    user_id: UserId,
    expires_at: datetime,
    at: datetime | None = None,
) -> None:
    """Open a session; only the hash of its token is kept."""
    values = {"hash": hash, "user_id": user_id, "created_at": at or now(), "expires_at": expires_at}
    await work.insert_many(sessions, [values])


async def find_active(work: Work, *, hash: str, at: datetime) -> tuple[SessionRow, UserRow] | None:  # noqa: A002
    """The session with this hash and its person, unless it is over at that moment."""
    statement = (
        select(*SHAPE.columns, *HOLDER.columns)
        .join(users, users.c.id == sessions.c.user_id)
        .where(sessions.c.hash == hash, sessions.c.revoked_at.is_(None), sessions.c.expires_at > at)
    )
    row = await work.first(statement)
    return None if row is None else (SHAPE.read(row), HOLDER.read(row))


async def revoke(work: Work, *, hash: str, at: datetime | None = None) -> bool:  # noqa: A002
    """End one session; whether it was still open."""
    statement = sessions.update().where(sessions.c.hash == hash, sessions.c.revoked_at.is_(None))
    return await work.change(statement.values(revoked_at=at or now())) == 1


async def revoke_all(work: Work, *, user_id: UserId, at: datetime | None = None) -> list[str]:
    """End all of a person's sessions; the hashes of those that were open."""
    still_open = (sessions.c.user_id == user_id) & sessions.c.revoked_at.is_(None)
    hashes = [row["hash"] for row in await work.rows(select(sessions.c.hash).where(still_open))]
    await work.change(sessions.update().where(still_open).values(revoked_at=at or now()))
    return hashes


async def purge(work: Work, *, before: datetime) -> int:
    """Forget the sessions that were over by then; how many."""
    over = or_(sessions.c.expires_at < before, sessions.c.revoked_at < before)
    return await work.change(sessions.delete().where(over))
