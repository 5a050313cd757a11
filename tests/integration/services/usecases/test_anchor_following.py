"""Threads follow their passages through real commits and typed text, and say how sure they are (§8.13)."""

from __future__ import annotations

import pytest

from services.domain.anchors import Certainty
from services.domain.errors import Conflict, Forbidden
from services.domain.identifiers import CommitSha, ThreadId
from services.store.queries import threads
from services.usecases.anchor_following import follow_anchors, follow_everywhere
from services.usecases.annotate import confirm_place, detach, resolve
from services.usecases.views.annotations import AnnotationView
from tests.support.annotating import (
    BODY,
    BRANCH,
    HUMAN,
    annotations,
    branch_of,
    commented,
    entry_of,
    flushed,
    typed,
    window,
)
from tests.support.world import World, eventually

QUOTE = "The rule holds for everyone"


def told(thread: AnnotationView) -> tuple[Certainty, str]:
    return thread.certainty, thread.words


async def stored_at(world: World, thread_id: ThreadId) -> CommitSha:
    """The commit a thread's anchor stands on."""
    async with world.store.read() as work:
        row = await threads.find(work, id=thread_id)
    assert row is not None
    assert row.anchor is not None
    return row.anchor.commit


async def main_head(world: World) -> CommitSha:
    return CommitSha(world.api("GET", "branches/main")["commit"]["id"])


async def follows(world: World, thread_id: ThreadId) -> None:
    """Wait until a thread has been brought along to main's last commit."""
    head = await main_head(world)

    async def is_there() -> bool:
        return await stored_at(world, thread_id) == head

    await eventually(is_there)


async def test_a_thread_stays_with_its_words_when_main_moves(world: World) -> None:
    await entry_of(world)
    thread_id = await commented(world, QUOTE)

    await entry_of(world, BODY.replace("# Human\n", "# Human\n\nA long new beginning.\n"))

    (thread,) = await annotations(world)
    assert told(thread) == (Certainty.EXACT, QUOTE)
    assert thread.shown is not None
    assert thread.shown.line == 7
    await follows(world, thread_id)


async def test_a_passage_that_changed_place_is_called_moved(world: World) -> None:
    await entry_of(world)
    await commented(world, QUOTE)
    first, second = BODY.split("\n\n")[1:3]
    await entry_of(world, f"# Human\n\n{second}\n{first}\n")
    assert [told(thread) for thread in await annotations(world)] == [(Certainty.MOVED, QUOTE)]


async def test_a_passage_that_is_gone_leaves_an_orphan_with_the_old_quote(world: World) -> None:
    await entry_of(world)
    await commented(world, QUOTE)

    await entry_of(world, BODY.replace(f" {QUOTE}, always.", ""))

    (thread,) = await annotations(world)
    assert (thread.is_orphan, thread.quote, thread.words, thread.shown) == (True, QUOTE, "", None)


async def test_a_thread_never_jumps_to_a_lookalike(world: World) -> None:
    twice = BODY + f"\nIn short: {QUOTE}, always.\n"
    await entry_of(world, BODY)
    thread_id = await commented(world, QUOTE)
    await entry_of(world, twice)
    (thread,) = await annotations(world)
    assert thread.shown is not None
    assert thread.shown.line == 5
    await follows(world, thread_id)  # or both changes are one: the passage was moved

    await entry_of(world, twice.replace(f" {QUOTE}, always.\n\nIn short", "\n\nIn short"))

    (thread,) = await annotations(world)
    assert told(thread) == (Certainty.LOST, "")


async def unsure(world: World) -> ThreadId:
    """A thread whose words were rewritten in part."""
    await entry_of(world)
    thread_id = await commented(world, "A human is a being that speaks")
    await entry_of(world, BODY.replace("a being that speaks", "a being who talks"))
    return thread_id


async def test_a_passage_that_was_rewritten_asks_whoever_opened_the_thread(world: World) -> None:
    await unsure(world)
    (mine,), (theirs,) = await annotations(world, "reader"), await annotations(world, "reviewer")
    assert told(mine) == (Certainty.UNCERTAIN, "A human is a being")
    assert (mine.quote, mine.asked, theirs.asked) == ("A human is a being that speaks", True, False)


