"""The conversation of a branch: who may write, what is unread, whom one can mention (§8.4)."""

from __future__ import annotations

import pytest

from services.domain.branch import Visibility
from services.domain.errors import Forbidden, Invalid, Muted, NotFound, NotSignedIn, RateLimited
from services.domain.events import MessagePosted
from services.domain.identifiers import MessageId
from services.domain.trailers import new_operation_id
from services.store.queries import events
from services.usecases.branch_access import close, set_visibility
from services.usecases.converse import post_to_branch, post_to_entry
from services.usecases.rate_limits import Limited, RateLimits
from services.usecases.rights import set_muted
from services.usecases.views.talk import TalkView, mark_seen, people_beginning, talk_view
from tests.support.branches import HUMAN
from tests.support.cards import Desk, desk
from tests.support.world import World


async def said(made: Desk, text: str, login: str = "writer") -> MessageId:
    context, actor = made.world.context, made.world.people[login]
    return await post_to_branch(context, actor=actor, slug=HUMAN, branch=made.name, text=text)


async def talk(made: Desk, login: str = "") -> TalkView:
    viewer = made.world.people[login] if login else None
    return await talk_view(made.world.context, viewer=viewer, slug=HUMAN, branch=made.name)


def words(view: TalkView) -> list[str]:
    return [message.body for message in view.thread.messages if message.kind == "person"]


async def test_each_branch_has_a_chat_of_its_own(world: World) -> None:
    made = await desk(world)

    await said(made, "On the branch.")
    await post_to_entry(world.context, actor=world.reader, slug=HUMAN, text="On main.")

    main = await talk_view(world.context, viewer=None, slug=HUMAN, branch=None)
    assert (words(await talk(made)), words(main)) == (["On the branch."], ["On main."])


async def test_a_message_is_told_to_the_branchs_page(world: World) -> None:
    made = await desk(world)
    async with world.store.read() as work:
        start = await events.last_id(work)

    message = await said(made, "Hm.")

    thread = (await talk(made)).thread.id
    assert thread is not None
    async with world.store.read() as work:
        told = [(row.topic, row.event) for row in await events.after(work, id=start)]
    posted = MessagePosted(thread, message, slug=HUMAN, branch=made.name)
    assert (f"branch:human/{made.name}", posted) in told


async def test_the_same_message_sent_twice_stands_once(world: World) -> None:
    made, op_id = await desk(world), new_operation_id()

    for _ in range(2):
        await post_to_branch(
            world.context, actor=world.reader, slug=HUMAN, branch=made.name, text="Hm.", op_id=op_id
        )

    assert words(await talk(made)) == ["Hm."]


async def test_a_closed_branchs_chat_can_only_be_read(world: World) -> None:
    made = await desk(world)
    await said(made, "Before.")
    await close(world.context, actor=world.writer, slug=HUMAN, name=made.name)

    with pytest.raises(Forbidden):
        await said(made, "After.")

    view = await talk(made, "writer")
    assert words(view) == ["Before."]
    assert (
        view.talk.why_not
        == view.ask.why_not
        == ("This branch is closed. Whoever may change its settings can reopen it.")
    )


async def test_strangers_and_muted_people_read_and_do_not_write(world: World) -> None:
    made = await desk(world)
    await set_muted(world.context, actor=world.owner, subject_id=world.reader.id, muted=True)

    with pytest.raises(Muted):
        await said(made, "Hm.", "reader")
    with pytest.raises(NotSignedIn):
        await post_to_branch(world.context, actor=None, slug=HUMAN, branch=made.name, text="Hm.")

    assert (await talk(made)).talk.why_not == "Sign in to write here."
    assert words(await talk(made)) == []


async def test_a_private_branchs_chat_is_not_there_for_others(world: World) -> None:
    made = await desk(world)
    await said(made, "Between us.")
    await set_visibility(
        world.context, actor=world.writer, slug=HUMAN, name=made.name, visibility=Visibility.PRIVATE
    )

    with pytest.raises(NotFound):
        await said(made, "Hm.", "reader")
    with pytest.raises(NotFound):
        await talk(made, "reader")

    assert words(await talk(made, "reviewer")) == ["Between us."]


async def test_what_came_since_somebody_looked_is_marked_as_unread(world: World) -> None:
    made = await desk(world)
    first = await said(made, "One.")
    at_first = (await talk(made, "reader")).unread_after
    thread = (await talk(made)).thread.id
    assert thread is not None
    await mark_seen(world.context, viewer=world.reader, thread_id=thread, message_id=first)
    read = (await talk(made, "reader")).unread_after

    await said(made, "Two.")

    assert (at_first, read) == (None, None)
    assert (await talk(made, "reader")).unread_after == first


async def test_people_are_found_by_the_beginning_of_login_or_name(world: World) -> None:
    async def found(text: str, login: str = "reader") -> list[str]:
        viewer = world.people[login] if login else None
        return [one.login for one in await people_beginning(world.context, viewer=viewer, text=text)]

    assert await found("re") == ["reader", "reviewer"]
    assert await found("Moderator P") == ["moderator"]
    assert await found("%") == []
    assert await found("re", "") == []


@pytest.mark.parametrize("text", ["", " \n", "x" * 20_001, "a\0b"])
async def test_what_is_no_message_is_refused(world: World, text: str) -> None:
    made = await desk(world)

    with pytest.raises(Invalid):
        await said(made, text)


async def test_too_many_messages_are_refused(world: World) -> None:
    made = await desk(world)
    object.__setattr__(world.context, "limits", RateLimits({Limited.COMMENT: "1 per hour"}))
    await said(made, "One.")

    with pytest.raises(RateLimited):
        await said(made, "Two.")
