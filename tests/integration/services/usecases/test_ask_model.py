"""Asking a model: what streams, what becomes a card, and how it ends (§8.5, §8.6, §18.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from services.domain.change import ChangeState
from services.domain.errors import Invalid, Muted, NotSignedIn
from services.live.streams import Streamed
from services.llm.port import ModelFailed, Question, Trouble
from services.store.queries import changes, threads
from services.store.queries.changes import ChangeRow
from services.store.queries.threads import AnswerState, MessageRow
from services.usecases import decide_change
from services.usecases.ask_model import Asked, ask, stop
from services.usecases.models import Models
from services.usecases.rights import set_muted
from tests.support.branches import HUMAN, branch_of, super_draft
from tests.support.world import World, eventually

BODY = "# Human\n\nA human is a being. It speaks to others.\n\nEach role is a role. Each role ends.\n"


def block(original: str, proposed: str, reason: str = "Clearer.") -> str:
    return f"<change><original>{original}</original><proposed>{proposed}</proposed><reason>{reason}</reason></change>"


class Scripted:
    """A participant that says what it is told to; stands for the paid ones."""

    key, name = "scripted", "Scripted"

    def __init__(self, *words: str, trouble: Trouble | None = None, waits: bool = False) -> None:
        self.words, self.trouble, self.waits = words, trouble, waits
        self.asked: list[Question] = []

    async def answer(self, question: Question) -> AsyncIterator[str]:
        self.asked.append(question)
        for word in self.words:
            yield word
        if self.waits:
            await asyncio.Event().wait()
        if self.trouble is not None:
            raise ModelFailed(self.name, self.trouble)


def with_model(world: World, model: Scripted) -> None:
    object.__setattr__(world.context, "models", Models(besides=[model]))


async def asked(
    world: World,
    branch: str | None,
    text: str = "Make it clearer.",
    *,
    key: str = "scripted",
    quotes: Sequence[str] = (),
) -> Asked:
    return await ask(
        world.context, actor=world.writer, slug=HUMAN, branch=branch, text=text, model_key=key, quotes=quotes
    )


async def ended(world: World, answer: Asked) -> tuple[MessageRow, list[ChangeRow]]:
    await world.context.answers.wait()
    async with world.store.read() as work:
        message = await threads.message(work, id=answer.message_id)
        cards = await changes.list_for_messages(work, message_ids=[answer.message_id])
    assert message is not None
    return message, cards


@pytest.fixture
async def branch(world: World) -> str:
    await super_draft(world, body=BODY)
    return await branch_of(world)


async def test_talk_becomes_the_message_and_a_fitting_change_a_pending_card(
    world: World, branch: str
) -> None:
    with_model(
        world,
        Scripted(
            "I would say:\n\n", block("It speaks to others.", "It speaks with others."), "\n\nThat is all."
        ),
    )
    message, cards = await ended(world, await asked(world, branch))
    (card,) = cards
    assert (card.state, card.original, card.proposed) == (
        ChangeState.PENDING,
        "It speaks to others.",
        "It speaks with others.",
    )
    assert message.state is AnswerState.COMPLETE
    assert message.body.split() == ["I", "would", "say:", f"{{{{change:{card.id}}}}}", "That", "is", "all."]
    await decide_change.accept(world.context, actor=world.writer, change_id=card.id)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (block("never written", "x"), "does not stand in the text"),
        (block("Each role", "No role"), "more than once"),
        (block("It speaks to others.", "It speaks  to others."), "stands there already"),
        ("<change><original>A human</original></change>", "no proposed passage"),
        ("<change><original>A human is", "stopped in the middle"),
    ],
)
async def test_a_change_that_does_not_fit_is_refused_with_the_reason(
    world: World, branch: str, said: str, sentence: str
) -> None:
    with_model(world, Scripted(said))
    _, cards = await ended(world, await asked(world, branch))
    assert [(card.state, sentence in str(card.refusal)) for card in cards] == [(ChangeState.REFUSED, True)]


@pytest.mark.parametrize("trouble", list(Trouble))
async def test_trouble_is_told_as_what_it_is_and_what_was_said_stays(
    world: World, branch: str, trouble: Trouble
) -> None:
    with_model(world, Scripted("Half of it. ", trouble=trouble))
    message, _ = await ended(world, await asked(world, branch))
    assert (message.state, message.body) == (AnswerState.FAILED, "Half of it.")
    assert str(message.trouble).startswith("Scripted ")


async def _true(value: bool) -> bool:
    return value


async def test_viewers_hear_the_answer_while_it_is_given(world: World, branch: str) -> None:
    with_model(world, Scripted("One paragraph.\n\n", "Two para", "graphs.", waits=True))
    answer = await asked(world, branch)
    heard: list[Streamed] = []
    world.context.streams.subscribe(answer.thread_id, heard.append)
    await eventually(lambda: _true(bool(heard and heard[-1].tail)))
    await stop(world.context, actor=world.writer, message_id=answer.message_id)
    message, _ = await ended(world, answer)
    assert (message.state, message.body) == (AnswerState.STOPPED, "One paragraph.\n\nTwo paragraphs.")
    assert heard[-1].ended


async def test_declined_changes_pending_ones_quotes_and_talk_are_told_to_the_model(
    world: World, branch: str
) -> None:
    first = Scripted(
        block("A human is a being.", "A human is a person."), block("It speaks to others.", "It speaks.")
    )
    with_model(world, first)
    _, cards = await ended(world, await asked(world, branch, "First question."))
    await decide_change.decline(
        world.context, actor=world.writer, change_id=cards[0].id, reason="Too narrow."
    )
    second = Scripted("Fine.")
    with_model(world, second)
    await ended(world, await asked(world, branch, "Second question.", quotes=["It speaks"]))
    (question,) = second.asked
    assert [(told.original, told.note) for told in question.declined] == [
        ("A human is a being.", "Too narrow.")
    ]
    assert [told.original for told in question.pending] == ["It speaks to others."]
    assert question.quotes == ("It speaks",)
    assert "First question." in [said.text for said in question.thread]


async def test_an_instruction_in_an_answer_does_nothing(world: World, branch: str) -> None:
    before = world.api("GET", f"branches/{branch}")["commit"]["id"]
    with_model(
        world,
        Scripted("Merge this PR now. <script>alert(1)</script> " + block("It speaks", "<b>It</b> sings")),
    )
    message, cards = await ended(world, await asked(world, branch))
    assert "<script>" in message.body
    assert [card.state for card in cards] == [ChangeState.PENDING]
    assert world.api("GET", f"branches/{branch}")["commit"]["id"] == before


async def test_a_megabyte_is_cut_off_and_said_to_be(world: World, branch: str) -> None:
    with_model(world, Scripted(*["word " * 10_000] * 25))
    message, _ = await ended(world, await asked(world, branch))
    assert (message.state, "more than an answer may hold" in str(message.trouble)) == (
        AnswerState.FAILED,
        True,
    )
    assert 0 < len(message.body) <= 300_000


async def test_on_main_cards_wait_and_move_to_the_askers_branch_once(world: World) -> None:
    await super_draft(world, body=BODY)
    with_model(world, Scripted(block("It speaks to others.", "It speaks with others.")))
    _, (card,) = await ended(world, await asked(world, None))
    assert card.branch_name is None
    name = await branch_of(world)
    async with world.store.read() as work:
        moved = await changes.find(work, id=card.id)
    assert moved is not None
    assert moved.branch_name == name
    await decide_change.accept(world.context, actor=world.writer, change_id=card.id)


async def test_the_copy_editor_is_always_there(world: World) -> None:
    await super_draft(world, body="This is an test of the the editor.\n")
    name = await branch_of(world)
    message, cards = await ended(world, await asked(world, name, "Please check.", key="copy-editor"))
    assert message.model_name == "Copy-editor"
    assert {card.original: card.proposed for card in cards}["the the"] == "the"


async def test_strangers_muted_people_and_unknown_models_are_refused_in_words(
    world: World, branch: str
) -> None:
    with_model(world, Scripted("Hi."))
    with pytest.raises(NotSignedIn):
        await ask(world.context, actor=None, slug=HUMAN, branch=branch, text="Hi", model_key="scripted")
    with pytest.raises(Invalid, match="does not take part"):
        await asked(world, branch, key="other")
    await set_muted(world.context, actor=world.owner, subject_id=world.writer.id, muted=True)
    with pytest.raises(Muted):
        await asked(world, branch)
