"""`threads`, `thread_messages`, `watches` and `rfc_seen` on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from services.domain.identifiers import CommitSha, OperationId, PullNumber, Repository, Slug, ThreadId
from services.store.queries import seen, threads, watches
from services.store.queries.threads import MessageKind, MessageRow, ThreadKind, ThreadRow, ThreadState
from services.store.queries.watches import WatchLevel, WatchRow
from services.store.unit_of_work import Store
from tests.support.people import NOON, person

META = Repository("ohm/meta")
HUMAN = Slug("human")
THREE = PullNumber(3)


async def open_idea_chat(store: Store, number: PullNumber = THREE) -> ThreadId:
    async with store.write() as work:
        return await threads.open(work, created_by=None, repo=META, number=number, at=NOON)


async def test_an_ideas_chat_moves_under_its_slug_with_the_merge(store: Store) -> None:
    thread_id = await open_idea_chat(store)
    await open_idea_chat(store, PullNumber(4))

    async with store.write() as work:
        moved = [await threads.give_slug(work, repo=META, number=THREE, slug=HUMAN) for _ in range(2)]
        by_slug = await threads.find_for_slug(work, slug=HUMAN)
        by_pull = await threads.find_for_pull(work, repo=META, number=THREE)
        same = await threads.open(work, created_by=None, slug=HUMAN)
    assert moved == [1, 0]
    assert same == thread_id
    assert (
        by_slug
        == by_pull
        == ThreadRow(
            id=thread_id,
            kind=ThreadKind.CHAT,
            state=ThreadState.OPEN,
            rfc_slug=HUMAN,
            branch_name=None,
            repo=META,
            pr_number=THREE,
            created_by=None,
            created_at=NOON,
        )
    )


async def test_main_and_each_branch_have_a_chat_of_their_own(store: Store) -> None:
    async with store.write() as work:
        main = await threads.open(work, created_by=None, slug=HUMAN)
        branch = await threads.open(work, created_by=None, slug=HUMAN, branch="edit/x")
        found = [
            await threads.find_for_slug(work, slug=HUMAN),
            await threads.find_for_slug(work, slug=HUMAN, branch="edit/x"),
            await threads.find_for_slug(work, slug=HUMAN, branch="edit/y"),
            await threads.find(work, id=branch),
        ]

    assert [row.id if row else None for row in found] == [main, branch, None, branch]


async def test_a_chat_belongs_to_something(store: Store) -> None:
    with pytest.raises(ValueError, match="to a pull request or to an entry"):
        async with store.write() as work:
            await threads.open(work, created_by=None)


async def test_two_who_begin_a_chat_at_once_share_it(store: Store) -> None:
    begun = await asyncio.gather(*(open_idea_chat(store) for _ in range(4)))

    assert len(set(begun)) == 1


async def test_messages_come_in_the_order_they_were_written(store: Store) -> None:
    user_id = await person(store)
    one, two = await open_idea_chat(store), await open_idea_chat(store, PullNumber(4))
    async with store.write() as work:
        first = await threads.append_message(
            work, thread_id=one, author_user_id=user_id, body="Hello", at=NOON
        )
        await threads.append_message(work, thread_id=two, author_user_id=user_id, body="Elsewhere")
        await threads.append_message(
            work, thread_id=one, author_user_id=None, body="Merged.", kind=MessageKind.SYSTEM
        )

    async with store.read() as work:
        of_one = [row.body for row in await threads.messages(work, thread_ids=[one])]
        of_both = [row.body for row in await threads.messages(work, thread_ids=[one, two])]
        since = [
            (row.body, row.kind) for row in await threads.messages(work, thread_ids=[one], after=first.id)
        ]
        again = await threads.message(work, id=first.id)
    assert of_one == ["Hello", "Merged."]
    assert of_both == ["Hello", "Elsewhere", "Merged."]
    assert since == [("Merged.", MessageKind.SYSTEM)]
    assert again == first
    assert first == MessageRow(
        id=first.id,
        thread_id=one,
        author_user_id=user_id,
        kind=MessageKind.PERSON,
        body="Hello",
        op_id=None,
        created_at=NOON,
    )


async def test_a_message_sent_twice_is_there_once(store: Store) -> None:
    user_id, thread_id = await person(store), await open_idea_chat(store)

    async def send(body: str) -> MessageRow:
        async with store.write() as work:
            op = OperationId("op1")
            return await threads.append_message(
                work, thread_id=thread_id, author_user_id=user_id, body=body, op_id=op
            )

    sent = await asyncio.gather(send("Hello"), send("Hello"), send("Hello"))

    async with store.read() as work:
        assert await threads.messages(work, thread_ids=[thread_id]) == [sent[0]]
    assert sent[0] == sent[1] == sent[2]


async def test_an_act_makes_one_watch_unless_one_muted_it(store: Store) -> None:
    user_id = await person(store)
    later = NOON + timedelta(days=1)
    async with store.write() as work:
        for slug, level in (("followed", WatchLevel.FOLLOWING), ("muted", WatchLevel.MUTED)):
            values = {"user_id": user_id, "rfc_slug": slug, "level": level.value, "last_act_at": NOON}
            await work.insert_unless_there(watches.watches, values)
        watching = [
            await watches.set_watching(work, user_id=user_id, slug=Slug(slug), at=later)
            for slug in ("new", "followed", "muted")
        ]

    async with store.read() as work:
        listed = await watches.list_for_user(work, user_id=user_id)
    assert watching == [True, True, False]
    assert listed == [
        WatchRow(user_id=user_id, rfc_slug=Slug(slug), level=level, last_act_at=at)
        for slug, level, at in (
            ("followed", WatchLevel.WATCHING, later),
            ("muted", WatchLevel.MUTED, NOON),
            ("new", WatchLevel.WATCHING, later),
        )
    ]


async def test_what_was_read_is_noted_once_per_commit(store: Store) -> None:
    user_id = await person(store)
    async with store.write() as work:
        noted = [
            await seen.mark(work, user_id=user_id, slug=HUMAN, commit_sha=CommitSha(sha), at=NOON)
            for sha in ("a" * 40, "a" * 40, "b" * 40)
        ]

    async with store.read() as work:
        assert await seen.list_for_user(work, user_id=user_id) == {HUMAN: "b" * 40}
    assert noted == [True, False, True]
