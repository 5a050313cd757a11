"""Deciding on ideas (§9.3), on a real forge: merge, decline, withdraw, and whoever gets in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from services.domain.actors import Actor, Role
from services.domain.errors import Conflict, Forbidden, Invalid, Muted, NotFound, NotSignedIn, ProductError
from services.domain.identifiers import CommitSha, PullNumber, Slug
from services.domain.pull import PullState
from services.domain.trailers import on_behalf_of_login, parse_trailers
from services.usecases.converse import post_to_idea
from services.usecases.decide_idea import MOVED, decline, merge, withdraw
from services.usecases.propose import slug_problem
from services.usecases.rights import set_muted, set_role
from services.usecases.views.catalog import catalog_view
from services.usecases.views.entry import entry_view
from services.usecases.views.idea import idea_view
from tests.support.world import World


async def test_a_merged_idea_is_a_super_draft_for_everyone_with_its_discussion(world: World) -> None:
    number = (await world.propose(slug="silence", title="Silence", pitch="Why.", tags="core")).number
    await post_to_idea(world.context, actor=world.reviewer, number=number, text="I want this.")

    await merge(world.context, actor=world.moderator, number=number)

    view = await catalog_view(world.context)
    entry = await entry_view(world.context, viewer=None, slug=Slug("silence"))
    idea = await idea_view(world.context, viewer=world.writer, number=number)
    assert ([row.slug for row in view.rows], view.ideas) == (["silence"], ())
    assert (entry.title, entry.state, entry.body, entry.tags) == (
        "Silence",
        "super-draft",
        "Why.\n",
        ("core",),
    )
    assert [message.body for message in entry.thread.messages] == ["I want this."]
    assert entry.thread.id == idea.thread.id
    assert idea.state is PullState.MERGED
    assert idea.decision is not None
    assert idea.decision.by is not None
    assert idea.decision.by.name == "Moderator Person"


async def test_the_merge_commit_names_the_merger_and_the_record_has_one_row(world: World) -> None:
    number = (await world.propose(slug="silence")).number

    await merge(world.context, actor=world.owner, number=number)

    sha = world.pulls_on_gitea()[0]["merge_commit_sha"]
    message = world.api("GET", f"git/commits/{sha}")["commit"]["message"]
    assert on_behalf_of_login(message) == "owner"
    actions = await world.rows("actions", "on_behalf_of, action_kind, pr_number, op_id")
    (merged,) = [row for row in actions if row[1] == "merge_idea"]
    assert merged == ("owner", "merge_idea", number, parse_trailers(message)["RFC-Op"])
    assert await world.rows("slug_reservations") == []


async def test_two_admins_merging_at_once_one_merges_and_the_other_is_told(world: World) -> None:
    number = (await world.propose(slug="silence")).number

    outcomes = await asyncio.gather(
        merge(world.context, actor=world.owner, number=number),
        merge(world.context, actor=world.moderator, number=number),
        return_exceptions=True,
    )

    told = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert (outcomes.count(None), len(told)) == (1, 1)
    kinds = [kind for (kind,) in await world.rows("actions", "action_kind")]
    assert kinds.count("merge_idea") == 1


async def test_a_declined_idea_keeps_its_page_its_discussion_and_the_reason(world: World) -> None:
    number = (await world.propose(slug="silence")).number
    await post_to_idea(world.context, actor=world.reviewer, number=number, text="Hm.")

    await decline(world.context, actor=world.moderator, number=number, comment="  Settled in Consent. ")

    idea = await idea_view(world.context, viewer=None, number=number)
    assert (idea.state, idea.pitch) == (PullState.CLOSED, "Why Silence matters.\n")
    assert idea.decision is not None
    assert idea.decision.comment == "Settled in Consent."
    assert [message.body for message in idea.thread.messages] == ["Hm."]
    (comment,) = world.api("GET", f"issues/{number}/comments")
    assert comment["body"].startswith("Settled in Consent.\n\nOn-behalf-of: Moderator Person <moderator>\n")
    assert await slug_problem(world.context, slug="silence") is None


@pytest.mark.parametrize("comment", ["", "  \n ", "x" * 4001])
async def test_declining_needs_a_reason_of_a_readable_length(world: World, comment: str) -> None:
    number = (await world.propose(slug="silence")).number

    with pytest.raises(Invalid) as refused:
        await decline(world.context, actor=world.moderator, number=number, comment=comment)

    assert refused.value.field == "comment"
    assert world.pulls_on_gitea()[0]["state"] == "open"


async def test_the_proposer_withdraws_and_the_slug_is_free_again(world: World) -> None:
    number = (await world.propose("writer", slug="silence")).number

    await withdraw(world.context, actor=world.writer, number=number)
    again = await world.propose("reviewer", slug="silence")

    idea = await idea_view(world.context, viewer=world.writer, number=number)
    assert idea.state is PullState.WITHDRAWN
    assert (await catalog_view(world.context)).ideas[0].number == again.number
    next_one = await idea_view(world.context, viewer=world.writer, number=again.number)
    assert (idea.before, next_one.before) == (None, number)


@pytest.mark.parametrize("declined", [True, False])
async def test_only_its_proposer_can_propose_an_idea_again_that_came_to_nothing(
    world: World, declined: bool
) -> None:
    number = (await world.propose("writer", slug="silence")).number
    assert not (await idea_view(world.context, viewer=world.writer, number=number)).propose_again

    if declined:
        await decline(world.context, actor=world.owner, number=number, comment="See **care**.")
    else:
        await withdraw(world.context, actor=world.writer, number=number)

    for viewer, may in ((world.writer, True), (world.reviewer, False), (world.owner, False), (None, False)):
        assert (await idea_view(world.context, viewer=viewer, number=number)).propose_again is may
    await set_muted(world.context, actor=world.owner, subject_id=world.writer.id, muted=True)
    muted = await world.again("writer")
    assert not (await idea_view(world.context, viewer=muted, number=number)).propose_again


async def test_what_was_said_under_a_declined_idea_does_not_reach_the_next_one_of_that_slug(
    world: World,
) -> None:
    first = (await world.propose(slug="silence")).number
    await post_to_idea(world.context, actor=world.reviewer, number=first, text="About the first.")
    await decline(world.context, actor=world.owner, number=first, comment="No.")
    second = (await world.propose(slug="silence")).number

    await merge(world.context, actor=world.owner, number=second)

    entry = await entry_view(world.context, viewer=None, slug=Slug("silence"))
    assert entry.thread.messages == ()


Act = Callable[[World, Actor | None, PullNumber], Awaitable[None]]


async def _merge(world: World, actor: Actor | None, number: PullNumber) -> None:
    await merge(world.context, actor=actor, number=number)


async def _decline(world: World, actor: Actor | None, number: PullNumber) -> None:
    await decline(world.context, actor=actor, number=number, comment="No.")


async def _withdraw(world: World, actor: Actor | None, number: PullNumber) -> None:
    await withdraw(world.context, actor=actor, number=number)


async def _comment(world: World, actor: Actor | None, number: PullNumber) -> None:
    await post_to_idea(world.context, actor=actor, number=number, text="Hello.")


ALLOWED = {
    _merge: {"owner", "moderator"},
    _decline: {"owner", "moderator"},
    _withdraw: {"owner", "moderator", "writer"},
    _comment: {"owner", "moderator", "writer", "reviewer", "reader"},
}


@pytest.mark.parametrize("act", ALLOWED)
@pytest.mark.parametrize("login", ["owner", "moderator", "writer", "reviewer", None])
async def test_each_act_is_for_those_the_table_names(world: World, act: Act, login: str | None) -> None:
    number = (await world.propose("writer", slug="silence")).number
    actor = world.people[login] if login else None

    outcome: type[ProductError] | None = None
    try:
        await act(world, actor, number)
    except ProductError as error:
        outcome = type(error)

    expected = None if login in ALLOWED[act] else Forbidden if login else NotSignedIn
    assert outcome is expected


@pytest.mark.parametrize("act", ALLOWED)
async def test_no_act_is_for_the_muted_whoever_they_are(world: World, act: Act) -> None:
    number = (await world.propose("writer", slug="silence")).number
    stale = world.moderator
    await set_muted(world.context, actor=world.owner, subject_id=stale.id, muted=True)

    with pytest.raises(Muted):
        await act(world, stale, number)


async def test_a_right_that_was_taken_meanwhile_is_gone_although_the_page_still_shows_it(
    world: World,
) -> None:
    number = (await world.propose(slug="silence")).number
    page = await idea_view(world.context, viewer=world.moderator, number=number)
    await set_role(world.context, actor=world.owner, subject_id=world.moderator.id, role=Role.CONTRIBUTOR)

    with pytest.raises(Forbidden):
        await merge(world.context, actor=world.moderator, number=number)

    assert page.merge.allowed


async def test_permits_say_in_words_why_not(world: World) -> None:
    number = (await world.propose("writer", slug="silence")).number

    reader = await idea_view(world.context, viewer=world.reader, number=number)
    stranger = await idea_view(world.context, viewer=None, number=number)
    writer = await idea_view(world.context, viewer=world.writer, number=number)

    assert (reader.merge.allowed, reader.merge.why_not) == (False, "Only admins can merge ideas.")
    assert (stranger.comment.allowed, stranger.comment.why_not) == (False, "Sign in to comment.")
    assert (writer.withdraw.allowed, writer.withdraw.why_not) == (True, None)
    assert reader.comment.allowed


async def test_an_idea_that_moved_since_it_was_seen_is_not_merged(world: World) -> None:
    number = (await world.propose(slug="silence")).number
    seen = (await idea_view(world.context, viewer=world.owner, number=number)).head_sha
    branch = world.pulls_on_gitea()[0]["head"]["ref"]
    world.write_file("extra.txt", "more", branch=branch)

    with pytest.raises(Conflict) as unseen:
        await merge(world.context, actor=world.owner, number=number, seen_sha=seen)
    with pytest.raises(Conflict) as stale:
        await merge(world.context, actor=world.owner, number=number, seen_sha=CommitSha("0" * 40))

    assert [unseen.value.message, stale.value.message] == [MOVED, MOVED]
    assert world.pulls_on_gitea()[0]["merged"] is False


async def test_an_idea_merged_on_gitea_meanwhile_is_said_to_be_merged(world: World) -> None:
    number = (await world.propose(slug="silence")).number
    world.merge_on_gitea(number)

    with pytest.raises(Conflict) as told:
        await decline(world.context, actor=world.owner, number=number, comment="No.")

    assert told.value.message == "This idea has been merged already."
    assert [row.slug for row in (await catalog_view(world.context)).rows] == ["silence"]


async def test_an_idea_in_conflict_with_main_is_refused_in_words(world: World) -> None:
    number = (await world.propose(slug="silence")).number
    world.write_entry("silence", "Another silence")

    with pytest.raises(Conflict) as told:
        await merge(world.context, actor=world.owner, number=number)

    assert told.value.message == "This conflicts with what has been merged since: rfcs/silence.md."
    assert await world.rows("operations", "kind, state") == [
        ("merge_idea", "failed"),
        ("propose_idea", "done"),
    ]


async def test_what_was_decided_can_not_be_decided_again(world: World) -> None:
    number = (await world.propose(slug="silence")).number
    await decline(world.context, actor=world.owner, number=number, comment="No.")

    with pytest.raises(Conflict) as told:
        await merge(world.context, actor=world.owner, number=number)

    assert told.value.message == "This idea has been declined already."


async def test_an_idea_whose_file_can_not_be_read_is_shown_but_not_merged(world: World) -> None:
    number = world.open_idea_on_gitea("silence", "no front matter at all\n")
    await world.context.refresher.sweep()

    view = await idea_view(world.context, viewer=world.owner, number=number)
    with pytest.raises(Conflict) as told:
        await merge(world.context, actor=world.owner, number=number)

    assert view.problem is not None
    assert view.merge.why_not == f"It can't be merged as it is. {view.problem}"
    assert told.value.message == f"This idea can't be merged as it is. {view.problem}"


async def test_an_unknown_number_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        await idea_view(world.context, viewer=None, number=PullNumber(4711))
    with pytest.raises(NotFound):
        await merge(world.context, actor=world.owner, number=PullNumber(4711))
