"""The inbox (§15.2) and what one follows (§15.6): rows by several filters at once, and watches that decay."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from components.inbox import inbox_html
from components.notification_settings import settings_html
from services.domain.clock import now
from services.domain.errors import Invalid
from services.domain.identifiers import Slug
from services.domain.routing import Category
from services.store.queries.notifications import Filters
from services.store.queries.watches import WatchLevel
from services.usecases.converse import post_to_idea
from services.usecases.digest import let_watches_decay
from services.usecases.inbox import mark_read, set_watch, unread_of, watched_view
from services.usecases.mail_wishes import mute_person, unmute_person, wishes_view
from services.usecases.views.inbox import inbox_view
from tests.support.world import World


async def acts_of(world: World, filters: Filters) -> list[str]:
    """What the writer's inbox shows, newest first."""
    view = await inbox_view(world.context, viewer=world.writer, filters=filters)
    return [row.quote for row in view.rows]


async def levels(world: World, login: str) -> dict[str, WatchLevel]:
    """What somebody watches, and how closely."""
    watched = await watched_view(world.context, viewer=world.people[login])
    return {one.slug: one.level for one in watched}


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
    unread = await unread_of(world.context, user_ids=[world.writer.id])
    assert unread == {world.writer.id: 2}


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
    assert await levels(world, "writer") == {
        "soul": WatchLevel.FOLLOWING,
        "voice": WatchLevel.MUTED,
        "care": WatchLevel.FOLLOWING,
    }
    assert await levels(world, "reader") == {"soul": WatchLevel.WATCHING}
    assert await let_watches_decay(world.context, at=later + timedelta(minutes=5)) == 0


async def test_what_somebody_did_is_hidden_while_they_are_muted_and_back_unread_afterwards(
    world: World,
) -> None:
    number = (await world.propose("writer", slug="soul", title="Soul")).number
    for who, words in ((world.reader, "One"), (world.reviewer, "Two")):
        await post_to_idea(world.context, actor=who, number=number, text=words)

    async def shown() -> tuple[list[str], int, list[str], int]:
        view = await inbox_view(world.context, viewer=world.writer, filters=Filters())
        counted = (await unread_of(world.context, user_ids=[world.writer.id]))[world.writer.id]
        return [row.quote for row in view.rows], view.unread, [one.label for one in view.people], counted

    before = await shown()
    event = await world.newest_event()
    await mute_person(world.context, actor=world.writer, login="reader")
    assert await world.newest_event() > event  # open pages are told
    while_muted = await shown()
    await unmute_person(world.context, actor=world.writer, user_id=world.reader.id)

    assert while_muted == (["Two"], 1, ["Reviewer Person"], 1)
    assert before[0] == ["Two", "One"]
    assert await shown() == before


async def test_marking_all_read_leaves_what_is_hidden_unread(world: World) -> None:
    number = (await world.propose("writer", slug="soul", title="Soul")).number
    await post_to_idea(world.context, actor=world.reader, number=number, text="One")
    await mute_person(world.context, actor=world.writer, login="reader")

    assert await mark_read(world.context, actor=world.writer, filters=Filters()) == 0
    assert await unread_of(world.context, user_ids=[world.writer.id]) == {}


async def test_each_choice_counts_what_it_would_show_beside_the_other_filters(world: World) -> None:
    soul = (await world.propose("writer", slug="soul", title="Soul")).number
    voice = (await world.propose("writer", slug="voice", title="Voice")).number
    for number, who in ((soul, world.reader), (soul, world.reviewer), (voice, world.reader)):
        await post_to_idea(world.context, actor=who, number=number, text="Why?")

    view = await inbox_view(world.context, viewer=world.writer, filters=Filters(slug="soul"))

    assert {one.value: one.count for one in view.rfcs} == {"soul": 2, "voice": 1}
    assert {one.label: one.count for one in view.people} == {"Reader Person": 1, "Reviewer Person": 1}
    assert (dict(view.categories), view.unread) == ({Category.PERSONAL_DIRECT: 2}, 2)
    await mark_read(world.context, actor=world.writer, filters=Filters(actor_id=world.reviewer.id))
    view = await inbox_view(world.context, viewer=world.writer, filters=Filters(unread=True, slug="soul"))
    assert ({one.label: one.count for one in view.people}, view.unread) == ({"Reader Person": 1}, 1)


