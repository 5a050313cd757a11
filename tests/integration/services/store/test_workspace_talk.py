"""Threads about passages, models' answers, and what is unread, on both databases."""

from __future__ import annotations

from services.domain.anchors import Anchor, Certainty, place
from services.domain.identifiers import CommitSha, Slug
from services.store.queries import chat_seen, threads
from services.store.queries.threads import AnswerState, MessageKind, ThreadKind, ThreadState
from services.store.unit_of_work import Store
from tests.support.people import NOON, add_person, person

HUMAN = Slug("human")
BRANCH = "edit/human"


def anchor(start: int = 0) -> Anchor:
    return place("A human is a who, not a what.", start, start + 7, CommitSha("a" * 40))


async def test_a_thread_about_a_passage_is_not_the_chat(store: Store) -> None:
    user_id = await person(store)
    async with store.write() as work:
        begun = [
            await threads.begin(
                work, kind=kind, slug=HUMAN, branch=branch, anchor=anchor(), created_by=user_id, at=NOON
            )
            for kind, branch in (
                (ThreadKind.CHAT, None),
                (ThreadKind.FLAG, BRANCH),
                (ThreadKind.CHAT, BRANCH),
            )
        ]
        chat = await threads.open(work, created_by=user_id, slug=HUMAN)
        of_main = await threads.list_anchored(work, slug=HUMAN)
        of_branch = await threads.list_anchored(work, slug=HUMAN, branch=BRANCH)

    assert chat not in begun
    assert [row.id for row in of_main] == begun[:1]
    assert [(row.id, row.kind, row.anchor) for row in of_branch] == [
        (begun[1], ThreadKind.FLAG, anchor()),
        (begun[2], ThreadKind.CHAT, anchor()),
    ]


async def test_a_thread_is_resolved_once_reopened_once_and_can_change_its_kind(store: Store) -> None:
    user_id = await person(store)
    moved = Anchor(quote="q", prefix="", suffix="", start=9, end=10, commit=CommitSha("b" * 40))
    async with store.write() as work:
        id_ = await threads.begin(
            work, kind=ThreadKind.FLAG, slug=HUMAN, branch=None, anchor=anchor(), created_by=user_id
        )
        steps = [
            await threads.resolve(work, id=id_, by=user_id, at=NOON),
            await threads.resolve(work, id=id_, by=user_id, at=NOON),
        ]
        resolved = await threads.find(work, id=id_)
        steps += [
            await threads.reopen(work, id=id_),
            await threads.reopen(work, id=id_),
            await threads.set_kind(work, id=id_, kind=ThreadKind.CHAT),
            await threads.set_kind(work, id=id_, kind=ThreadKind.CHAT),
            await threads.set_anchor(work, id=id_, anchor=moved),
        ]
        reopened = await threads.find(work, id=id_)

    assert steps == [True, False, True, False, True, False, True]
    assert resolved is not None
    assert (resolved.state, resolved.resolved_by, resolved.resolved_at) == (
        ThreadState.RESOLVED,
        user_id,
        NOON,
    )
    assert reopened is not None
    assert (reopened.state, reopened.resolved_by, reopened.kind) == (ThreadState.OPEN, None, ThreadKind.CHAT)
    assert reopened.anchor == moved
    assert reopened.anchor.certainty is Certainty.EXACT


async def test_an_answer_grows_while_it_streams_and_ends_once(store: Store) -> None:
    user_id = await person(store)
    async with store.write() as work:
        chat = await threads.open(work, created_by=user_id, slug=HUMAN, branch=BRANCH)
        answer = await threads.append_message(
            work,
            thread_id=chat,
            author_user_id=None,
            body="",
            kind=MessageKind.MODEL,
            model_key="claude",
            model_name="Claude",
            asked_by=user_id,
            state=AnswerState.STREAMING,
        )
        streaming = await threads.list_streaming(work)
        steps = [
            await threads.set_body(work, id=answer.id, body="Half"),
            await threads.end_answer(
                work, id=answer.id, body="Half.", state=AnswerState.FAILED, trouble="It timed out."
            ),
            await threads.set_body(work, id=answer.id, body="Late"),
            await threads.end_answer(work, id=answer.id, body="Late", state=AnswerState.COMPLETE),
        ]
        ended = await threads.message(work, id=answer.id)
        left = await threads.list_streaming(work)

    assert (streaming, left) == ([answer], [])
    assert steps == [True, True, False, False]
    assert ended is not None
    assert (ended.body, ended.state, ended.trouble, ended.model_name, ended.asked_by) == (
        "Half.",
        AnswerState.FAILED,
        "It timed out.",
        "Claude",
        user_id,
    )


async def test_unread_is_what_others_wrote_since_one_looked(store: Store) -> None:
    user_id = await person(store)
    async with store.write() as work:
        other = await add_person(work, "reviewer", gitea_id=2)
        chats = [await threads.open(work, created_by=None, slug=HUMAN, branch=name) for name in ("a", "b")]
        sent = [
            await threads.append_message(work, thread_id=chat, author_user_id=author, body="Hello")
            for chat, author in ((chats[0], other), (chats[0], user_id), (chats[0], None), (chats[1], other))
        ]
        before = await chat_seen.count_unread(work, user_id=user_id, thread_ids=chats)
        mark = {"user_id": user_id, "thread_id": chats[0], "at": NOON}
        marked = [
            await chat_seen.mark(work, message_id=sent[index].id, **mark)  # type: ignore[arg-type]
            for index in (0, 2, 2, 1)
        ]
        after = await chat_seen.count_unread(work, user_id=user_id, thread_ids=chats)
        seen = [await chat_seen.last_seen(work, user_id=user_id, thread_id=chat) for chat in chats]

    assert before == {chats[0]: 2, chats[1]: 1}
    assert marked == [True, True, False, False]
    assert after == {chats[1]: 1}
    assert seen == [sent[2].id, None]
