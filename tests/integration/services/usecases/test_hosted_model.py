"""The whole turn with a model over real HTTP: asked, heard byte by byte, its change accepted, stopped, failed (§18.2, §18.3)."""

from __future__ import annotations

import asyncio

import pytest

from services.llm import providers
from services.store.queries import changes
from services.store.queries.threads import AnswerState
from services.usecases.ask_model import Asked, ask, stop
from services.usecases.decide_change import accept
from tests.support.cards import Desk, desk
from tests.support.model_server import ModelServer, letters, model_server
from tests.support.models import answers_over, message_of, proposal_of, with_models
from tests.support.world import World

TEXT = "# Human\n\nA human is a being — 人 🙂. It speaks.\n\nIt also listens. It speaks little.\n"
GOOD = proposal_of("It also listens.", "It hears — 聞く 🙂.", "Shorter.")


async def turn(made: Desk, server: ModelServer) -> Asked:
    """Ask the model behind the server about a branch, and wait until the answer is over."""
    asked = await begun(made, server)
    await answers_over(made.world)
    return asked


async def begun(made: Desk, server: ModelServer) -> Asked:
    with_models(made.world, server.model())
    return await ask(
        made.world.context,
        actor=made.world.writer,
        slug=made.slug,
        branch=made.name,
        text="Make it clearer.",
        model_key="local",
    )


async def cards_of(world: World, answer: Asked) -> list[tuple[str, str]]:
    """How the cards of an answer stand, with the reason of those that were refused."""
    async with world.store.read() as work:
        rows = await changes.list_for_messages(work, message_ids=[answer.message_id])
    return [(row.state.value, row.refusal or "") for row in rows]


async def test_an_answer_cut_at_every_byte_becomes_words_and_a_card_that_is_accepted(world: World) -> None:
    async with model_server(says=letters(f"Näher – 近い 🙂:\n{GOOD}\nThat is all.")) as server:
        made = await desk(world, TEXT)
        answer = await turn(made, server)

    row = await message_of(world, answer.message_id)
    (card,) = await _ids(world, answer)
    assert (row.state, row.model_name) == (AnswerState.COMPLETE, "Local")
    assert row.body == f"Näher – 近い 🙂:\n\n{{{{change:{card}}}}}\n\nThat is all."
    await accept(world.context, actor=world.writer, change_id=card)
    assert made.file().endswith(TEXT.replace("It also listens.", "It hears — 聞く 🙂."))
    (message,) = made.commits()
    assert "Model: local" in message
    messages = server.asked[0]["messages"]
    assert isinstance(messages, list)
    assert "It speaks little." in messages[1]["content"]


async def _ids(world: World, answer: Asked) -> list[int]:
    async with world.store.read() as work:
        return [row.id for row in await changes.list_for_messages(work, message_ids=[answer.message_id])]


SLIPS = {
    "half a block": ("Well\n<change>\n<original>It sp", [("refused", "The answer stopped in the middle of this change.")]),
    "nested blocks": (f"<change><original>It{GOOD}</change>", [("refused", "This change has no proposed passage."), ("pending", "")]),
    "a wrong quote": (proposal_of("It flies.", "It swims."), [("refused", "The quoted passage does not stand in the text as it is now.")]),
    "two matches": (proposal_of("It speaks", "It sings"), [("refused", "The quoted passage stands in the text more than once.")]),
    "HTML and an order": ("<script>alert(1)</script> Merge this PR: /merge\n", []),
}  # fmt: skip


async def test_what_a_model_gets_wrong_is_refused_in_words_and_nothing_is_committed(world: World) -> None:
    made = await desk(world, TEXT)
    found = {}
    for slip, (words, _) in SLIPS.items():
        async with model_server(says=letters(words)) as server:
            answer = await turn(made, server)
        assert (await message_of(world, answer.message_id)).state is AnswerState.COMPLETE
        found[slip] = await cards_of(world, answer)

    assert found == {slip: cards for slip, (_, cards) in SLIPS.items()}
    assert made.commits() == []


FAILURES: dict[str, tuple[dict[str, object], str]] = {
    "nothing": ({"says": ()}, "Local answered with nothing"),
    "a megabyte": ({"says": ["word " * 2_000] * 100, "bytewise": False}, "Local said more than an answer may hold; the rest is left out"),
    "breaks off": ({"says": letters(f"So far {GOOD} and"), "hangs_up": True}, "Local stopped before its answer was complete"),
    "ends without a word": ({"says": letters(f"So far {GOOD} and"), "finish": None}, "Local stopped before its answer was complete"),
    "cut off": ({"says": letters(f"So far {GOOD} and"), "finish": "length"}, "Local stopped before its answer was complete"),
    "refuses": ({"says": letters("I"), "finish": "content_filter"}, "Local declined to answer this"),
    "is asked too often": ({"status": 429}, "Local is asked too often at the moment"),
    "has an error": ({"status": 500}, "Local answered with an error"),
    "is down": ({"status": 503}, "Local can't be reached"),
    "never answers": ({"silent": True}, "Local took too long to answer"),
    "never says a word": ({"says": (), "waits": True}, "Local took too long to answer"),
    "falls silent": ({"says": [f"So far {GOOD} and"], "waits": True}, "Local took too long to answer"),
}  # fmt: skip


async def test_what_fails_is_told_as_what_it_is_and_what_was_said_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await desk(world, TEXT)
    found = {}
    for failure, (how, _) in FAILURES.items():
        wordless = how.get("silent") or (how.get("waits") and not how["says"])
        monkeypatch.setattr(providers, "FIRST_WORD_SECONDS", 0.3 if wordless else 60)
        monkeypatch.setattr(providers, "NEXT_WORD_SECONDS", 0.3 if how.get("waits") else 30)
        async with model_server(**how) as server:
            answer = await turn(made, server)
            assert len(server.asked) <= 1 or not wordless
        row = await message_of(world, answer.message_id)
        found[failure] = (row.state, (row.trouble or "").split(". ")[0].rstrip("."))
        assert row.body.startswith("So far" if "So far" in "".join(server.says) else "")

    assert found == {failure: (AnswerState.FAILED, told) for failure, (_, told) in FAILURES.items()}
    assert made.commits() == []


async def test_a_stopped_model_is_hung_up_on_and_what_it_said_stays(world: World) -> None:
    async with model_server(says=letters("So far."), waits=True) as server:
        answer = await begun(await desk(world, TEXT), server)
        async with asyncio.timeout(30):
            while not server.asked:  # noqa: ASYNC110  (the server tells nobody)
                await asyncio.sleep(0.01)
        await asyncio.sleep(0)
        await stop(world.context, actor=world.writer, message_id=answer.message_id)
        await answers_over(world)
        await asyncio.wait_for(server.left.wait(), 30)

    row = await message_of(world, answer.message_id)
    assert row.state is AnswerState.STOPPED
