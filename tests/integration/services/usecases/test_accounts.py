"""Signing in and out (§6.1): people are keyed by Gitea's number, whatever they are called."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta

import pytest
import time_machine

from services.domain.actors import Role
from services.domain.clock import now
from services.domain.events import RecordGrew, RoleChanged, SessionsEnded
from services.domain.identifiers import Login
from services.store.queries import events, sessions, users
from services.store.queries.users import UserRow
from services.usecases.accounts import (
    SESSION_LIFETIME,
    GiteaProfile,
    follow_moved_avatars,
    sign_in,
    sign_out,
    token_hash,
    viewer_of,
)
from tests.support.factories import profile
from tests.support.world import World

OUTSIDER = 4711


async def person(world: World, login: str) -> UserRow | None:
    async with world.store.read() as work:
        return await users.find_by_login(work, login=login)


def renamed(who: GiteaProfile, login: str) -> GiteaProfile:
    """The same person under another login."""
    return dataclasses.replace(who, login=Login(login))


def say_on_gitea(world: World, gitea_id: int, login: str) -> None:
    """Have Gitea say that the person of this number is called so now."""
    body = f'{{"ok": true, "data": [{{"id": {gitea_id}, "login": "{login}"}}]}}'
    world.forge.faults.set({"path": "/users/search", "action": "status", "status": 200, "body": body})


async def test_the_first_sign_in_makes_a_contributor_and_a_session(world: World) -> None:
    signed_in = await sign_in(world.context, profile=profile("newcomer", OUTSIDER, name="New Comer"))

    assert (signed_in.actor.login, signed_in.actor.display_name) == ("newcomer", "New Comer")
    assert (signed_in.actor.role, signed_in.actor.muted) == (Role.CONTRIBUTOR, False)
    assert await viewer_of(world.context, token=signed_in.token) == signed_in.actor


async def test_only_the_hash_of_a_token_is_stored_and_every_token_is_another(world: World) -> None:
    first = await sign_in(world.context, profile=world.profile("writer"))
    second = await sign_in(world.context, profile=world.profile("writer"))

    stored = {row[0] for row in await world.rows("sessions", "hash")}
    assert {token_hash(first.token), token_hash(second.token)} <= stored
    assert first.token not in stored
    assert len(first.token) == 43
    assert first.token != second.token


@pytest.mark.parametrize("token", [None, "", "unknown", "x\udcff", "a" * 100_000])
async def test_no_token_and_unknown_ones_are_nobody(world: World, token: str | None) -> None:
    assert await viewer_of(world.context, token=token) is None
    await sign_out(world.context, token=token)


async def test_a_session_ends_fourteen_days_after_signing_in_however_busy_it_was(world: World) -> None:
    token = (await sign_in(world.context, profile=world.profile("writer"))).token
    begun = now()

    with time_machine.travel(begun + SESSION_LIFETIME - timedelta(minutes=1), tick=False):
        last = await viewer_of(world.context, token=token)
    with time_machine.travel(begun + SESSION_LIFETIME + timedelta(minutes=1), tick=False):
        over = await viewer_of(world.context, token=token)

    assert timedelta(days=14) == SESSION_LIFETIME
    assert last is not None
    assert over is None


async def test_signing_out_ends_this_session_and_tells_its_pages(world: World) -> None:
    here = (await sign_in(world.context, profile=world.profile("writer"))).token
    there = (await sign_in(world.context, profile=world.profile("writer"))).token
    async with world.store.read() as work:
        before = await events.last_id(work)

    await sign_out(world.context, token=here)

    assert await viewer_of(world.context, token=here) is None
    assert await viewer_of(world.context, token=there) is not None
    async with world.store.read() as work:
        told = [row.event for row in await events.after(work, id=before)]
    assert told == [RecordGrew(), SessionsEnded(world.writer.id, (token_hash(here),))]


async def test_each_sign_in_takes_over_name_address_and_picture(world: World) -> None:
    changed = GiteaProfile(
        id=world.profile("writer").id,
        login=Login("writer"),
        email="new@example.org",
        display_name="Writer Newname",
        avatar_url="/new.png",
    )

    await sign_in(world.context, profile=changed)

    row = await person(world, "writer")
    assert row is not None
    assert (row.id, row.email, row.display_name, row.avatar_url) == (
        world.writer.id,
        "new@example.org",
        "Writer Newname",
        "/new.png",
    )


async def test_a_renamed_person_keeps_their_row_and_role(world: World) -> None:
    moderator = renamed(world.profile("moderator"), "overseer")

    signed_in = await sign_in(world.context, profile=moderator)

    assert (signed_in.actor.id, signed_in.actor.role) == (world.moderator.id, Role.ADMIN)
    assert await person(world, "moderator") is None
    assert sorted(
        login for (login,) in await world.rows(f"user_logins WHERE user_id = {world.moderator.id}", "login")
    ) == ["moderator", "overseer"]


async def test_somebody_new_under_a_freed_login_is_somebody_else_without_any_rights(world: World) -> None:
    say_on_gitea(world, world.profile("moderator").id, "overseer")

    newcomer = await sign_in(world.context, profile=profile("moderator", OUTSIDER))

    former = await person(world, "overseer")
    assert (newcomer.actor.id == world.moderator.id, newcomer.actor.role) == (False, Role.CONTRIBUTOR)
    assert former is not None
    assert (former.id, former.role) == (world.moderator.id, Role.ADMIN)


async def test_a_former_holder_who_is_gone_from_gitea_loses_only_the_name(world: World) -> None:
    gone = await sign_in(world.context, profile=profile("ghost", 999_001))

    newcomer = await sign_in(world.context, profile=profile("ghost", 999_002))

    async with world.store.read() as work:
        former = await users.find(work, user_id=gone.actor.id)
    assert former is not None
    assert former.gitea_login == "~999001"
    assert newcomer.actor.login == "ghost"


async def test_gitea_failing_to_say_who_held_the_name_does_not_stop_the_sign_in(world: World) -> None:
    await sign_in(world.context, profile=profile("ghost", 999_001))
    world.forge.faults.set({"path": "/users/search", "action": "status", "status": 500})

    newcomer = await sign_in(world.context, profile=profile("ghost", 999_002))

    assert newcomer.actor.login == "ghost"


async def test_two_people_who_swapped_names_are_told_apart(world: World) -> None:
    writer, reviewer = world.profile("writer"), world.profile("reviewer")

    first = await sign_in(world.context, profile=renamed(writer, "reviewer"))
    second = await sign_in(world.context, profile=renamed(reviewer, "writer"))

    assert (first.actor.id, first.actor.login) == (world.writer.id, "reviewer")
    assert (second.actor.id, second.actor.login) == (world.reviewer.id, "writer")


async def test_the_named_owner_claims_the_app_once_and_later_holders_of_the_name_get_nothing(
    world: World,
) -> None:
    await world.run_sql("UPDATE users SET role = 'contributor'")
    claimed = await sign_in(world.context, profile=world.profile("owner"))
    async with world.store.read() as work:
        told = [row.event for row in await events.after(work, id=0)]

    later = await sign_in(world.context, profile=profile("owner", OUTSIDER))

    assert (claimed.actor.role, later.actor.role) == (Role.OWNER, Role.CONTRIBUTOR)
    assert RoleChanged(claimed.actor.id) in told
    assert ("owner_claimed", world.owner.id) in await world.rows(
        "permission_events", "event_kind, subject_user_id"
    )


async def test_the_named_owner_gets_nothing_while_somebody_else_is_owner(world: World) -> None:
    await world.run_sql("UPDATE users SET role = 'contributor'")
    await world.run_sql("UPDATE users SET role = 'owner' WHERE gitea_login = 'reader'")

    signed_in = await sign_in(world.context, profile=world.profile("owner"))

    assert signed_in.actor.role is Role.CONTRIBUTOR


async def test_one_person_signing_in_twice_at_the_same_moment_is_one_person(world: World) -> None:
    both = await asyncio.gather(
        *(sign_in(world.context, profile=profile("newcomer", OUTSIDER)) for _ in range(4))
    )

    assert len({signed_in.actor.id for signed_in in both}) == 1
    async with world.store.read() as work:
        found = [await sessions.find_active(work, hash=token_hash(one.token), at=now()) for one in both]
    assert all(found)


@pytest.mark.parametrize(
    ("kept", "found"),
    [
        ("http://old.example.org/avatars/abc", "http://new.example.org/git/avatars/abc"),
        ("http://old.example.org/git/avatars/abc?s=1", "http://new.example.org/git/avatars/abc?s=1"),
        ("http://new.example.org/git/avatars/abc", "http://new.example.org/git/avatars/abc"),
        ("https://pictures.example.org/avatar/abc", "https://pictures.example.org/avatar/abc"),
        ("", ""),
    ],
)
async def test_pictures_are_found_where_gitea_has_moved(world: World, kept: str, found: str) -> None:
    await sign_in(world.context, profile=dataclasses.replace(world.profile("writer"), avatar_url=kept))

    await follow_moved_avatars(world.store, gitea_url="http://new.example.org/git")

    row = await person(world, "writer")
    assert row is not None
    assert row.avatar_url == found
