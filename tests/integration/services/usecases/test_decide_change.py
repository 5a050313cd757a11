"""Deciding on cards: one commit each, once, by those who may (§8.7, §8.8)."""

from __future__ import annotations

import asyncio
import base64

import pytest

from services.domain.change import ChangeState
from services.domain.errors import Conflict, Forbidden, Invalid, NotSignedIn
from services.domain.identifiers import ChangeId
from services.domain.prose_diff import Span
from services.store.queries import changes
from services.usecases import decide_change
from services.usecases.live_texts.flush import FlushReason
from services.usecases.suggest import add_word, suggest
from tests.support.branches import HUMAN, branch_of, super_draft
from tests.support.world import World

BODY = "# Human\n\nA human is a being. It speaks to others.\n\nIt also listens. Each role is a role.\n"


async def card_on(world: World, branch: str, original: str, proposed: str, by: str = "reviewer") -> ChangeId:
    """Somebody's card on a branch."""
    start = BODY.index(original)
    return await suggest(
        world.context,
        actor=world.people[by],
        slug=HUMAN,
        branch=branch,
        span=Span(start, start + len(original)),
        proposed=proposed,
        reason="Clearer.",
    )


@pytest.fixture
async def branch(world: World) -> str:
    await super_draft(world, body=BODY)
    return await branch_of(world)


def text_of(world: World, branch: str) -> str:
    found = world.api("GET", "contents/rfcs/human.md", params={"ref": branch})
    return base64.b64decode(found["content"]).decode().split("---\n\n", 1)[1]


def head_message(world: World, branch: str) -> str:
    return str(world.api("GET", f"git/commits/{branch}")["commit"]["message"])


async def state_of(world: World, change_id: ChangeId) -> ChangeState:
    async with world.store.read() as work:
        card = await changes.find(work, id=change_id)
    assert card is not None
    return card.state


async def test_an_accepted_card_is_one_commit_that_tells_who_and_why(world: World, branch: str) -> None:
    card = await card_on(world, branch, "It speaks to others.", "It speaks with others.")
    await decide_change.accept(world.context, actor=world.writer, change_id=card)
    assert text_of(world, branch) == BODY.replace("to others", "with others")
    message = head_message(world, branch)
    assert "Original:\nIt speaks to others." in message
    assert "Proposed:\nIt speaks with others." in message
    assert f"Change-Id: {card}" in message
    assert "On-behalf-of: Writer Person <writer>" in message
    assert await state_of(world, card) is ChangeState.ACCEPTED


async def test_what_is_typed_is_committed_first_and_stays(world: World, branch: str) -> None:
    card = await card_on(world, branch, "It also listens.", "It listens too.")
    texts = world.context.live_texts
    window = await texts.join(world.context, actor=world.writer, slug=HUMAN, name=branch)
    await window.text.replace(Span(0, 0), "Intro. ", user_id=world.writer.id)
    await decide_change.accept(world.context, actor=world.writer, change_id=card)
    expected = "Intro. " + BODY.replace("It also listens.", "It listens too.")
    assert (text_of(world, branch), window.text.text, window.text.dirty) == (expected, expected, False)


async def test_of_two_who_accept_at_once_one_commits_and_the_other_is_told(world: World, branch: str) -> None:
    card = await card_on(world, branch, "It also listens.", "It listens too.")
    both = [decide_change.accept(world.context, actor=world.writer, change_id=card) for _ in range(2)]
    results = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "str"]
    assert text_of(world, branch).count("It listens too.") == 1


async def test_a_card_whose_passage_was_edited_away_becomes_stale(world: World, branch: str) -> None:
    card = await card_on(world, branch, "It also listens.", "It listens too.")
    async with world.context.live_texts.editing(world.context, slug=HUMAN, name=branch) as edited:
        live = await edited.go_live()
        start = live.text.index("also listens")
        await live.replace(Span(start, start + 12), "hears", user_id=world.writer.id)
    with pytest.raises(Conflict, match="can't be accepted any more"):
        await decide_change.accept(world.context, actor=world.writer, change_id=card)
    assert await state_of(world, card) is ChangeState.STALE


async def test_ones_own_wording_is_committed_and_the_proposal_is_kept_in_the_message(
    world: World, branch: str
) -> None:
    card = await card_on(world, branch, "It also listens.", "It listens too.")
    await decide_change.accept(world.context, actor=world.writer, change_id=card, text="It listens as well.")
    assert "It listens as well." in text_of(world, branch)
    assert "Proposed:\nIt listens too." in head_message(world, branch)


