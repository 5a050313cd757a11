"""Changes that people propose themselves, words an RFC calls right, and cards whose text moves elsewhere (§8.8, §8.12)."""

from __future__ import annotations

import pytest

from services.domain.change import ChangeKind, ChangeState
from services.domain.errors import Forbidden, Invalid, Muted, NotFound, NotSignedIn
from services.domain.identifiers import Slug
from services.domain.prose_diff import Span
from services.usecases.branch_access import close
from services.usecases.contribute import start_contributing
from services.usecases.decide_change import accept
from services.usecases.rights import set_muted
from services.usecases.suggest import add_word, suggest
from services.usecases.views.changes import changes_of
from tests.support.branches import HUMAN, super_draft
from tests.support.cards import BODY, Desk, desk, type_over
from tests.support.world import World, eventually

LISTENS = Span(BODY.index("It also"), BODY.index("\n", BODY.index("It also")))


async def test_a_readers_suggestion_is_a_card_that_the_branchs_people_accept(world: World) -> None:
    made = await desk(world)

    card = await suggest(
        world.context,
        actor=world.reader,
        slug=HUMAN,
        branch=made.name,
        span=LISTENS,
        proposed="It hears.",
        reason=" So. ",
    )
    await accept(world.context, actor=world.writer, change_id=card)

    (view,) = await changes_of(world.context, viewer=world.reader, slug=HUMAN, branch=made.name)
    assert (view.kind, view.sign, view.by_viewer, view.reason) == (ChangeKind.PERSON, None, True, "So.")
    assert view.asked_by is not None
    assert view.asked_by.name == "Reader Person"
    assert made.file().endswith("It speaks.\n\nIt hears.\n")
    assert "Model:" not in made.commits()[0]
    assert "\nCo-authored-by: Reader Person <reader@noreply." in made.commits()[0]


async def test_a_passage_is_proposed_for_removal_with_nothing_in_its_place(world: World) -> None:
    made = await desk(world)
    speaks = Span(BODY.index(" It speaks."), BODY.index(" It speaks.") + len(" It speaks."))

    card = await suggest(
        world.context, actor=world.reader, slug=HUMAN, branch=made.name, span=speaks, proposed=""
    )
    await accept(world.context, actor=world.writer, change_id=card)

    (view,) = await changes_of(world.context, viewer=world.reader, slug=HUMAN, branch=made.name)
    assert (view.original.strip(), view.proposed) == ("It speaks.", "")
    assert made.file().endswith("A human is a being.\n\nIt also listens.\n")


async def test_whoever_accepts_their_own_suggestion_is_its_only_author(world: World) -> None:
    made = await desk(world)

    card = await suggest(
        world.context,
        actor=world.writer,
        slug=HUMAN,
        branch=made.name,
        span=LISTENS,
        proposed="It hears.",
    )
    await accept(world.context, actor=world.writer, change_id=card)

    assert "Co-authored-by" not in made.commits()[0]


async def test_a_suggestion_on_main_moves_to_its_makers_branch(world: World) -> None:
    await super_draft(world, body=BODY)
    card = await suggest(
        world.context, actor=world.writer, slug=HUMAN, branch=None, span=LISTENS, proposed="It hears."
    )
    (waiting,) = await changes_of(world.context, viewer=world.writer, slug=HUMAN, branch=None)

    name = (await start_contributing(world.context, actor=world.writer, slug=HUMAN)).name
    await accept(world.context, actor=world.writer, change_id=card)

    (left,) = await changes_of(world.context, viewer=None, slug=HUMAN, branch=None)
    assert (waiting.waits, waiting.moved_to) == (True, "")
    assert (left.waits, left.moved_to, left.state) == (False, name, ChangeState.ACCEPTED)