async def test_who_is_asked_says_that_it_is_still_right(world: World) -> None:
    thread_id = await unsure(world)
    (thread,) = await annotations(world, "reader")

    await confirm_place(world.context, actor=world.reader, thread_id=thread_id, seen=thread.words)

    (thread,) = await annotations(world, "reader")
    assert (told(thread), thread.quote, thread.asked) == (
        (Certainty.EXACT, "A human is a being"),
        "A human is a being",
        False,
    )


async def test_who_is_asked_says_that_it_is_not_right_any_more(world: World) -> None:
    thread_id = await unsure(world)
    await detach(world.context, actor=world.reader, thread_id=thread_id)
    (thread,) = await annotations(world, "reader")
    assert (thread.is_orphan, thread.quote) == (True, "A human is a being that speaks")


async def test_nobody_else_decides_and_nobody_decides_what_has_moved_on(world: World) -> None:
    thread_id = await unsure(world)
    with pytest.raises(Forbidden):
        await detach(world.context, actor=world.reviewer, thread_id=thread_id)
    with pytest.raises(Conflict):
        await confirm_place(world.context, actor=world.reader, thread_id=thread_id, seen="other words")
    await resolve(world.context, actor=world.reader, thread_id=thread_id)
    with pytest.raises(Conflict):
        await detach(world.context, actor=world.reader, thread_id=thread_id)


async def test_a_lost_passage_that_comes_back_is_asked_about(world: World) -> None:
    await entry_of(world)
    await commented(world, QUOTE)
    await entry_of(world, BODY.replace(f" {QUOTE}, always.", ""))
    await follow_anchors(world.context, slug=HUMAN, branch=None)
    await entry_of(world, BODY)
    assert [told(thread) for thread in await annotations(world)] == [(Certainty.UNCERTAIN, QUOTE)]


async def test_threads_follow_what_is_typed_and_then_committed(world: World) -> None:
    await branch_of(world)
    thread_id = await commented(world, QUOTE, branch=BRANCH)
    opened = await window(world)
    await typed(opened, "Nobody is left out.", "Nobody at all is ever left out.")

    (thread,) = await annotations(world, branch=BRANCH)
    assert told(thread) == (Certainty.EXACT, QUOTE)
    before = await stored_at(world, thread_id)
    head = await flushed(world)
    assert await follow_anchors(world.context, slug=HUMAN, branch=BRANCH) in (0, 1)

    assert (await stored_at(world, thread_id) == head, before == head) == (True, False)
    assert [told(thread) for thread in await annotations(world, branch=BRANCH)] == [(Certainty.EXACT, QUOTE)]


async def test_following_twice_late_or_after_a_restart_gives_the_same(world: World) -> None:
    await entry_of(world)
    thread_id = await commented(world, QUOTE)
    await entry_of(world, BODY.replace("Nobody is", "Nobody was"))
    await follow_everywhere(world.context)
    once = await world.rows("threads", "id, anchor, state")

    await follow_everywhere(world.context)
    assert await follow_anchors(world.context, slug=HUMAN, branch=None) == 0

    assert await world.rows("threads", "id, anchor, state") == once
    assert await stored_at(world, thread_id) == await main_head(world)


async def test_resolved_threads_rest(world: World) -> None:
    await entry_of(world)
    thread_id = await commented(world, QUOTE)
    before = await stored_at(world, thread_id)
    await resolve(world.context, actor=world.reader, thread_id=thread_id)
    await entry_of(world, BODY.replace("Nobody is", "Nobody was"))
    await follow_everywhere(world.context)
    assert await stored_at(world, thread_id) == before


async def test_what_stood_on_a_commit_that_is_gone_is_never_sure(world: World) -> None:
    await entry_of(world)
    await commented(world, QUOTE)
    async with world.store.write() as work:
        (row,) = await threads.list_anchored(work, slug=HUMAN)
        assert row.anchor is not None
        gone = type(row.anchor)(
            quote=row.anchor.quote,
            prefix=row.anchor.prefix,
            suffix=row.anchor.suffix,
            start=row.anchor.start,
            end=row.anchor.end,
            commit=CommitSha("d" * 40),
        )
        await threads.set_anchor(work, id=row.id, anchor=gone)
    assert [told(thread) for thread in await annotations(world)] == [(Certainty.UNCERTAIN, QUOTE)]
