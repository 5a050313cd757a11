"""What happens on a branch is told of as what happens in its pull request, and read by opening either (§15.3)."""

from __future__ import annotations

import dataclasses

import pytest

from services.domain.clock import now
from services.domain.permissions import EditAccess
from services.domain.prose_diff import Span
from services.domain.quoting import Selection
from services.domain.side import Side
from services.store.queries import watches
from services.store.queries.notifications import Filters
from services.store.queries.watches import WatchLevel
from services.usecases.admin_mail import mail_view
from services.usecases.annotate import comment, flag, reply
from services.usecases.branch_access import set_edit_access
from services.usecases.converse import post_to_branch
from services.usecases.decide_pull import merge_pull, withdraw_pull
from services.usecases.inbox import note_opened, unread_of
from services.usecases.post_office import PostOffice
from services.usecases.suggest import suggest
from services.usecases.views.inbox import inbox_view
from services.usecases.views.turns import TurnKind, turns_view
from tests.integration.services.usecases.test_send_mail import Letterbox, Post
from tests.support.annotating import selection
from tests.support.branches import HUMAN, active_rfc, super_draft
from tests.support.pulls import TEXT, changed_branch, open_on, seen
from tests.support.world import World

CHANGED = TEXT.replace("It speaks.\n\n", "")


@pytest.fixture
async def branch(world: World) -> str:
    """A super-draft's branch of the writer's; its name."""
    await super_draft(world, body=TEXT)
    return await changed_branch(world, world, CHANGED)


async def rows(world: World, login: str) -> list[tuple[str, str, str]]:
    """What somebody was told of the branch or its pull request, newest first: act, where, address."""
    view = await inbox_view(world.context, viewer=world.people[login], filters=Filters(slug="human"))
    return [(row.act, row.where, row.path) for row in view.rows if "thread" in row.path or "wrote" in row.act]


async def unread(world: World, login: str) -> int:
    person = world.people[login]
    found = await unread_of(world.context, user_ids=[person.id])
    return found.get(person.id, 0)


async def review(world: World, name: str, *, text: str = "Why?", by: str = "reader") -> int:
    return await comment(
        world.context,
        actor=world.people[by],
        slug=HUMAN,
        branch=name,
        selection=selection("It listens."),
        text=text,
        review=True,
    )


async def test_rows_lead_to_the_pull_request_also_those_from_before_it_was_opened(
    world: World, branch: str
) -> None:
    early = await flag(
        world.context, actor=world.reader, slug=HUMAN, branch=branch, selection=selection("A who."), label="Who?"
    )  # fmt: skip
    before = await rows(world, "writer")
    number = await open_on(world, branch)
    thread = await review(world, branch)
    await reply(world.context, actor=world.reader, thread_id=early, text="Anybody?")

    at = f"/rfc/human/branch/{branch}"
    assert before == [("flagged a passage on your branch", f"Human, {branch}", f"{at}#thread-{early}")]
    pull, where = f"/rfc/human/pr/{number}", f"Human, PR #{number} Say it better"
    assert await rows(world, "writer") == [
        ("replied to a flag on your PR", where, f"{pull}#thread-{early}"),
        ("wrote a review comment on your PR", where, f"{pull}#thread-{thread}"),
        ("flagged a passage on your branch", where, f"{pull}#thread-{early}"),
    ]


async def test_what_a_watcher_is_told_says_what_it_is(world: World, branch: str) -> None:
    await open_on(world, branch)
    async with world.store.write() as work:
        for login in ("moderator", "reviewer"):
            user_id = world.people[login].id
            await watches.set_level(work, user_id=user_id, slug=HUMAN, level=WatchLevel.WATCHING, at=now())

    await review(world, branch, text="@reviewer, see this.")
    await flag(
        world.context, actor=world.reader, slug=HUMAN, branch=branch, selection=selection("A who."), label="Who?"
    )  # fmt: skip
    await post_to_branch(world.context, actor=world.reader, slug=HUMAN, branch=branch, text="Well then.")

    assert [act for act, _, _ in await rows(world, "moderator")] == [
        "wrote in the conversation",
        "flagged a passage",
        "wrote a review comment",
    ]
    assert [act for act, _, _ in await rows(world, "reviewer")][
        2
    ] == "wrote a review comment and mentioned you"


async def test_opening_the_pull_request_or_the_branch_marks_its_rows_read(world: World, branch: str) -> None:
    number = await open_on(world, branch)
    for page in (f"/rfc/human/pr/{number}", f"/rfc/human/branch/{branch}"):
        await review(world, branch)
        await post_to_branch(world.context, actor=world.reader, slug=HUMAN, branch=branch, text="@writer?")
        assert await unread(world, "writer") == 2

        await note_opened(world.context, viewer=world.writer, places=["/rfc/human/pr/99"])
        assert await unread(world, "writer") == 2

        await note_opened(world.context, viewer=world.writer, places=[page])
        assert await unread(world, "writer") == 0


