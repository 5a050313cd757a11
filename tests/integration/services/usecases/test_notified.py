"""What stands beside a button, “will notify 14”, is how many people are told when it is pressed (§15)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from services.domain.audit import ActionKind
from services.domain.clock import now
from services.domain.identifiers import PullNumber, Slug
from services.store.queries import mutes, watches
from services.store.queries.watches import WatchLevel
from services.usecases.claim import claim
from services.usecases.converse import post_to_idea
from services.usecases.decide_idea import merge
from services.usecases.decide_metadata import merge_metadata
from services.usecases.decide_pull import merge_pull
from services.usecases.views.graduation import graduation_offer
from services.usecases.views.idea import idea_view
from services.usecases.views.meta_pull import meta_pull_view
from services.usecases.views.notified import will_notify
from tests.support.branches import HUMAN, super_draft
from tests.support.pulls import changed_branch, open_on, seen
from tests.support.world import World, eventually

SOUL = Slug("soul")
TEXT = "# Human\n\nA who.\n"


async def people_told(world: World, kind: str) -> int:
    return sum(row[0] == kind for row in await world.rows("notifications", "kind, id"))


async def test_each_button_says_how_many_people_its_act_then_tells(world: World) -> None:
    context = world.context

    async def compare(said: int, kind: ActionKind, act: Callable[[], Awaitable[object]]) -> int:
        await act()
        assert (said, kind) == (await people_told(world, kind), kind)
        return said

    said = await will_notify(context, viewer=world.writer, kind=ActionKind.PROPOSE_IDEA)
    assert await compare(said, ActionKind.PROPOSE_IDEA, lambda: world.propose("writer", slug="soul")) == 2

    number = PullNumber(1)
    await post_to_idea(context, actor=world.reviewer, number=number, text="Fine.")
    said = (await idea_view(context, viewer=world.owner, number=number)).notifies
    merging = lambda: merge(context, actor=world.owner, number=number)  # noqa: E731
    assert await compare(said, ActionKind.MERGE_IDEA, merging) == 2  # whoever proposed, and who wrote

    asked = await claim(context, actor=world.reader, slug=SOUL)
    said = (await meta_pull_view(context, viewer=world.moderator, slug=SOUL, number=asked.number)).notifies
    merging = lambda: merge_metadata(context, actor=world.moderator, slug=SOUL, number=asked.number)  # noqa: E731
    assert await compare(said, ActionKind.MERGE_CLAIM, merging) >= 2


async def test_a_pull_request_and_a_graduation_count_watchers_but_nobody_who_muted(world: World) -> None:
    await super_draft(world, body=TEXT)
    await eventually(lambda: people_told(world, "graduation_ready"))
    async with world.store.write() as work:
        for login in ("reader", "moderator", "owner"):
            person = world.people[login].id
            await watches.set_level(work, user_id=person, slug=HUMAN, level=WatchLevel.FOLLOWING, at=now())
        await mutes.add(work, user_id=world.owner.id, muted_user_id=world.writer.id, at=now())
    name = await changed_branch(world, world, TEXT + "\nMore.\n")

    said = await will_notify(world.context, viewer=world.writer, kind=ActionKind.OPEN_PULL, slug=HUMAN)
    number = await open_on(world, name)
    assert (said, await people_told(world, "open_pull")) == (3, 3)  # reviewer, reader, moderator

    view = await seen(world, number, "reviewer")
    assert (await seen(world, number, "reader")).notifies == 0
    await merge_pull(world.context, actor=world.reviewer, slug=HUMAN, number=number)
    assert (view.notifies, await people_told(world, "merge_pull")) == (4, 4)

    offer = await graduation_offer(world.context, viewer=world.reviewer, slug=HUMAN)
    assert offer.notifies == 4  # writer, reader, moderator, owner
    assert await will_notify(world.context, viewer=None, kind=ActionKind.MERGE_PULL, slug=HUMAN) == 0
