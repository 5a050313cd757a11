"""`users` and `user_logins` on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from services.domain.actors import Role
from services.domain.identifiers import Login, UserId
from services.store.queries import users
from services.store.queries.users import UserRow
from services.store.unit_of_work import Store
from tests.support.people import NOON, add_person, person


async def found(store: Store, user_id: UserId) -> UserRow:
    async with store.read() as work:
        row = await users.find(work, user_id=user_id)
    assert row is not None
    return row


async def test_a_new_person_has_the_defaults_of_the_contract(store: Store) -> None:
    user_id = await person(store, "writer", gitea_id=7)

    assert await found(store, user_id) == UserRow(
        id=user_id,
        gitea_id=7,
        gitea_login=Login("writer"),
        email="writer@example.org",
        display_name="Writer",
        avatar_url="",
        role=Role.CONTRIBUTOR,
        muted=False,
        mute_reason=None,
        email_personal_direct=True,
        email_watched_structural=False,
        email_admin_actionable=True,
        email_opt_out_all=False,
        digest_cadence="weekly",
        notification_quiet_hours_start=None,
        notification_quiet_hours_end=None,
        notification_quiet_hours_timezone=None,
        created_at=NOON,
        last_seen_at=NOON,
    )


async def test_a_person_is_found_by_key_number_and_login_in_any_case(store: Store) -> None:
    user_id = await person(store, "Writer", gitea_id=7)

    async with store.read() as work:
        by_number = await users.find_by_gitea_id(work, gitea_id=7)
        by_login = await users.find_by_login(work, login="wRITER")
        nobody = await users.find_by_login(work, login="write")
    assert by_number == by_login == await found(store, user_id)
    assert nobody is None


async def test_names_are_looked_up_many_at_once(store: Store) -> None:
    writer = await person(store, "writer", gitea_id=1)
    await person(store, "reader", gitea_id=2)

    async with store.read() as work:
        names = await users.names_of(work, logins=["Writer", "ghost"])
    assert names == {"Writer": await found(store, writer)}


async def test_everybody_is_listed_by_login(store: Store) -> None:
    for number, login in enumerate(["carol", "Bob", "alice"]):
        await person(store, login, gitea_id=number)

    async with store.read() as work:
        listed = await users.list_all(work)
    assert [row.gitea_login for row in listed] == ["alice", "Bob", "carol"]


async def test_signing_in_again_refreshes_the_profile_and_keeps_the_key(store: Store) -> None:
    user_id = await person(store, "writer")
    later = NOON + timedelta(days=1)

    async with store.write() as work:
        await users.update_profile(
            work,
            user_id=user_id,
            login=Login("author"),
            email="a@example.org",
            display_name="The Author",
            avatar_url="/a.png",
            at=later,
        )

    row = await found(store, user_id)
    assert (row.gitea_login, row.email, row.display_name, row.avatar_url, row.last_seen_at) == (
        "author",
        "a@example.org",
        "The Author",
        "/a.png",
        later,
    )


async def test_a_role_and_a_mute_tell_whether_they_changed_anything(store: Store) -> None:
    user_id = await person(store)

    async with store.write() as work:
        changed = [
            await users.set_role(work, user_id=user_id, role=Role.ADMIN),
            await users.set_role(work, user_id=user_id, role=Role.ADMIN),
            await users.set_muted(work, user_id=user_id, muted=True),
            await users.set_muted(work, user_id=user_id, muted=True),
            await users.set_muted(work, user_id=user_id, muted=False),
        ]

    assert changed == [True, False, True, False, True]
    row = await found(store, user_id)
    assert (row.role, row.muted) == (Role.ADMIN, False)


async def test_owners_are_counted(store: Store) -> None:
    async with store.write() as work:
        await add_person(work, "one", gitea_id=1, role=Role.OWNER)
        await add_person(work, "two", gitea_id=2, role=Role.OWNER)
        await add_person(work, "three", gitea_id=3, role=Role.ADMIN)
        assert await users.count_owners(work) == 2
    async with store.read() as work:
        assert await users.count_owners(work) == 2


async def test_two_owners_who_lower_each_other_leave_one(store: Store) -> None:
    async with store.write() as work:
        one = await add_person(work, "one", gitea_id=1, role=Role.OWNER)
        two = await add_person(work, "two", gitea_id=2, role=Role.OWNER)

    async def lower(user_id: UserId) -> bool:
        async with store.write() as work:
            if await users.count_owners(work) == 1:
                return False
            return await users.set_role(work, user_id=user_id, role=Role.ADMIN)

    lowered = await asyncio.gather(lower(one), lower(two))

    assert sorted(lowered) == [False, True]
    async with store.read() as work:
        assert await users.count_owners(work) == 1


async def test_a_login_means_whoever_held_it_at_the_time(store: Store) -> None:
    first = await person(store, "writer", gitea_id=1)
    second = await person(store, "other", gitea_id=2)
    renamed, taken = NOON + timedelta(days=10), NOON + timedelta(days=20)
    async with store.write() as work:
        await users.hold_login(work, user_id=first, login=Login("writer"), at=NOON)
        await users.hold_login(work, user_id=first, login=Login("author"), at=renamed)
        await users.hold_login(work, user_id=second, login=Login("writer"), at=taken)

    holders = []
    async with store.read() as work:
        for days in (-100, 5, 15, 25):
            row = await users.holder_at(work, login="Writer", at=NOON + timedelta(days=days))
            holders.append(row.id if row else None)
        unknown = await users.holder_at(work, login="ghost", at=NOON)

    assert holders == [first, first, None, second]
    assert unknown is None


async def test_holding_the_same_login_again_changes_nothing(store: Store) -> None:
    user_id = await person(store, "writer")
    async with store.write() as work:
        await users.hold_login(work, user_id=user_id, login=Login("writer"), at=NOON)
        await users.hold_login(work, user_id=user_id, login=Login("writer"), at=NOON + timedelta(days=1))

    async with store.read() as work:
        held = await work.rows(users.user_logins.select())
    assert [(row["login"], row["held_from"], row["held_until"]) for row in held] == [("writer", NOON, None)]


async def test_a_login_that_went_to_somebody_else_can_be_freed(store: Store) -> None:
    former = await person(store, "writer", gitea_id=41)

    async with store.write() as work:
        await users.free_login(work, user_id=former)
        await add_person(work, "writer", gitea_id=42)

    assert (await found(store, former)).gitea_login == "~41"