async def test_a_pull_request_of_a_graduated_rfc_is_found_as_well(world: World) -> None:
    own = await active_rfc(world, text=TEXT)
    name = await changed_branch(world, own, CHANGED)
    number = await open_on(world, name)
    await review(world, name)
    assert await unread(world, "writer") == 1

    assert (await rows(world, "writer"))[0][2].startswith(f"/rfc/human/pr/{number}#thread-")
    await note_opened(world.context, viewer=world.writer, places=[f"/rfc/human/pr/{number}"])
    assert await unread(world, "writer") == 0


async def test_removed_words_and_reviews_stay_with_their_pull_request_when_it_is_decided(
    world: World, branch: str
) -> None:
    number = await open_on(world, branch)
    struck = Selection(line=5, before=0, quote="It speaks.", side=Side.BEFORE)
    removed = await comment(
        world.context, actor=world.reader, slug=HUMAN, branch=branch, selection=struck, text="Keep it."
    )
    plain = await comment(
        world.context, actor=world.reader, slug=HUMAN, branch=branch, selection=selection("A who."), text="Who?"
    )  # fmt: skip
    await withdraw_pull(world.context, actor=world.writer, slug=HUMAN, number=number)

    assert [path for _, _, path in await rows(world, "writer")] == [
        f"/rfc/human/branch/{branch}#thread-{plain}",
        f"/rfc/human/pr/{number}#thread-{removed}",
    ]


async def test_what_waits_for_an_answer_leads_there_until_the_pull_request_is_merged(
    world: World, branch: str
) -> None:
    number = await open_on(world, branch)
    thread = await review(world, branch, text="Is *this* `so`?")

    async def answers() -> list[tuple[str, str]]:
        turns = await turns_view(world.context, viewer=world.writer)
        return [(turn.path, turn.text) for turn in turns if turn.kind is TurnKind.ANSWER]

    assert await answers() == [(f"/rfc/human/pr/{number}#thread-{thread}", "Is this so?")]
    sha = (await seen(world, number)).head_sha
    await merge_pull(world.context, actor=world.owner, slug=HUMAN, number=number, seen_sha=sha)
    assert await answers() == []
    assert (await rows(world, "writer"))[-1][2] == f"/rfc/human/pr/{number}#thread-{thread}"


async def test_a_mail_and_the_admins_list_lead_there_too(world: World, branch: str) -> None:
    number = await open_on(world, branch)
    box = Letterbox()
    post = Post(world, dataclasses.replace(world.context, post=PostOffice(transport=box)), box)
    thread = await review(world, branch)

    await post.send()

    (mail,) = [one for one in box.taken if one["To"].startswith("writer")]
    body = mail.get_body(("plain",))
    assert body is not None
    assert f"/rfc/human/pr/{number}#thread-{thread}\n" in body.get_content()
    said = f"Reader Person wrote a review comment on your PR (Human, PR #{number} Say it better)"
    assert mail["Subject"] == said
    view = await mail_view(post.context, viewer=world.owner, who="writer")
    assert [row.path for row in view.page.rows] == [f"/rfc/human/pr/{number}#thread-{thread}"]


async def test_whoever_opened_the_pull_request_of_anothers_branch_is_told_of_reviews(
    world: World, branch: str
) -> None:
    await set_edit_access(
        world.context, actor=world.writer, slug=HUMAN, name=branch, edit_access=EditAccess.ANYONE
    )
    await open_on(world, branch, login="reviewer")

    await review(world, branch)

    assert [act for act, _, _ in await rows(world, "reviewer")][:1] == ["wrote a review comment on your PR"]
    assert [act for act, _, _ in await rows(world, "writer")][:1] == ["wrote a review comment on your branch"]


async def test_a_suggestion_is_told_to_the_branchs_creator_and_the_pull_requests_author_alone(
    world: World, branch: str
) -> None:
    await set_edit_access(
        world.context, actor=world.writer, slug=HUMAN, name=branch, edit_access=EditAccess.ANYONE
    )
    number = await open_on(world, branch, login="reviewer")
    start = CHANGED.index("It listens.")
    for by in ("reader", "writer"):
        await suggest(
            world.context,
            actor=world.people[by],
            slug=HUMAN,
            branch=branch,
            span=Span(start, start + len("It listens.")),
            proposed=f"It hears {by}.",
            reason="Shorter.",
        )

    people = {actor.id: login for login, actor in world.people.items()}
    told = await world.rows("notifications", "kind, user_id, actor_user_id, category, reason")
    assert {(people[row[1]], people[row[2]], *row[3:]) for row in told if row[0] == "suggest_change"} == {
        ("writer", "reader", "personal-direct", "branch"),
        ("reviewer", "reader", "personal-direct", "opener"),
        ("reviewer", "writer", "personal-direct", "opener"),
    }
    view = await inbox_view(world.context, viewer=world.writer, filters=Filters(slug="human"))
    assert [(row.act, row.quote, row.path) for row in view.rows if "suggested" in row.act] == [
        ("suggested a change on your branch", "Shorter.", f"/rfc/human/pr/{number}")
    ]


async def test_a_suggestion_on_main_concerns_nobody(world: World, branch: str) -> None:
    start = TEXT.index("It listens.")
    span = Span(start, start + len("It listens."))
    await suggest(world.context, actor=world.reader, slug=HUMAN, branch=None, span=span, proposed="It hears.")

    assert [row for row in await world.rows("notifications", "kind") if row[0] == "suggest_change"] == []
