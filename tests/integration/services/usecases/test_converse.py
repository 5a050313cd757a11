"""Conversation under ideas and entries (§8.4, §9.1, §9.3)."""

from __future__ import annotations

import pytest

from services.domain.errors import Invalid, NotFound, RateLimited
from services.domain.events import Event, MessagePosted
from services.domain.identifiers import PullNumber, Slug
from services.domain.trailers import new_operation_id
from services.store.queries import events
from services.usecases.converse import post_to_entry, post_to_idea
from services.usecases.decide_idea import merge
from services.usecases.rate_limits import Limited, RateLimits
from services.usecases.views.entry import entry_view
from services.usecases.views.idea import idea_view
from tests.support.world import World


async def told(world: World) -> list[Event]:
    async with world.store.read() as work:
        stored = await events.after(work, id=0)
    return list(dict.fromkeys(row.event for row in stored if isinstance(row.event, MessagePosted)))


async def test_what_people_write_is_shown_in_order_with_who_wrote_it(world: World) -> None:
    number = (await world.propose(slug="silence")).number

    await post_to_idea(world.context, actor=world.reviewer, number=number, text=" I want this.\n")
    await post_to_idea(world.context, actor=world.writer, number=number, text="**Thanks.**")

    thread = (await idea_view(world.context, viewer=world.writer, number=number)).thread
    assert [(m.author.name if m.author else None, m.body, m.by_viewer) for m in thread.messages] == [
        ("Reviewer Person", "I want this.", False),
        ("Writer Person", "**Thanks.**", True),
    ]


async def test_an_open_ideas_message_is_told_to_its_page_only(world: World) -> None:
    number = (await world.propose(slug="silence")).number

    message = await post_to_idea(world.context, actor=world.reader, number=number, text="Hm.")

    thread = (await idea_view(world.context, viewer=None, number=number)).thread
    assert thread.id is not None
    assert await told(world) == [MessagePosted(thread.id, message, slug=None, number=number)]


async def test_the_same_message_sent_twice_stands_once(world: World) -> None:
    number = (await world.propose(slug="silence")).number
    op_id = new_operation_id()

    first = await post_to_idea(world.context, actor=world.reader, number=number, text="Hm.", op_id=op_id)
    second = await post_to_idea(world.context, actor=world.reader, number=number, text="Hm.", op_id=op_id)

    assert first == second
    assert len(await told(world)) == 1
    kinds = [kind for (kind,) in await world.rows("actions", "action_kind")]
    assert kinds.count("post_message") == 1


async def test_idea_and_entry_share_one_conversation_after_the_merge_wherever_it_began(world: World) -> None:
    number = (await world.propose(slug="silence")).number
    await merge(world.context, actor=world.owner, number=number)

    await post_to_entry(world.context, actor=world.reader, slug=Slug("silence"), text="On the entry.")
    await post_to_idea(world.context, actor=world.writer, number=number, text="On the idea.")

    entry = await entry_view(world.context, viewer=None, slug=Slug("silence"))
    idea = await idea_view(world.context, viewer=None, number=number)
    assert [message.body for message in entry.thread.messages] == ["On the entry.", "On the idea."]
    assert idea.thread == entry.thread
    assert {
        (event.slug, event.number) for event in await told(world) if isinstance(event, MessagePosted)
    } == {("silence", number)}


async def test_an_entry_that_was_never_an_idea_has_a_conversation_too(world: World) -> None:
    world.write_entry("human", "Human")
    await world.context.refresher.sweep()

    await post_to_entry(world.context, actor=world.reader, slug=Slug("human"), text="Hello.")

    entry = await entry_view(world.context, viewer=world.reader, slug=Slug("human"))
    assert [message.body for message in entry.thread.messages] == ["Hello."]


async def test_writing_makes_one_watch(world: World) -> None:
    number = (await world.propose("writer", slug="silence")).number

    await post_to_idea(world.context, actor=world.reader, number=number, text="Hm.")

    assert await world.rows("watches", "user_id, rfc_slug, level") == sorted(
        [(world.writer.id, "silence", "watching"), (world.reader.id, "silence", "watching")], key=repr
    )


@pytest.mark.parametrize("text", ["", " \n\t", "x" * 20_001, "a\0b"])
async def test_what_is_no_message_is_refused(world: World, text: str) -> None:
    number = (await world.propose(slug="silence")).number

    with pytest.raises(Invalid) as refused:
        await post_to_idea(world.context, actor=world.reader, number=number, text=text)

    assert refused.value.field == "message"


async def test_unknown_places_are_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        await post_to_idea(world.context, actor=world.reader, number=PullNumber(4711), text="Hm.")
    with pytest.raises(NotFound):
        await post_to_entry(world.context, actor=world.reader, slug=Slug("nothing"), text="Hm.")


async def test_too_many_messages_are_refused(world: World) -> None:
    number = (await world.propose(slug="silence")).number
    object.__setattr__(world.context, "limits", RateLimits({Limited.COMMENT: "1 per hour"}))
    await post_to_idea(world.context, actor=world.reader, number=number, text="One.")

    with pytest.raises(RateLimited):
        await post_to_idea(world.context, actor=world.reader, number=number, text="Two.")
