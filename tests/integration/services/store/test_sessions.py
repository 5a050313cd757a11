"""`sessions` on both databases."""

from __future__ import annotations

from datetime import timedelta

from services.domain.identifiers import UserId
from services.store.queries import sessions
from services.store.unit_of_work import Store
from tests.support.people import NOON, person

SOON, LATER = NOON + timedelta(hours=1), NOON + timedelta(days=30)


async def open_session(store: Store, user_id: UserId, name: str) -> None:
    async with store.write() as work:
        await sessions.create(work, hash=name, user_id=user_id, expires_at=LATER, at=NOON)


async def active(store: Store, name: str) -> bool:
    async with store.read() as work:
        return await sessions.find_active(work, hash=name, at=SOON) is not None


async def test_an_open_session_gives_itself_and_its_person(store: Store) -> None:
    user_id = await person(store, "writer")
    await open_session(store, user_id, "h1")

    async with store.read() as work:
        found = await sessions.find_active(work, hash="h1", at=SOON)
    assert found is not None
    session, user = found
    assert session == sessions.SessionRow(
        hash="h1", user_id=user_id, created_at=NOON, expires_at=LATER, revoked_at=None
    )
    assert (user.id, user.gitea_login) == (user_id, "writer")


async def test_an_unknown_an_expired_and_a_revoked_session_are_none(store: Store) -> None:
    user_id = await person(store)
    await open_session(store, user_id, "expired")
    await open_session(store, user_id, "revoked")
    async with store.write() as work:
        ended = [await sessions.revoke(work, hash="revoked"), await sessions.revoke(work, hash="revoked")]

    async with store.read() as work:
        found = [
            await sessions.find_active(work, hash="unknown", at=SOON),
            await sessions.find_active(work, hash="expired", at=LATER),
            await sessions.find_active(work, hash="revoked", at=SOON),
        ]
    assert found == [None, None, None]
    assert ended == [True, False]


async def test_ending_all_of_a_persons_sessions_spares_the_others(store: Store) -> None:
    one, two = await person(store, "one", gitea_id=1), await person(store, "two", gitea_id=2)
    await open_session(store, one, "h1")
    await open_session(store, one, "h2")
    await open_session(store, two, "h3")

    async with store.write() as work:
        ended = await sessions.revoke_all(work, user_id=one)

    assert sorted(ended) == ["h1", "h2"]
    assert [await active(store, name) for name in ("h1", "h2", "h3")] == [False, False, True]


async def test_purging_forgets_what_is_over_and_keeps_what_is_open(store: Store) -> None:
    user_id = await person(store)
    await open_session(store, user_id, "open")
    await open_session(store, user_id, "revoked")
    async with store.write() as work:
        await sessions.revoke(work, hash="revoked", at=NOON)

    async with store.write() as work:
        purged = await sessions.purge(work, before=SOON)

    assert (purged, await active(store, "open")) == (1, True)
