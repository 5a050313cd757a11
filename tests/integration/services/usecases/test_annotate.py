"""Comments and flags on passages: who may, what is stored, what is decided (§6.4, §8.12–§8.14)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from services.domain.anchors import Certainty
from services.domain.branch import BranchKey, Visibility
from services.domain.change import ChangeState
from services.domain.errors import Conflict, Forbidden, Invalid, Muted, NotFound, NotSignedIn, RateLimited
from services.domain.events import MessagePosted, ThreadChanged
from services.domain.identifiers import ChangeId, CommitSha, Slug, ThreadId
from services.domain.trailers import new_operation_id
from services.store.queries import branch_settings, changes, events, threads
from services.store.queries.changes import NewChange
from services.store.queries.threads import ThreadKind, ThreadState
from services.usecases.annotate import comment, discuss_flag, flag, place_selection, reopen, reply, resolve
from services.usecases.branch_access import close
from services.usecases.rate_limits import Limited, RateLimits
from services.usecases.rights import set_muted
from services.usecases.views.annotations import annotations_view
from tests.support.annotating import (
    BODY,
    BRANCH,
    HUMAN,
    annotations,
    branch_of,
    commented,
    entry_of,
    flushed,
    selection,
    typed,
    window,
)
from tests.support.world import World


async def test_a_comment_opens_a_thread_on_the_words_that_were_selected(world: World) -> None:
    await entry_of(world)

    thread_id = await commented(world, "listens to others as well", text=" Who are **they**?\n")

    (thread,) = await annotations(world, "reviewer")
    assert (thread.id, thread.kind, thread.state, thread.certainty) == (
        thread_id,
        ThreadKind.CHAT,
        ThreadState.OPEN,
        Certainty.EXACT,
    )
    assert (thread.quote, thread.words) == ("listens to *others* as well", "listens to *others* as well")
    assert (thread.quote_reads, thread.reads) == ("listens to others as well", "listens to others as well")
    assert thread.shown is not None
    assert (thread.shown.line, thread.shown.quote) == (3, "listenstoothersaswell")
    assert [
        (message.author.login if message.author else "", message.body) for message in thread.messages
    ] == [("reader", "Who are **they**?")]


async def test_what_is_suggested_or_asked_about_takes_the_marks_of_its_words_and_a_thread_does_not(
    world: World,
) -> None:
    body = BODY + "\n- **Offer** it when asked.\n- **Let go**: see [others](others.md).\n"
    await entry_of(world, body)
    chosen = selection("Offer it when asked.\nLet go: see others")
    source = "**Offer** it when asked.\n- **Let go**: see [others](others.md)"

    span, placed = await place_selection(
        world.context, actor=world.reader, slug=HUMAN, branch=None, selection=chosen
    )
    await flag(world.context, actor=world.reader, slug=HUMAN, branch=None, selection=chosen, label="Too long")

    (thread,) = await annotations(world)
    assert placed == source
    assert (thread.reach, thread.reach_source) == (span, source)
    assert thread.words == source.removeprefix("**").removesuffix("](others.md)")
    assert thread.reads == "Offer it when asked. Let go: see others"


async def test_the_anchor_keeps_quote_surroundings_offsets_and_commit(world: World) -> None:
    await entry_of(world)
    await commented(world, "Nobody is left out")
    async with world.store.read() as work:
        (row,) = await threads.list_anchored(work, slug=HUMAN)
    assert row.anchor is not None
    assert (row.anchor.quote, row.anchor.prefix[-12:], row.anchor.suffix[:6]) == (
        "Nobody is left out",
        "* as well.\n\n",
        ". The ",
    )
    assert row.anchor.commit == world.api("GET", "branches/main")["commit"]["id"]


async def test_a_comment_is_told_to_the_page_recorded_and_watched(world: World) -> None:
    await entry_of(world)
    thread_id = await commented(world, "Nobody is left out")

    async with world.store.read() as work:
        told = [row.event for row in await events.after(work, id=0)]
        messages = await threads.messages(work, thread_ids=[thread_id])
    assert [event for event in told if isinstance(event, MessagePosted | ThreadChanged)] == [
        MessagePosted(thread_id, messages[0].id, slug=HUMAN),
        ThreadChanged(thread_id, HUMAN),
    ]
    kinds = [kind for (kind,) in await world.rows("actions", "action_kind")]
    assert kinds.count("open_thread") == 1
    assert len(await world.rows("watches")) == 1


async def test_the_same_comment_sent_twice_at_once_opens_one_thread(world: World) -> None:
    await entry_of(world)
    op_id = new_operation_id()

    async def once() -> ThreadId:
        return await comment(
            world.context,
            actor=world.reader,
            slug=HUMAN,
            branch=None,
            selection=selection("Nobody is left out"),
            text="Hm.",
            op_id=op_id,
        )

    first, second = await asyncio.gather(once(), once())
    assert first == second == await once()
    assert len(await annotations(world)) == 1


async def test_a_flag_is_its_label_and_can_become_a_discussion(world: World) -> None:
    await entry_of(world)
    thread_id = await flag(
        world.context,
        actor=world.reader,
        slug=HUMAN,
        branch=None,
        selection=selection("always"),
        label="Too \n strong",
    )
    (thread,) = await annotations(world)
    assert (thread.kind, thread.messages[0].body) == (ThreadKind.FLAG, "Too strong")

    await discuss_flag(world.context, actor=world.reader, thread_id=thread_id)

    assert [thread.kind for thread in await annotations(world)] == [ThreadKind.CHAT]
    with pytest.raises(Conflict):
        await discuss_flag(world.context, actor=world.reader, thread_id=thread_id)


async def test_a_flag_is_one_line(world: World) -> None:
    await entry_of(world)
    with pytest.raises(Invalid, match="at most 200"):
        await flag(
            world.context,
            actor=world.reader,
            slug=HUMAN,
            branch=None,
            selection=selection("always"),
            label="x" * 201,
        )


async def test_people_reply_in_the_order_they_write(world: World) -> None:
    await entry_of(world)
    thread_id = await commented(world, "always")
    await reply(world.context, actor=world.writer, thread_id=thread_id, text="Yes.")
    await reply(world.context, actor=world.reader, thread_id=thread_id, text="Good.")
    (thread,) = await annotations(world)
    assert [message.body for message in thread.messages] == ["Is it so?", "Yes.", "Good."]


async def test_the_opener_the_branchs_creator_and_arbiters_resolve_and_reopen(world: World) -> None:
    await branch_of(world)
    thread_id = await commented(world, "always", branch=BRANCH)
    for login in ("reader", "writer", "moderator"):
        await resolve(world.context, actor=world.people[login], thread_id=thread_id)
        assert [thread.state for thread in await annotations(world, branch=BRANCH)] == [ThreadState.RESOLVED]
        await reopen(world.context, actor=world.people[login], thread_id=thread_id)
    with pytest.raises(Forbidden, match="whoever opened it, the branch's creator"):
        await resolve(world.context, actor=world.reviewer, thread_id=thread_id)
    assert [thread.state for thread in await annotations(world, branch=BRANCH)] == [ThreadState.OPEN]


async def test_of_two_who_resolve_one_is_told(world: World) -> None:
    await entry_of(world)
    thread_id = await commented(world, "always")
    await resolve(world.context, actor=world.reader, thread_id=thread_id)
    with pytest.raises(Conflict, match="Somebody else"):
        await resolve(world.context, actor=world.owner, thread_id=thread_id)


async def test_strangers_and_the_muted_read_and_do_not_write(world: World) -> None:
    await entry_of(world)
    thread_id = await commented(world, "always")
    await set_muted(world.context, actor=world.moderator, subject_id=world.reviewer.id, muted=True)

    with pytest.raises(NotSignedIn):
        await comment(
            world.context, actor=None, slug=HUMAN, branch=None, selection=selection("always"), text="I too."
        )
    # The actor a page still holds says nothing: the act reads the person again.
    for act in (
        lambda: commented(world, "Nobody", by="reviewer"),
        lambda: reply(world.context, actor=world.reviewer, thread_id=thread_id, text="Hm."),
    ):
        with pytest.raises(Muted):
            await act()
    assert len(await annotations(world)) == 1


async def test_too_many_comments_are_refused(world: World) -> None:
    await entry_of(world)
    strict = replace(world.context, limits=RateLimits({Limited.COMMENT: "1 per hour"}))

    async def once(quote: str) -> ThreadId:
        return await comment(
            strict, actor=world.reader, slug=HUMAN, branch=None, selection=selection(quote), text="Hm."
        )

    await once("always")
    with pytest.raises(RateLimited):
        await once("Nobody")


@pytest.mark.parametrize(("quote", "text"), [("nowhere at all", "Hm."), (" ", "Hm."), ("always", " ")])
async def test_what_can_not_be_placed_or_says_nothing_is_refused(world: World, quote: str, text: str) -> None:
    await entry_of(world)
    with pytest.raises(Invalid):
        await commented(world, quote, text=text)
    assert await annotations(world) == ()


async def test_a_private_branchs_threads_are_for_those_who_may_read_it(world: World) -> None:
    await branch_of(world)
    thread_id = await commented(world, "always", branch=BRANCH, by="writer")
    async with world.store.write() as work:
        await branch_settings.set_visibility(
            work, key=BranchKey(world.meta, BRANCH), visibility=Visibility.PRIVATE
        )

    assert len(await annotations(world, "writer", branch=BRANCH)) == 1
    for act in (
        lambda: annotations(world, "reader", branch=BRANCH),
        lambda: commented(world, "always", branch=BRANCH, by="reader"),
        lambda: reply(world.context, actor=world.reader, thread_id=thread_id, text="I see you."),
        lambda: place_selection(
            world.context, actor=world.reader, slug=HUMAN, branch=BRANCH, selection=selection("always")
        ),
    ):
        with pytest.raises(NotFound):
            await act()


async def test_a_closed_branch_shows_its_threads_and_takes_no_more(world: World) -> None:
    await branch_of(world)
    await commented(world, "always", branch=BRANCH)
    await close(world.context, actor=world.writer, slug=HUMAN, name=BRANCH)

    assert len(await annotations(world, "reader", branch=BRANCH)) == 1
    with pytest.raises(Forbidden):
        await commented(world, "Nobody", branch=BRANCH)


async def test_main_and_branches_keep_their_threads_apart(world: World) -> None:
    await branch_of(world)
    on_main, on_branch = await commented(world, "always"), await commented(world, "Nobody", branch=BRANCH)
    assert [thread.id for thread in await annotations(world)] == [on_main]
    assert [thread.id for thread in await annotations(world, branch=BRANCH)] == [on_branch]


async def test_a_comment_on_words_just_typed_has_them_committed_first(world: World) -> None:
    await branch_of(world)
    opened = await window(world)
    await typed(opened, "a being that speaks", "a being that speaks and sings")

    await commented(world, "and sings", branch=BRANCH)

    assert not opened.text.dirty
    (thread,) = await annotations(world, branch=BRANCH)
    assert (thread.certainty, thread.words) == (Certainty.EXACT, "and sings")


async def test_a_comment_on_committed_words_leaves_what_is_typed_alone(world: World) -> None:
    await branch_of(world)
    opened = await window(world)
    await typed(opened, "# Human", "# Human\n\nA new beginning.")

    await commented(world, "always", branch=BRANCH)

    assert opened.text.dirty
    (thread,) = await annotations(world, branch=BRANCH)
    assert (thread.certainty, thread.words, thread.shown and thread.shown.line) == (
        Certainty.EXACT,
        "always",
        7,
    )
    await flushed(world)


async def test_a_thread_whose_change_was_accepted_offers_to_be_resolved(world: World) -> None:
    await entry_of(world)
    thread_id = await commented(world, "always")
    change_id = await _card(world, thread_id)
    assert [thread.offers_resolve for thread in await annotations(world)] == [False]

    op_id, sha = new_operation_id(), CommitSha("c" * 40)
    async with world.store.write() as work:
        await changes.begin_accepting(work, id=change_id, op_id=op_id, decided_by=world.writer.id)
        await changes.finish_accepting(
            work, id=change_id, op_id=op_id, commit_sha=sha, at=(await annotations(world))[0].opened_at
        )

    assert [thread.offers_resolve for thread in await annotations(world)] == [True]
    await resolve(world.context, actor=world.reader, thread_id=thread_id)
    assert [thread.offers_resolve for thread in await annotations(world)] == [False]


async def test_there_is_no_thread_by_a_wrong_number(world: World) -> None:
    await entry_of(world)
    with pytest.raises(NotFound):
        await reply(world.context, actor=world.reader, thread_id=ThreadId(999), text="Hm.")
    with pytest.raises(NotFound):
        await annotations_view(world.context, viewer=None, slug=Slug("nobody"))


async def _card(world: World, thread_id: ThreadId) -> ChangeId:
    async with world.store.write() as work:
        change_id = await changes.insert(
            work,
            NewChange(
                rfc_slug=HUMAN,
                repo=world.meta,
                branch_name=BRANCH,
                thread_id=thread_id,
                asked_by=world.reader.id,
                original="always",
                proposed="mostly",
            ),
        )
        found = await changes.find(work, id=change_id)
    assert found is not None
    assert found.state is ChangeState.PENDING
    return change_id
