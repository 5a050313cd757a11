"""`operations` and `slug_reservations` on both databases, also when two act at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from services.domain.identifiers import OperationId, PullNumber, Slug
from services.store.queries import operations, slugs
from services.store.queries.operations import OperationRow, OperationState
from services.store.unit_of_work import Store
from tests.support.people import NOON, person

HUMAN = Slug("human")


async def begin(store: Store, name: str, *, minutes: int = 0) -> bool:
    async with store.write() as work:
        return await operations.begin(
            work,
            id=OperationId(name),
            kind="propose_idea",
            actor_user_id=None,
            on_behalf_of="writer",
            intent={"slug": "human", "tags": ["core"]},
            at=NOON + timedelta(minutes=minutes),
        )


async def find(store: Store, name: str) -> OperationRow:
    async with store.read() as work:
        row = await operations.find(work, id=OperationId(name))
    assert row is not None
    return row


async def test_an_operation_is_begun_once(store: Store) -> None:
    assert [await begin(store, "op1"), await begin(store, "op1")] == [True, False]

    assert await find(store, "op1") == OperationRow(
        id=OperationId("op1"),
        kind="propose_idea",
        state=OperationState.PENDING,
        actor_user_id=None,
        on_behalf_of="writer",
        intent={"slug": "human", "tags": ["core"]},
        effect={},
        error=None,
        attempts=0,
        created_at=NOON,
        updated_at=NOON,
    )


async def test_an_unknown_operation_is_none(store: Store) -> None:
    async with store.read() as work:
        assert await operations.find(work, id=OperationId("nope")) is None


async def test_recovery_looks_at_the_pending_ones_oldest_first(store: Store) -> None:
    for name, minutes in (("late", 2), ("early", 1), ("done", 0), ("failed", 0)):
        await begin(store, name, minutes=minutes)
    async with store.write() as work:
        ended = [
            await operations.finish(work, id=OperationId("done"), effect={"number": 3}),
            await operations.fail(work, id=OperationId("failed"), error="Gitea said no."),
            await operations.finish(work, id=OperationId("failed"), effect={}),
            await operations.fail(work, id=OperationId("done"), error="too late"),
        ]

    async with store.read() as work:
        pending = [row.id for row in await operations.pending(work)]
        failed = [row.id for row in await operations.list_in_state(work, state=OperationState.FAILED)]
    assert (pending, failed, ended) == (["early", "late"], ["failed"], [True, True, False, False])
    assert (await find(store, "done")).effect == {"number": 3}
    assert (await find(store, "failed")).error == "Gitea said no."


async def test_tries_are_counted(store: Store) -> None:
    await begin(store, "op1")

    async with store.write() as work:
        counts = [
            await operations.note_attempt(work, id=OperationId("op1")),
            await operations.note_attempt(work, id=OperationId("op1"), error="No answer."),
        ]

    row = await find(store, "op1")
    assert (counts, row.attempts, row.error, row.state) == ([1, 2], 2, "No answer.", OperationState.PENDING)


async def test_of_two_who_finish_the_same_operation_one_does(store: Store) -> None:
    await begin(store, "op1")

    async def finish(number: int) -> bool:
        async with store.write() as work:
            return await operations.finish(work, id=OperationId("op1"), effect={"by": number})

    finished = await asyncio.gather(*(finish(number) for number in range(4)))

    assert sorted(finished) == [False, False, False, True]
    assert (await find(store, "op1")).effect == {"by": finished.index(True)}


async def test_of_two_who_reserve_the_same_slug_one_gets_it(store: Store) -> None:
    users = [await person(store, f"p{number}", gitea_id=number) for number in range(4)]

    async def reserve(number: int) -> bool:
        async with store.write() as work:
            op = OperationId(f"op{number}")
            return await slugs.reserve(work, slug=HUMAN, op_id=op, user_id=users[number])

    reserved = await asyncio.gather(*(reserve(number) for number in range(4)))

    async with store.read() as work:
        holder = await slugs.holder(work, slug=HUMAN)
    assert sorted(reserved) == [False, False, False, True]
    assert holder is not None
    assert holder.user_id == users[reserved.index(True)]


async def test_the_same_operation_may_reserve_again(store: Store) -> None:
    user_id = await person(store)

    async with store.write() as work:
        op = OperationId("op1")
        twice = [await slugs.reserve(work, slug=HUMAN, op_id=op, user_id=user_id) for _ in range(2)]

    assert twice == [True, True]


async def test_a_slug_is_free_again_when_its_pull_request_closed(store: Store) -> None:
    user_id = await person(store)
    async with store.write() as work:
        await slugs.reserve(work, slug=HUMAN, op_id=OperationId("op1"), user_id=user_id, at=NOON)
        attached = [
            await slugs.attach(work, slug=HUMAN, pr_number=PullNumber(3)),
            await slugs.attach(work, slug=Slug("animal"), pr_number=PullNumber(4)),
        ]
        kept = await slugs.list_all(work)
        freed = await slugs.release_for_pull(work, pr_number=PullNumber(3))
        again = await slugs.reserve(work, slug=HUMAN, op_id=OperationId("op2"), user_id=user_id)

    assert (attached, freed, again) == ([True, False], [HUMAN], True)
    assert kept == [
        slugs.SlugReservationRow(
            slug=HUMAN,
            op_id=OperationId("op1"),
            user_id=user_id,
            pr_number=PullNumber(3),
            created_at=NOON,
        )
    ]


async def test_a_slug_can_be_released_by_name(store: Store) -> None:
    user_id = await person(store)
    async with store.write() as work:
        await slugs.reserve(work, slug=HUMAN, op_id=OperationId("op1"), user_id=user_id)
        released = [await slugs.release(work, slug=HUMAN), await slugs.release(work, slug=HUMAN)]

    assert released == [True, False]