async def test_what_is_chosen_stays_to_be_taken_back_where_it_shows_nothing(world: World) -> None:
    soul = (await world.propose("writer", slug="soul", title="Soul")).number
    await post_to_idea(world.context, actor=world.reader, number=soul, text="Why?")
    direct = Category.PERSONAL_DIRECT
    chosen = Filters(unread=True, slug="soul", category=direct, actor_id=world.reader.id)
    await mark_read(world.context, actor=world.writer, filters=Filters())

    view = await inbox_view(world.context, viewer=world.writer, filters=chosen)
    found = chips(inbox_html(view, (), now=now()))

    assert found == {
        "Unread 0": f"/inbox?rfc=soul&category={direct}&person={world.reader.id}",
        "To you directly 0": f"/inbox?unread=1&rfc=soul&person={world.reader.id}",
        "soul 0": f"/inbox?unread=1&category={direct}&person={world.reader.id}",
        "Reader Person 0": f"/inbox?unread=1&rfc=soul&category={direct}",
        "Show all": "/inbox",
    }


def chips(html: str) -> dict[str, str]:
    """The filters that are offered, and where each leads."""
    return {
        text: unescape(to) for to, text in re.findall(r'class="r-filter" href="([^"]*)"[^>]*>([^<]*)<', html)
    }


async def test_a_watched_idea_is_on_the_list_under_its_title_and_can_be_muted(world: World) -> None:
    world.write_entry("care", "Care")
    await world.context.refresher.sweep()
    await set_watch(world.context, actor=world.writer, slug=Slug("care"), level=WatchLevel.FOLLOWING)
    number = (await world.propose("writer", slug="soul", title="Soul")).number

    await set_watch(world.context, actor=world.writer, slug=Slug("soul"), level=WatchLevel.MUTED)
    await set_watch(world.context, actor=world.writer, slug=Slug("nothing"), level=WatchLevel.MUTED)

    watched = await watched_view(world.context, viewer=world.writer)
    assert [(one.title, one.path, one.level) for one in watched] == [
        ("Care", "/rfc/care", WatchLevel.FOLLOWING),
        ("Soul", f"/proposal/{number}", WatchLevel.MUTED),
    ]


async def test_a_person_is_muted_by_a_name_that_is_theirs_alone(world: World) -> None:
    await mute_person(world.context, actor=world.writer, login=" reader person")
    view = await wishes_view(world.context, viewer=world.writer)
    assert [one.login for one in view.muted] == ["reader"]

    await world.run_sql(
        "UPDATE users SET display_name = 'Two Faces' WHERE gitea_login IN ('owner', 'reviewer')"
    )
    for name, why in (("Two Faces", "Several people"), ("Nobody", "Nobody"), ("Writer Person", "yourself")):
        with pytest.raises(Invalid, match=why):
            await mute_person(world.context, actor=world.writer, login=name)


async def test_mail_for_admins_is_offered_to_those_who_are_and_a_watched_idea_links_to_where_it_is(
    world: World,
) -> None:
    number = (await world.propose("writer", slug="soul", title="Soul")).number
    pages = {}
    for login in ("writer", "moderator", "owner"):
        viewer = world.people[login]
        watched = await watched_view(world.context, viewer=viewer)
        pages[login] = settings_html(await wishes_view(world.context, viewer=viewer), watched)

    assert {login: "For admins" in page for login, page in pages.items()} == {
        "writer": False,
        "moderator": True,
        "owner": True,
    }
    assert f'<a href="/proposal/{number}">Soul</a>' in pages["writer"]
