"""The inbox (§15.2) and what one follows (§15.6): rows by several filters at once, and watches that decay."""

from __future__ import annotations

from datetime import timedelta

from services.domain.clock import now
from services.domain.identifiers import Slug
from services.domain.routing import Category
from services.store.queries.notifications import Filters
from services.store.queries.watches import WatchLevel
from services.usecases.converse import post_to_idea
from services.usecases.digest import let_watches_decay
from services.usecases.inbox import mark_read, set_watch, unread_counts, watch_levels
from services.usecases.views.inbox import inbox_view
from tests.support.world import World


async def acts_of(world: World, filters: Filters) -> list[str]:
    """What the writer's inbox shows, newest first."""
    view = await inbox_view(world.context, viewer=world.writer, filters=filters)
    return [row.quote for row in view.rows]


async def test_filters_are_combined_and_only_what_they_show_is_marked(world: World) -> None:
    soul = (await world.propose("writer", slug="soul", title="Soul")).number
    voice = (await world.propose("writer", slug="voice", title="Voice")).number
    for number, who, words in (
        (soul, world.reader, "One"),
        (soul, world.reviewer, "Two"),
        (voice, world.reader, "Three"),
        (soul, world.reader, "Four"),
    ):
        await post_to_idea(world.context, actor=who, number=number, text=words)
    reader, direct = world.reader.id, Category.PERSONAL_DIRECT
    of_both = Filters(unread=True, slug="soul", category=direct, actor_id=reader)

    shown = await acts_of(world, of_both)
    marked = await mark_read(world.context, actor=world.writer, filters=of_both)

    assert shown == ["Four", "One"]
    assert marked == 2
    assert await acts_of(world, of_both) == []
    assert await acts_of(world, Filters(slug="soul", actor_id=reader)) == ["Four", "One"]
    assert await acts_of(world, Filters(unread=True)) == ["Three", "Two"]
    counts = await unread_counts(world.context, user_ids=[world.writer.id])
    assert counts == {world.writer.id: 2}


async def test_as_many_rows_are_shown_as_were_asked_for_and_whether_there_are_older_ones(
    world: World,
) -> None:
    number = (await world.propose("writer", slug="soul", title="Soul")).number
    for words in ("One", "Two", "Three"):
        await post_to_idea(world.context, actor=world.reader, number=number, text=words)
    of_soul = Filters(slug="soul")

    shown = {
        limit: await inbox_view(world.context, viewer=world.writer, filters=of_soul, limit=limit)
        for limit in (2, 3)
    }

    assert {limit: ([row.quote for row in view.rows], view.older) for limit, view in shown.items()} == {
        2: (["Three", "Two"], True),
        3: (["Three", "Two", "One"], False),
    }


async def test_after_ninety_days_without_an_act_watching_becomes_following(world: World) -> None:
    for slug in ("soul", "voice", "care"):
        world.write_entry(slug)
    await world.context.refresher.nudge(world.meta)
    for login, slug, level in (
        ("writer", "soul", WatchLevel.WATCHING),
        ("writer", "voice", WatchLevel.MUTED),
        ("writer", "care", WatchLevel.FOLLOWING),
        ("reader", "soul", WatchLevel.WATCHING),
    ):
        await set_watch(world.context, actor=world.people[login], slug=Slug(slug), level=level)
    later = now() + timedelta(days=90)

    too_early = await let_watches_decay(world.context, at=later - timedelta(minutes=5))
    await world.run_sql(
        f"UPDATE watches SET last_act_at = '{later - timedelta(days=1):%Y-%m-%d %H:%M:%S}+00:00'"
        f" WHERE user_id = {world.reader.id}"
    )
    decayed = await let_watches_decay(world.context, at=later + timedelta(minutes=5))

    assert (too_early, decayed) == (0, 1)
    assert await watch_levels(world.context, viewer=world.writer) == {
        "soul": WatchLevel.FOLLOWING,
        "voice": WatchLevel.MUTED,
        "care": WatchLevel.FOLLOWING,
    }
    assert await watch_levels(world.context, viewer=world.reader) == {"soul": WatchLevel.WATCHING}
    assert await let_watches_decay(world.context, at=later + timedelta(minutes=5)) == 0