async def test_a_part_is_accepted_and_the_rest_waits(world: World, branch: str) -> None:
    original = "A human is a being. It speaks to others."
    card = await card_on(world, branch, original, "A human is a person. It speaks with others.")
    await decide_change.accept_part(world.context, actor=world.writer, change_id=card, sentences=[2])
    assert text_of(world, branch) == BODY.replace("to others", "with others")
    assert await state_of(world, card) is ChangeState.PENDING
    await decide_change.accept(world.context, actor=world.writer, change_id=card)
    assert text_of(world, branch) == BODY.replace(original, "A human is a person. It speaks with others.")


async def test_a_declined_card_stays_with_its_reason(world: World, branch: str) -> None:
    card = await card_on(world, branch, "It also listens.", "It listens too.")
    await decide_change.decline(world.context, actor=world.writer, change_id=card, reason=" Not better. ")
    async with world.store.read() as work:
        found = await changes.find(work, id=card)
    assert found is not None
    assert (found.state, found.decline_reason) == (ChangeState.DECLINED, "Not better.")
    with pytest.raises(Conflict, match="declined already"):
        await decide_change.accept(world.context, actor=world.writer, change_id=card)


async def test_undoing_restores_the_original_with_a_commit(world: World, branch: str) -> None:
    card = await card_on(world, branch, "It also listens.", "It listens too.")
    await decide_change.accept(world.context, actor=world.writer, change_id=card)
    await decide_change.undo(world.context, actor=world.writer, change_id=card)
    assert text_of(world, branch) == BODY
    assert await state_of(world, card) is ChangeState.UNDONE


async def test_an_accepted_passage_that_was_changed_since_can_not_be_taken_back(
    world: World, branch: str
) -> None:
    first = await card_on(world, branch, "It also listens.", "It listens too.")
    await decide_change.accept(world.context, actor=world.writer, change_id=first)
    async with world.context.live_texts.editing(world.context, slug=HUMAN, name=branch) as edited:
        live = await edited.go_live()
        start = live.text.index("listens too")
        await live.replace(Span(start, start + 11), "hears", user_id=world.writer.id)
        await edited.flush(FlushReason.ASKED)
    with pytest.raises(Conflict, match="changed since"):
        await decide_change.undo(world.context, actor=world.writer, change_id=first)
    assert await state_of(world, first) is ChangeState.ACCEPTED


async def test_only_the_branchs_people_decide(world: World, branch: str) -> None:
    card = await card_on(world, branch, "It also listens.", "It listens too.")
    with pytest.raises(Forbidden):
        await decide_change.accept(world.context, actor=world.reader, change_id=card)
    with pytest.raises(NotSignedIn):
        await decide_change.decline(world.context, actor=None, change_id=card)
    assert await state_of(world, card) is ChangeState.PENDING


@pytest.mark.parametrize("text", ["x" * 50_001, "a\0b"])
async def test_a_wording_that_can_not_be_is_refused(world: World, branch: str, text: str) -> None:
    card = await card_on(world, branch, "It also listens.", "It listens too.")
    with pytest.raises(Invalid):
        await decide_change.accept(world.context, actor=world.writer, change_id=card, text=text)


async def test_the_same_passage_twice_is_told_apart_by_its_surroundings(world: World) -> None:
    body = "First line here. The word. More here.\n\nSecond line there. The word. More there.\n"
    await super_draft(world, body=body)
    branch = await branch_of(world)
    start = body.rindex("The word.")
    card = await suggest(
        world.context,
        actor=world.writer,
        slug=HUMAN,
        branch=branch,
        span=Span(start, start + 9),
        proposed="That word.",
    )
    await decide_change.accept(world.context, actor=world.writer, change_id=card)
    assert text_of(world, branch) == body[:start] + "That word." + body[start + 9 :]


async def test_a_word_is_added_once(world: World) -> None:
    await super_draft(world)
    assert await add_word(world.context, actor=world.writer, slug=HUMAN, word="wiggleverse")
    assert not await add_word(world.context, actor=world.writer, slug=HUMAN, word="wiggleverse")
    with pytest.raises(Invalid):
        await add_word(world.context, actor=world.writer, slug=HUMAN, word="two words")
