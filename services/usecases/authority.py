"""Who owns and who arbitrates an RFC: the people its front matter means, under the names they have now (§6.1, §6.3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from services.domain.identifiers import Login
from services.domain.permissions import Standing
from services.store.queries import users
from services.store.queries.catalog import RfcRow
from services.store.queries.users import UserRow
from services.store.work import Work


async def authority_of(work: Work, entry: RfcRow) -> Standing:
    """Owners and arbiters of an entry.

    Nobody knows when a line of the file was written, only that it was between the proposal and the last change.
    A login that several people held in that time gives nothing to any of them.
    """
    return Standing(
        owners=await _meant(work, entry, entry.owners), arbiters=await _meant(work, entry, entry.arbiters)
    )


async def meant_by(work: Work, entry: RfcRow, login: str) -> UserRow | None:
    """The one person whom a login in the entry's front matter means; None where it is not sure or they never came."""
    until = entry.last_activity_at
    return await users.sole_holder(work, login=login, since=_proposed_at(entry, until), until=until)


async def _meant(work: Work, entry: RfcRow, logins: Iterable[str]) -> tuple[Login, ...]:
    found = [await _present(work, entry, login) for login in logins]
    return tuple(login for login in found if login is not None)


async def _present(work: Work, entry: RfcRow, login: str) -> Login | None:
    holder = await meant_by(work, entry, login)
    if holder is not None:
        return holder.gitea_login
    return None if await users.was_held(work, login=login) else Login(login)


def _proposed_at(entry: RfcRow, otherwise: datetime) -> datetime:
    if entry.proposed_at is None:
        return otherwise
    moment = datetime.fromisoformat(entry.proposed_at)
    return min(moment if moment.tzinfo else moment.replace(tzinfo=UTC), otherwise)
