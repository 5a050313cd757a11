"""What waits for somebody, in the inbox and in the catalog's “For me” (§7.1, §15.2)."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import event

from services.domain.events import EntryChanged
from services.domain.identifiers import PullNumber
from services.domain.prose_diff import Span
from services.usecases.mail_wishes import mute_person
from services.usecases.rights import set_muted
from services.usecases.state_signals import state_event
from services.usecases.suggest import suggest
from services.usecases.views.reader_marks import reader_marks
from services.usecases.views.turns import TurnKind, TurnView, turns_view
from tests.integration.services.usecases.test_whereabouts import review
from tests.support.branches import HUMAN, active_rfc
from tests.support.pulls import TEXT, changed_branch, commit_on, open_on
from tests.support.world import World, eventually


@pytest.fixture
async def own(world: World) -> World:
    """An RFC that the reviewer owns, as a world of its own repository."""
    return await active_rfc(world, text=TEXT)


async def opened(world: World, own: World) -> PullNumber:
    """The writer's pull request."""
    name = await changed_branch(world, own, TEXT.replace("speaks", "sings"))
    return await open_on(world, name)


async def turns(world: World, login: str) -> list[TurnView]:
    return list(await turns_view(world.context, viewer=world.people[login]))


async def for_me(world: World, login: str) -> set[str]:
    return set((await reader_marks(world.context, viewer=world.people[login])).waiting)


async def contradicted(world: World, own: World) -> None:
    """Main says something else where the pull request does, and that was noticed."""
    await commit_on(own, "main", TEXT.replace("speaks", "shouts"))
    await world.context.refresher.nudge(own.meta)
    await state_event(world.context, EntryChanged(HUMAN))

    async def told() -> bool:
        return "pull_conflicting" in [row[0] for row in await world.rows("notifications", "kind")]

    await eventually(told)


async def test_a_pull_request_waits_for_its_arbiters_and_the_catalog_says_so(
    world: World, own: World
) -> None:
    number = await opened(world, own)

    (turn,) = await turns(world, "reviewer")
    assert (turn.kind, turn.who, turn.path) == (
        TurnKind.MERGE, "Writer Person", f"/rfc/human/pr/{number}",
    )  # fmt: skip
    assert await turns(world, "writer") == []
    assert [await for_me(world, login) for login in ("reviewer", "moderator", "writer", "reader")] == [
        {"human"}, {"human"}, set(), set(),
    ]  # fmt: skip


async def test_one_that_contradicts_main_waits_for_its_author_and_nobody_is_told_to_merge_it(
    world: World, own: World
) -> None:
    number = await opened(world, own)
    await contradicted(world, own)

    for login, who in (("writer", ""), ("reviewer", "Writer Person")):
        (turn,) = await turns(world, login)
        assert (turn.kind, turn.who, turn.path) == (TurnKind.CONFLICT, who, f"/rfc/human/pr/{number}")
        assert await for_me(world, login) == {"human"}


async def test_nothing_waits_to_be_done_by_who_may_not_write(world: World, own: World) -> None:
    name = await changed_branch(world, own, TEXT.replace("speaks", "sings"))
    passage = Span(0, len(TEXT.split()[0]))
    await suggest(
        world.context, actor=world.reader, slug=HUMAN, branch=name, span=passage, proposed="Otherwise"
    )
    await open_on(world, name)
    await contradicted(world, own)
    assert {turn.kind for turn in await turns(world, "writer")} == {TurnKind.CARDS, TurnKind.CONFLICT}

    await set_muted(world.context, actor=world.owner, subject_id=world.writer.id, muted=True)

    muted = await world.again("writer")
    assert await turns_view(world.context, viewer=muted) == ()
    assert set((await reader_marks(world.context, viewer=muted)).waiting) == set()


async def test_an_answer_that_is_awaited_counts_in_the_catalog_too(world: World, own: World) -> None:
    name = await changed_branch(world, own, TEXT.replace("speaks", "sings"))
    await review(world, name)

    assert [turn.kind for turn in await turns(world, "writer")] == [TurnKind.ANSWER]
    assert await for_me(world, "writer") == {"human"}


async def test_what_muted_people_say_waits_for_nobody_who_mutes_them_but_what_is_to_be_decided_does(
    world: World, own: World
) -> None:
    number = await opened(world, own)
    ((name,),) = await world.rows("cached_prs", "head_branch")
    await review(world, name)
    assert (len(await turns(world, "writer")), len(await turns(world, "reviewer"))) == (1, 1), number

    await mute_person(world.context, actor=world.writer, login="reader")
    await mute_person(world.context, actor=world.reviewer, login="writer")

    assert await turns(world, "writer") == []
    assert [turn.kind for turn in await turns(world, "reviewer")] == [TurnKind.MERGE]
    assert [await for_me(world, login) for login in ("writer", "reviewer")] == [set(), {"human"}]


async def test_the_marks_of_many_entries_cost_no_question_more_than_those_of_one(
    world: World, own: World
) -> None:
    async def asked() -> int:
        await for_me(world, "reviewer")  # the catalog itself is read once
        count = 0

        def note(*_: object) -> None:
            nonlocal count
            count += asyncio.current_task() is mine  # and not what follows the entries meanwhile

        mine = asyncio.current_task()
        engine = world.store._engines.read.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        await for_me(world, "reviewer")
        event.remove(engine, "before_cursor_execute", note)
        return count

    await opened(world, own)
    few = await asked()
    for number in range(12):
        world.write_entry(f"more-{number}", owners=("reviewer",))
    await world.context.refresher.sweep()

    assert len(await for_me(world, "reviewer")) == 13
    assert await asked() == few
