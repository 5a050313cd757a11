"""Claims (§13.1), on a real forge: somebody asks to own a super-draft, an admin decides."""

from __future__ import annotations

import pytest

from services.domain.errors import Conflict, Forbidden
from services.domain.identifiers import PullNumber, Slug
from services.domain.pull import PullKind, PullState
from services.store.queries import actions, catalog, pulls
from services.usecases.claim import claim
from services.usecases.decide_metadata import decline_metadata, merge_metadata, withdraw_metadata
from tests.support.world import World

SOUL = Slug("soul")


async def owners_of(world: World) -> tuple[str, ...]:
    async with world.store.read() as work:
        row = await catalog.find(work, slug=SOUL)
    assert row is not None
    return row.owners


async def states_of(world: World, *numbers: PullNumber) -> list[PullState]:
    async with world.store.read() as work:
        rows = [await pulls.find(work, repo=world.meta, number=number) for number in numbers]
    return [row.state for row in rows if row is not None]


@pytest.fixture
async def soul(world: World) -> None:
    world.write_entry("soul")
    await world.context.refresher.nudge(world.meta)


@pytest.mark.usefixtures("soul")
async def test_a_merged_claim_makes_an_owner_and_closes_the_other_claims(world: World) -> None:
    first = await claim(world.context, actor=world.writer, slug=SOUL)
    second = await claim(world.context, actor=world.reader, slug=SOUL)

    with pytest.raises(Forbidden):
        await merge_metadata(world.context, actor=world.writer, slug=SOUL, number=first.number)
    await merge_metadata(world.context, actor=world.moderator, slug=SOUL, number=first.number)

    assert await owners_of(world) == ("writer",)
    assert await states_of(world, first.number, second.number) == [PullState.MERGED, PullState.CLOSED]
    (comment,) = world.api("GET", f"issues/{second.number}/comments")
    assert comment["body"].startswith(f"The claim #{first.number} was merged")
    async with world.store.read() as work:
        opener = await actions.opener_of(work, repo=world.meta, pr_number=second.number)
        row = await pulls.find(work, repo=world.meta, number=first.number)
    assert opener == "reader"
    assert row is not None
    assert row.pr_kind is PullKind.META_CLAIM
    assert row.head_branch.startswith("claim-soul-")


@pytest.mark.usefixtures("soul")
async def test_a_declined_claim_changes_nothing_and_can_be_made_again(world: World) -> None:
    first = await claim(world.context, actor=world.writer, slug=SOUL)
    with pytest.raises(Conflict, match=f"You have asked already: your claim is #{first.number}"):
        await claim(world.context, actor=world.writer, slug=SOUL)

    await decline_metadata(
        world.context, actor=world.moderator, slug=SOUL, number=first.number, comment="Not yet."
    )
    second = await claim(world.context, actor=world.writer, slug=SOUL)
    await withdraw_metadata(world.context, actor=world.writer, slug=SOUL, number=second.number)

    states = await states_of(world, first.number, second.number)
    assert (states, await owners_of(world)) == ([PullState.CLOSED, PullState.WITHDRAWN], ())


async def test_what_is_owned_active_or_withdrawn_can_not_be_claimed(world: World) -> None:
    world.write_entry("owned", owners=("reviewer",))
    world.write_entry("gone", state="withdrawn")
    world.write_entry("live", state="active", id="RFC-0001", repo=f"{world.org}/none")
    await world.context.refresher.nudge(world.meta)

    for slug, sentence in (
        ("owned", "It is owned by reviewer already."),
        ("gone", "It has been withdrawn, so nobody can claim it."),
        ("live", "Only a super-draft can be claimed; this RFC is active."),
    ):
        with pytest.raises(Conflict, match=sentence):
            await claim(world.context, actor=world.writer, slug=Slug(slug))

    assert world.pulls_on_gitea() == []