@pytest.mark.parametrize(
    ("span", "proposed"),
    [(LISTENS, "It also  listens."), (Span(5, 5), "x"), (Span(0, 9_999), "x"), (LISTENS, "a\0b")],
)
async def test_what_changes_nothing_or_fits_nowhere_is_refused(
    world: World, span: Span, proposed: str
) -> None:
    made = await desk(world)

    with pytest.raises(Invalid) as refused:
        await suggest(
            world.context, actor=world.reader, slug=HUMAN, branch=made.name, span=span, proposed=proposed
        )

    assert refused.value.field == "text"
    assert await made.states() == []


async def test_strangers_muted_people_and_closed_branches_suggest_nothing(world: World) -> None:
    made = await desk(world)
    await set_muted(world.context, actor=world.owner, subject_id=world.reader.id, muted=True)

    with pytest.raises(NotSignedIn):
        await _suggest(made, "")
    with pytest.raises(Muted):
        await _suggest(made, "reader")
    await close(world.context, actor=world.writer, slug=HUMAN, name=made.name)
    with pytest.raises(Forbidden):
        await _suggest(made, "writer")

    assert await made.states() == []


async def _suggest(made: Desk, login: str) -> None:
    actor = made.world.people[login] if login else None
    context = made.world.context
    await suggest(context, actor=actor, slug=HUMAN, branch=made.name, span=LISTENS, proposed="It hears.")


async def test_a_word_is_right_in_its_rfc_from_then_on(world: World) -> None:
    await super_draft(world)

    first = await add_word(world.context, actor=world.reader, slug=HUMAN, word=" wiggleverse ")
    second = await add_word(world.context, actor=world.writer, slug=HUMAN, word="wiggleverse")

    assert (first, second) == (True, False)
    assert await world.rows("rfc_words", "rfc_slug, word") == [("human", "wiggleverse")]


@pytest.mark.parametrize("word", ["", "two words", "<b>", "1", "x" * 80])
async def test_what_is_no_word_is_refused(world: World, word: str) -> None:
    await super_draft(world)

    with pytest.raises(Invalid):
        await add_word(world.context, actor=world.reader, slug=HUMAN, word=word)


async def test_an_unknown_rfc_has_no_words(world: World) -> None:
    with pytest.raises(NotFound):
        await add_word(world.context, actor=world.reader, slug=Slug("nothing"), word="word")


async def test_a_commit_made_on_gitea_makes_cards_stale_and_taking_it_back_lets_them_wait(
    world: World,
) -> None:
    made = await desk(world)
    before = made.file()
    card = await made.card("It speaks.", "It sings.")

    async def is_now(state: ChangeState) -> bool:
        return (await made.find(card)).state is state

    world.write_file("rfcs/human.md", before.replace("It speaks.", "It hums."), branch=made.name)
    await world.context.refresher.sweep()
    await eventually(lambda: is_now(ChangeState.STALE))
    world.write_file("rfcs/human.md", before, branch=made.name)
    await world.context.refresher.sweep()
    await eventually(lambda: is_now(ChangeState.PENDING))


async def test_a_card_that_waits_on_main_becomes_stale_when_main_moves_on(world: World) -> None:
    await super_draft(world, body=BODY)
    await suggest(
        world.context, actor=world.writer, slug=HUMAN, branch=None, span=LISTENS, proposed="It hears."
    )

    async def is_stale() -> bool:
        (view,) = await changes_of(world.context, viewer=None, slug=HUMAN, branch=None)
        return view.state is ChangeState.STALE

    world.write_entry("human", "Human", "# Human\n\nAll new.\n")
    await world.context.refresher.sweep()
    await eventually(is_stale)


async def test_typing_that_was_flushed_makes_a_suggestion_stale(world: World) -> None:
    made = await desk(world)
    card = await suggest(
        world.context, actor=world.reader, slug=HUMAN, branch=made.name, span=LISTENS, proposed="It hears."
    )
    await type_over(await made.window(), "also listens", "hears well")
    other = await made.card("It speaks.", "It sings.")

    await accept(world.context, actor=world.writer, change_id=other)

    assert (await made.find(card)).state is ChangeState.STALE
