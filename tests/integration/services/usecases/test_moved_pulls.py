"""Pull requests of the meta repository whose entry has been graduated since: what leads to them (§10)."""

from __future__ import annotations

import dataclasses

import pytest

from services.domain.branch import Visibility
from services.domain.identifiers import PullNumber
from services.store.queries.notifications import Filters
from services.usecases.admin_mail import mail_view
from services.usecases.branch_access import set_visibility
from services.usecases.decide_pull import withdraw_pull
from services.usecases.inbox import note_opened
from services.usecases.known_pull import moved_to
from services.usecases.post_office import PostOffice
from services.usecases.views.inbox import inbox_view
from tests.integration.services.usecases.test_send_mail import Letterbox, Post
from tests.support.branches import HUMAN, active_rfc, super_draft
from tests.support.pulls import TEXT, changed_branch, open_on
from tests.support.world import World


@pytest.fixture
async def post(world: World) -> Post:
    """The reviewer was told of the writer's pull request on a super-draft."""
    box = Letterbox()
    context = dataclasses.replace(world.context, post=PostOffice(transport=box))
    await super_draft(world)
    await open_on(world, await changed_branch(world, world, TEXT))
    return Post(world, context, box)


async def leads_to(world: World) -> list[tuple[str, bool]]:
    """Where the rows of the reviewer's inbox lead, newest first, and whether they are unread."""
    view = await inbox_view(world.context, viewer=world.reviewer, filters=Filters())
    return [(row.path, row.unread) for row in view.rows]


async def test_a_row_leads_to_where_the_pull_request_is_now(post: Post) -> None:
    world = post.world
    before = await leads_to(world)

    own = await active_rfc(world)
    await open_on(world, await changed_branch(world, own, "# Human\n\nMore.\n"))

    assert before == [("/rfc/human/pr/1", True)]
    assert await leads_to(world) == [("/rfc/human/pr/1", True), ("/rfc/human/meta/1", True)]


async def test_opening_its_page_marks_the_row_read_and_no_other(post: Post) -> None:
    world = post.world
    own = await active_rfc(world)
    await open_on(world, await changed_branch(world, own, "# Human\n\nMore.\n"))

    await note_opened(world.context, viewer=world.reviewer, places=["/rfc/human/meta/1"])

    assert await leads_to(world) == [("/rfc/human/pr/1", True), ("/rfc/human/meta/1", False)]


async def test_a_mail_and_the_admins_list_of_mails_lead_there_too(post: Post) -> None:
    await active_rfc(post.world)

    await post.send()

    (mail,) = [one for one in post.box.taken if one["To"].startswith("reviewer")]
    body = mail.get_body(("plain",))
    assert body is not None
    assert "/rfc/human/meta/1\n" in body.get_content()
    view = await mail_view(post.context, viewer=post.world.owner, who="reviewer")
    assert [row.path for row in view.page.rows] == ["/rfc/human/meta/1"]


async def test_an_earlier_address_leads_on_unless_the_rfc_has_such_a_pull_request_of_its_own(
    post: Post,
) -> None:
    world = post.world

    async def moved(number: int = 1, *, meta: bool = False) -> str | None:
        async with world.store.read() as work:
            return await moved_to(
                work, world.meta, slug=HUMAN, number=PullNumber(number), viewer=None, meta=meta
            )

    as_super_draft = [await moved(), await moved(meta=True)]
    own = await active_rfc(world)
    as_active = [await moved(), await moved(meta=True), await moved(2)]
    await open_on(world, await changed_branch(world, own, "# Human\n\nMore.\n"))

    assert as_super_draft == [None, "/rfc/human/pr/1"]
    assert as_active == ["/rfc/human/meta/1", None, None]
    assert await moved() is None


async def test_an_earlier_address_of_what_is_private_says_nothing(post: Post) -> None:
    world = post.world
    await withdraw_pull(world.context, actor=world.writer, slug=HUMAN, number=PullNumber(1))
    ((name,),) = await world.rows("cached_prs", "head_branch")
    await set_visibility(
        world.context, actor=world.writer, slug=HUMAN, name=name, visibility=Visibility.PRIVATE
    )
    await active_rfc(world)

    async with world.store.read() as work:
        found = [
            await moved_to(work, world.meta, slug=HUMAN, number=PullNumber(1), viewer=viewer, meta=False)
            for viewer in (None, world.writer)
        ]

    assert found == [None, "/rfc/human/meta/1"]
