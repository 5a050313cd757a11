"""People the store's tests write about."""

from __future__ import annotations

from datetime import UTC, datetime

from services.domain.actors import Role
from services.domain.identifiers import Login, UserId
from services.store.queries import users
from services.store.unit_of_work import Store
from services.store.work import Work

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


async def add_person(work: Work, login: str, *, gitea_id: int, role: Role = Role.CONTRIBUTOR) -> UserId:
    """Somebody who signed in at noon."""
    return await users.insert(
        work,
        gitea_id=gitea_id,
        login=Login(login),
        email=f"{login}@example.org",
        display_name=login.title(),
        avatar_url="",
        role=role,
        at=NOON,
    )


async def person(store: Store, login: str = "writer", *, gitea_id: int = 1) -> UserId:
    """The same, in a unit of work of their own."""
    async with store.write() as work:
        return await add_person(work, login, gitea_id=gitea_id)
