"""Roles, mutes and ended sessions (§6.1, §6.2, §6.4): the rules, the record, and what pages are told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.domain.actors import Role
from services.domain.errors import Forbidden, Muted, NotFound, NotSignedIn
from services.domain.events import Event, MuteChanged, RoleChanged, SessionsEnded
from services.domain.identifiers import UserId
from services.store.queries import events, outbox
from services.usecases.accounts import sign_in, viewer_of
from services.usecases.rights import (
    end_sessions,
    operator_removes,
    operator_sets_muted,
    operator_sets_role,
    set_muted,
    set_role,
)
from tests.support.world import PEOPLE, World


async def told(world: World, *kinds: type[Event]) -> list[Event]:
    """What was said of these kinds, each thing once."""
    async with world.store.read() as work:
        stored = await events.after(work, id=0)
    return list(dict.fromkeys(row.event for row in stored if isinstance(row.event, kinds)))


async def record(world: World) -> list[tuple[object, ...]]:
    return [
        row
        for row in await world.rows("permission_events", "event_kind, actor_user_id, subject_user_id")
        if row[0] != "owner_claimed"
    ]


async def test_a_role_is_given_recorded_and_told(world: World) -> None:
    await set_role(world.context, actor=world.owner, subject_id=world.writer.id, role=Role.ADMIN)

    assert (await world.again("writer")).role is Role.ADMIN
    assert await record(world) == [("role_granted", world.owner.id, world.writer.id)]
    assert RoleChanged(world.writer.id) in await told(world, RoleChanged)


async def test_giving_the_role_somebody_has_changes_and_records_nothing(world: World) -> None:
    await set_role(world.context, actor=world.owner, subject_id=world.writer.id, role=Role.CONTRIBUTOR)

    assert await record(world) == []


GRANTS = [
    ("owner", "writer", Role.OWNER, True),
    ("owner", "moderator", Role.CONTRIBUTOR, True),
    ("moderator", "writer", Role.ADMIN, True),
    ("moderator", "moderator", Role.CONTRIBUTOR, True),
    ("moderator", "writer", Role.OWNER, False),
    ("moderator", "owner", Role.CONTRIBUTOR, False),
    ("owner", "owner", Role.ADMIN, False),
    ("writer", "reader", Role.ADMIN, False),
    ("writer", "writer", Role.ADMIN, False),
]


@pytest.mark.parametrize(("by", "subject", "role", "allowed"), GRANTS)
async def test_who_may_give_which_role(
    world: World, by: str, subject: str, role: Role, *, allowed: bool
) -> None:
    refused = False
    try:
        await set_role(world.context, actor=world.people[by], subject_id=world.people[subject].id, role=role)
    except Forbidden:
        refused = True

    assert refused is not allowed
    assert (await world.again(subject)).role is (role if allowed else PEOPLE[subject])


async def test_two_owners_lowering_each_other_at_once_leave_one_owner(world: World) -> None:
    await set_role(world.context, actor=world.owner, subject_id=world.moderator.id, role=Role.OWNER)
    second = await world.again("moderator")

    outcomes = await asyncio.gather(
        set_role(world.context, actor=world.owner, subject_id=second.id, role=Role.CONTRIBUTOR),
        set_role(world.context, actor=second, subject_id=world.owner.id, role=Role.CONTRIBUTOR),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, Forbidden) for outcome in outcomes) == 1
    assert len([role for (role,) in await world.rows("users", "role") if role == "owner"]) == 1


MUTES = [
    ("moderator", "writer", True),
    ("owner", "moderator", True),
    ("moderator", "owner", False),
    ("moderator", "moderator", False),
    ("writer", "reader", False),
]


@pytest.mark.parametrize(("by", "subject", "allowed"), MUTES)
async def test_who_may_mute_whom(world: World, by: str, subject: str, *, allowed: bool) -> None:
    refused = False
    try:
        await set_muted(
            world.context, actor=world.people[by], subject_id=world.people[subject].id, muted=True
        )
    except Forbidden:
        refused = True

    assert refused is not allowed
    assert (await world.again(subject)).muted is allowed


async def test_the_last_owner_who_can_act_is_neither_muted_lowered_nor_removed(world: World) -> None:
    store, owner, second = world.context.store, world.owner.login, world.moderator.login
    refused = []

    async def try_all() -> None:
        for act in (
            operator_sets_muted(store, login=owner, muted=True),
            operator_sets_role(store, login=owner, role=Role.ADMIN),
            operator_removes(store, login=owner),
        ):
            with pytest.raises(Forbidden) as error:
                await act
            refused.append(error.value.message)

    await try_all()
    await operator_sets_role(store, login=second, role=Role.OWNER)
    await operator_sets_muted(store, login=second, muted=True)  # who is muted can't act
    await try_all()
    await operator_sets_muted(store, login=second, muted=True)
    with pytest.raises(Forbidden):
        await set_role(world.context, actor=world.owner, subject_id=world.owner.id, role=Role.ADMIN)
    await set_role(world.context, actor=world.owner, subject_id=world.moderator.id, role=Role.ADMIN)

    words = [
        "The last owner can't be muted.",
        "The last owner can't be lowered.",
        "The last owner can't be removed.",
    ]
    assert refused == words * 2
    person = await world.again("owner")
    assert (person.role, person.muted) == (Role.OWNER, False)


async def test_a_mute_is_recorded_told_and_can_be_lifted(world: World) -> None:
    for muted in (True, False):
        await set_muted(world.context, actor=world.moderator, subject_id=world.writer.id, muted=muted)

    assert await record(world) == [
        ("muted", world.moderator.id, world.writer.id),
        ("unmuted", world.moderator.id, world.writer.id),
    ]
    assert await told(world, MuteChanged) == [MuteChanged(world.writer.id)]


async def test_a_muted_admin_can_not_lift_their_own_mute(world: World) -> None:
    await set_muted(world.context, actor=world.owner, subject_id=world.moderator.id, muted=True)

    with pytest.raises((Muted, Forbidden)):
        await set_muted(world.context, actor=world.moderator, subject_id=world.moderator.id, muted=False)


async def test_ended_sessions_are_nobody_any_more_and_their_pages_are_told(world: World) -> None:
    token = (await sign_in(world.context, profile=world.profile("writer"))).token

    ended = await end_sessions(world.context, actor=world.moderator, subject_id=world.writer.id)

    assert ended == 2
    assert await viewer_of(world.context, token=token) is None
    (event,) = await told(world, SessionsEnded)
    assert isinstance(event, SessionsEnded)
    assert (event.user_id, len(event.hashes)) == (world.writer.id, 2)


async def test_people_end_their_own_sessions_but_not_others(world: World) -> None:
    assert await end_sessions(world.context, actor=world.reader, subject_id=world.reader.id) == 1
    with pytest.raises(Forbidden):
        await end_sessions(world.context, actor=world.reader, subject_id=world.writer.id)


async def test_unknown_people_are_not_found_and_strangers_are_asked_to_sign_in(world: World) -> None:
    with pytest.raises(NotFound):
        await set_role(world.context, actor=world.owner, subject_id=UserId(4711), role=Role.ADMIN)
    with pytest.raises(NotSignedIn):
        await set_muted(
            world.context,
            actor=None,  # type: ignore[arg-type]
            subject_id=world.writer.id,
            muted=True,
        )


async def test_the_operator_gives_roles_and_mutes_on_the_command_line(world: World) -> None:
    assert await operator_sets_role(world.store, login="WRITER", role=Role.ADMIN)
    assert await operator_sets_muted(world.store, login="reader", muted=True)
    assert not await operator_sets_muted(world.store, login="reader", muted=True)

    assert (await world.again("writer")).role is Role.ADMIN
    assert await record(world) == [
        ("muted", None, world.reader.id),
        ("role_granted", None, world.writer.id),
    ]


async def test_not_even_the_operator_lowers_or_removes_the_last_owner(world: World) -> None:
    with pytest.raises(Forbidden):
        await operator_sets_role(world.store, login="owner", role=Role.ADMIN)
    with pytest.raises(Forbidden):
        await operator_removes(world.store, login="owner")
    with pytest.raises(NotFound):
        await operator_removes(world.store, login="nobody")


async def test_a_removed_person_loses_address_sessions_and_role_but_not_their_name(world: World) -> None:
    ended = await operator_removes(world.store, login="moderator")

    assert ended == 1
    ((email, name, role),) = await world.rows(
        f"users WHERE id = {world.moderator.id}", "email, display_name, role"
    )
    assert (email, name, role) == ("", "Moderator Person", "contributor")


async def test_mail_about_rights_waits_as_long_as_every_other(world: World) -> None:
    context = replace(world.context, email_delay=timedelta(seconds=7))
    await set_role(context, actor=world.owner, subject_id=world.writer.id, role=Role.ADMIN)
    await set_muted(context, actor=world.owner, subject_id=world.writer.id, muted=True, reason="Loud")

    async with world.store.read() as work:
        mails = await outbox.list_recent(work)
    assert [mail.due_at - mail.created_at for mail in mails] == [timedelta(seconds=7)] * 2


async def test_who_can_not_lower_the_last_owner_is_told_what_to_do_first(world: World) -> None:
    with pytest.raises(Forbidden) as refused:
        await set_role(world.context, actor=world.owner, subject_id=world.owner.id, role=Role.ADMIN)

    assert refused.value.hint == "Make somebody else an owner first, or lift an owner's mute."
