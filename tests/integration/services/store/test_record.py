"""`actions`, `permission_events` and `events` on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from services.domain.audit import ActionKind, PermissionEventKind
from services.domain.clock import now
from services.domain.events import CatalogChanged, EntryChanged, Event, MuteChanged, PullChanged
from services.domain.identifiers import OperationId, PullNumber, Repository, Slug, UserId
from services.store.queries import actions, events, permission_events
from services.store.unit_of_work import Store
from tests.support.people import NOON, person

META = Repository("ohm/meta")
OTHER = Repository("ohm/rfc-0001")


async def append_action(store: Store, kind: ActionKind, *, repo: Repository, op: str, login: str) -> bool:
    async with store.write() as work:
        return await actions.append(
            work,
            actor_user_id=None,
            on_behalf_of=login,
            kind=kind,
            op_id=OperationId(op),
            slug=Slug("human"),
            branch="idea-human-0a1b2c",
            repo=repo,
            pr_number=PullNumber(3),
            details={"title": "Human", "tags": ["core"]},
            at=NOON,
        )


async def test_an_action_is_recorded_once_per_operation_and_kind(store: Store) -> None:
    added = [
        await append_action(store, ActionKind.PROPOSE_IDEA, repo=META, op="op1", login="writer"),
        await append_action(store, ActionKind.PROPOSE_IDEA, repo=META, op="op1", login="writer"),
        await append_action(store, ActionKind.MERGE_IDEA, repo=META, op="op1", login="owner"),
    ]

    async with store.read() as work:
        recorded = await actions.list_recent(work)
    assert added == [True, False, True]
    assert [(row.action_kind, row.on_behalf_of) for row in recorded] == [
        ("merge_idea", "owner"),
        ("propose_idea", "writer"),
    ]
    assert recorded[1] == actions.ActionRow(
        id=recorded[1].id,
        actor_user_id=None,
        on_behalf_of="writer",
        action_kind="propose_idea",
        rfc_slug=Slug("human"),
        branch_name="idea-human-0a1b2c",
        repo=META,
        pr_number=PullNumber(3),
        details={"title": "Human", "tags": ["core"]},
        op_id=OperationId("op1"),
        created_at=NOON,
    )


async def test_actions_without_an_operation_may_repeat(store: Store) -> None:
    async with store.write() as work:
        added = [
            await actions.append(
                work, actor_user_id=None, on_behalf_of="bot", kind=ActionKind.SIGN_IN, op_id=None
            )
            for _ in range(2)
        ]

    assert added == [True, True]


async def test_a_pull_request_needs_its_repository(store: Store) -> None:
    with pytest.raises(ValueError, match="by its repository and its number"):
        async with store.write() as work:
            await actions.append(
                work,
                actor_user_id=None,
                on_behalf_of="bot",
                kind=ActionKind.MERGE_IDEA,
                op_id=None,
                pr_number=PullNumber(3),
            )


async def test_the_opener_of_a_pull_request_is_who_proposed_it_in_that_repository(store: Store) -> None:
    await append_action(store, ActionKind.PROPOSE_IDEA, repo=OTHER, op="op1", login="stranger")
    await append_action(store, ActionKind.PROPOSE_IDEA, repo=META, op="op2", login="writer")
    await append_action(store, ActionKind.MERGE_IDEA, repo=META, op="op3", login="owner")

    async with store.read() as work:
        opener = await actions.opener_of(work, repo=META, pr_number=PullNumber(3))
        nobody = await actions.opener_of(work, repo=META, pr_number=PullNumber(4))
        merge = await actions.find_for_pull(
            work, repo=META, pr_number=PullNumber(3), kind=ActionKind.MERGE_IDEA
        )
        decline = await actions.find_for_pull(
            work, repo=META, pr_number=PullNumber(3), kind=ActionKind.DECLINE_IDEA
        )
        ideas = await actions.list_for_repository(work, repo=META, kind=ActionKind.PROPOSE_IDEA)
    assert (opener, nobody) == ("writer", None)
    assert merge is not None
    assert (merge.on_behalf_of, decline) == ("owner", None)
    assert [row.on_behalf_of for row in ideas] == ["writer"]


async def test_the_audit_log_is_read_in_pages(store: Store) -> None:
    for number in range(5):
        await append_action(store, ActionKind.PROPOSE_IDEA, repo=META, op=f"op{number}", login=f"l{number}")

    async with store.read() as work:
        first = await actions.list_recent(work, limit=2)
        second = await actions.list_recent(work, limit=2, before_id=first[-1].id)
    assert [row.on_behalf_of for row in first + second] == ["l4", "l3", "l2", "l1"]


async def test_changes_of_rights_are_listed_newest_first(store: Store) -> None:
    one, two = await person(store, "one", gitea_id=1), await person(store, "two", gitea_id=2)
    async with store.write() as work:
        for subject, kind in ((one, PermissionEventKind.MUTED), (two, PermissionEventKind.ROLE_GRANTED)):
            await permission_events.append(
                work,
                actor_user_id=one,
                subject_user_id=subject,
                kind=kind,
                details={"role": "admin"},
                at=NOON,
            )

    async with store.read() as work:
        everybody = await permission_events.list_recent(work)
        of_one = await permission_events.list_recent(work, subject_user_id=one)
    assert [(row.subject_user_id, row.event_kind) for row in everybody] == [
        (two, "role_granted"),
        (one, "muted"),
    ]
    assert of_one == everybody[1:]
    assert (of_one[0].actor_user_id, of_one[0].details, of_one[0].created_at) == (
        one,
        {"role": "admin"},
        NOON,
    )


async def say(store: Store, *said: Event) -> None:
    async with store.write() as work:
        for event in said:
            await events.append(work, event)


async def heard(store: Store, after: int = 0, limit: int = 1000) -> list[tuple[str, Event]]:
    async with store.read() as work:
        return [(row.topic, row.event) for row in await events.after(work, id=after, limit=limit)]


async def test_an_event_comes_back_once_per_topic_and_equal_ones_once(store: Store) -> None:
    pull = PullChanged(META, PullNumber(3), Slug("human"))

    await say(store, CatalogChanged((Slug("human"), Slug("animal"))), pull, pull)

    assert await heard(store) == [
        ("catalog", CatalogChanged((Slug("human"), Slug("animal")))),
        *((topic, pull) for topic in pull.topics),
    ]


async def test_events_are_read_from_where_one_stopped(store: Store) -> None:
    await say(store, EntryChanged(Slug("a")))
    async with store.read() as work:
        stopped = await events.last_id(work)
    await say(store, EntryChanged(Slug("b")))
    await say(store, EntryChanged(Slug("c")))

    assert await heard(store, after=stopped) == [
        ("rfc:b", EntryChanged(Slug("b"))),
        ("rfc:c", EntryChanged(Slug("c"))),
    ]
    assert await heard(store, after=stopped, limit=1) == [("rfc:b", EntryChanged(Slug("b")))]


async def test_purged_events_leave_the_last_id_and_give_no_number_twice(store: Store) -> None:
    await say(store, MuteChanged(UserId(1)))
    async with store.write() as work:
        before = await events.last_id(work)
        await events.purge(work, before=now() + timedelta(days=1))
        after = await events.last_id(work)
        await work.change(events.events.delete())

    await say(store, EntryChanged(Slug("a")))

    async with store.read() as work:
        assert (after, await events.last_id(work)) == (before, before + 1)


async def test_an_event_that_only_newer_code_knows_is_passed_on_without_its_ids(store: Store) -> None:
    async with store.write() as work:
        values = {"topic": "catalog", "kind": "BranchMoved", "ids": {"x": 1}, "created_at": NOON}
        await work.insert(events.events, values)

    assert await heard(store) == [("catalog", Event())]


async def test_a_reader_never_meets_a_smaller_id_later(store: Store) -> None:
    """Units that overlap: ids become visible in their order, however the commits interleave."""
    done = asyncio.Event()
    seen: list[int] = []

    async def write(number: int) -> None:
        for step in range(5):
            await say(store, EntryChanged(Slug(f"s{number}-{step}")))

    async def tail() -> None:
        while not done.is_set():
            await read_on()
        await read_on()

    async def read_on() -> None:
        async with store.read() as work:
            rows = await events.after(work, id=seen[-1] if seen else 0)
        seen.extend(row.id for row in rows)

    reader = asyncio.create_task(tail())
    await asyncio.gather(*(write(number) for number in range(8)))
    done.set()
    await reader

    assert len(seen) == 40
    assert seen == sorted(seen)


async def test_the_second_of_two_commits_waits_for_its_ids_until_the_first_is_done(store: Store) -> None:
    first_has_ids, go_on = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with store.write() as work:
            await events.append(work, EntryChanged(Slug("first")))
            await events.write_down(work)
            work.events.clear()
            first_has_ids.set()
            await go_on.wait()

    one = asyncio.create_task(first())
    await first_has_ids.wait()
    two = asyncio.create_task(say(store, EntryChanged(Slug("second"))))
    overtook, _ = await asyncio.wait([two], timeout=0.2)
    early = await heard(store)
    go_on.set()
    await asyncio.gather(one, two)

    assert (overtook, early) == (set(), [])
    assert [topic for topic, _ in await heard(store)] == ["rfc:first", "rfc:second"]
