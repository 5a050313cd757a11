"""Proposing (§9.1), on a real forge: one idea PR, one audit row, one owner of each slug."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from services.domain.errors import (
    GiteaRefused,
    GiteaUnreachable,
    Invalid,
    Muted,
    NotSignedIn,
    RateLimited,
    SlugTaken,
)
from services.domain.events import CatalogChanged, IdeasChanged, PullChanged
from services.domain.identifiers import PullNumber, Slug
from services.domain.trailers import new_operation_id, on_behalf_of_login, operation_of, parse_trailers
from services.store.queries import events, slugs
from services.usecases.propose import OpenedIdea, propose, slug_problem
from services.usecases.rate_limits import Limited, RateLimits
from services.usecases.rights import set_muted
from services.usecases.views.catalog import catalog_view
from services.usecases.views.idea import idea_view
from tests.support.factories import proposal
from tests.support.world import World


async def test_a_proposal_is_one_pull_request_for_the_person_with_all_its_marks(world: World) -> None:
    op_id = new_operation_id()

    opened = await world.propose(slug="silence", title="Silence", pitch="Why **silence**.", op_id=op_id)

    (pull,) = world.pulls_on_gitea()
    assert opened == OpenedIdea(number=PullNumber(pull["number"]), slug=Slug("silence"))
    assert pull["head"]["ref"] == f"idea-silence-{op_id[:6]}"
    assert operation_of(pull["body"]) == op_id
    assert on_behalf_of_login(pull["body"]) == "writer"
    assert parse_trailers(pull["body"])["RFC-Kind"] == "idea"
    assert await world.rows(
        "actions", "on_behalf_of, action_kind, rfc_slug, repo, pr_number, op_id"
    ) == sorted(
        [
            ("writer", "propose_idea", "silence", world.meta, opened.number, op_id),
            *[(login, "sign_in", None, None, None, op) for login, op in await _sign_ins(world)],
        ],
        key=repr,
    )


async def test_the_proposer_sees_the_idea_at_once_and_watches_it(world: World) -> None:
    opened = await world.propose(slug="silence", title="Silence", pitch="Why.", tags="core, law")

    view = await idea_view(world.context, viewer=world.writer, number=opened.number)
    (row,) = (await catalog_view(world.context)).ideas

    assert (view.title, view.slug, view.pitch, view.tags) == ("Silence", "silence", "Why.\n", ("core", "law"))
    assert view.proposer.name == "Writer Person"
    assert (row.number, row.slug, row.proposed_by) == (opened.number, "silence", "writer")
    assert await world.rows("watches", "rfc_slug, level") == [("silence", "watching")]


async def test_the_same_form_sent_twice_opens_one_idea(world: World) -> None:
    op_id = new_operation_id()

    first = await world.propose(op_id=op_id)
    second = await world.propose(op_id=op_id)

    assert first == second
    assert len(world.pulls_on_gitea()) == 1


async def test_of_two_people_racing_for_a_slug_one_wins_and_the_other_is_told(world: World) -> None:
    outcomes = await asyncio.gather(
        world.propose("writer", slug="silence"),
        world.propose("reviewer", slug="silence"),
        return_exceptions=True,
    )

    won = [outcome for outcome in outcomes if isinstance(outcome, OpenedIdea)]
    told = [outcome for outcome in outcomes if isinstance(outcome, SlugTaken)]
    assert (len(won), len(told), len(world.pulls_on_gitea())) == (1, 1, 1)
    assert told[0].hint == "Choose another slug. What you typed is still here."


async def _entry(world: World) -> str:
    world.write_entry("silence", "Silence")
    await world.context.refresher.sweep()
    return "The slug “silence” is already used by the RFC “Silence”."


async def _open_idea(world: World) -> str:
    opened = await world.propose("reviewer", slug="silence")
    return f"The slug “silence” is already used by the open idea #{opened.number}."


async def _idea_on_gitea(world: World) -> str:
    number = world.open_idea_on_gitea("silence")
    await world.context.refresher.sweep()
    return f"The slug “silence” is already used by the open idea #{number}."


async def _reservation(world: World) -> str:
    async with world.store.write() as work:
        await slugs.reserve(work, slug=Slug("silence"), op_id=new_operation_id(), user_id=world.reviewer.id)
    return "The slug “silence” is already used by an idea that Reviewer Person is opening."


@pytest.mark.parametrize("taken_by", [_entry, _open_idea, _idea_on_gitea, _reservation])
async def test_a_taken_slug_is_refused_while_typing_and_when_sent(
    world: World, taken_by: Callable[[World], asyncio.Future[str]]
) -> None:
    sentence = await taken_by(world)
    there = len(world.pulls_on_gitea())

    with pytest.raises(SlugTaken) as refused:
        await world.propose(slug="silence")

    assert refused.value.message == sentence
    assert await slug_problem(world.context, slug="silence") == sentence
    assert len(world.pulls_on_gitea()) == there


async def test_an_entry_that_the_cache_does_not_know_yet_takes_the_slug_too(world: World) -> None:
    await world.context.refresher.sweep()
    world.write_entry("silence", "Silence")

    with pytest.raises(SlugTaken):
        await world.propose(slug="silence")

    assert await world.rows("slug_reservations") == []
    assert [row.slug for row in (await catalog_view(world.context)).rows] == ["silence"]


@pytest.mark.parametrize(
    ("slug", "sentence"),
    [
        ("silence", None),
        ("", "A slug is needed."),
        ("Silence", "A slug has lower-case letters a–z, digits, and hyphens between them."),
        ("admin", "“admin” is reserved. Choose another slug."),
        ("x" * 81, "A slug has at most 80 characters."),
    ],
)
async def test_a_slug_is_checked_as_one_types(world: World, slug: str, sentence: str | None) -> None:
    assert await slug_problem(world.context, slug=slug) == sentence


@pytest.mark.parametrize(
    ("title", "slug", "pitch", "field"),
    [
        ("", "silence", "Why.", "title"),
        ("x" * 201, "silence", "Why.", "title"),
        ("Silence", "-bad-", "Why.", "slug"),
        ("Silence", "silence", "", "pitch"),
        ("Silence", "silence", "x" * 100_001, "pitch"),
        ("Silence", "silence", "a\0b", "pitch"),
    ],
)
def test_what_is_not_a_proposal_never_gets_near_gitea(title: str, slug: str, pitch: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        proposal(title=title, slug=slug, pitch=pitch or " ")

    assert refused.value.field == field


async def test_strangers_and_the_muted_can_not_propose(world: World) -> None:
    await set_muted(world.context, actor=world.owner, subject_id=world.writer.id, muted=True)

    with pytest.raises(NotSignedIn):
        await propose(world.context, actor=None, proposal=proposal())
    with pytest.raises(Muted):
        await world.propose("writer")

    assert world.pulls_on_gitea() == []


async def test_too_many_proposals_are_refused_before_anything_is_kept(world: World) -> None:
    object.__setattr__(world.context, "limits", RateLimits({Limited.PROPOSE: "1 per hour"}))
    await world.propose(slug="first")

    with pytest.raises(RateLimited):
        await world.propose(slug="second")

    assert await world.rows("slug_reservations", "slug") == [("first",)]


async def test_a_refused_token_frees_the_slug_and_says_so(world: World) -> None:
    world.forge.faults.set({"path": "/contents", "method": "POST", "action": "status", "status": 403})

    with pytest.raises(GiteaRefused) as refused:
        await world.propose(slug="silence")

    assert refused.value.message == "Gitea refuses the bot."
    assert await slug_problem(world.context, slug="silence") is None
    assert await world.rows("operations", "kind, state") == [("propose_idea", "failed")]


@pytest.mark.parametrize("path", ["/contents", "/pulls$"])
async def test_a_lost_answer_keeps_the_slug_and_a_second_try_completes_the_one_idea(
    world: World, path: str
) -> None:
    op_id = new_operation_id()
    world.forge.faults.set(
        {"path": path, "method": "POST", "action": "status_after", "status": 504, "times": 1}
    )

    with pytest.raises(GiteaUnreachable) as unknown:
        await world.propose(slug="silence", op_id=op_id)
    with pytest.raises(SlugTaken):
        await world.propose("reviewer", slug="silence")
    opened = await world.propose(slug="silence", op_id=op_id)

    assert unknown.value.message == (
        "Gitea can't be reached. What you asked for is written down, and is done as soon as Gitea allows it."
    )
    assert [pull["number"] for pull in world.pulls_on_gitea()] == [opened.number]
    assert await world.rows("operations", "kind, state") == [("propose_idea", "done")]


async def test_everybody_is_told_of_a_new_idea(world: World) -> None:
    before = await world.newest_event()
    opened = await world.propose(slug="silence")

    async with world.store.read() as work:
        told = [row.event for row in await events.after(work, id=before)]

    assert PullChanged(world.meta, opened.number, Slug("silence")) in told
    assert IdeasChanged((opened.number,)) in told
    assert not any(isinstance(event, CatalogChanged) for event in told)


async def _sign_ins(world: World) -> list[tuple[str, str]]:
    rows = await world.rows("actions", "on_behalf_of, op_id, action_kind")
    return [(login, op) for login, op, kind in rows if kind == "sign_in"]
