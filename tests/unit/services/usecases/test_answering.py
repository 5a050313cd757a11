"""A stream of words becomes blocks for viewers and cards for people, at little cost (§8.4, §8.6, §19)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from services.domain.change_protocol import BrokenBlock, ProposedChange
from services.domain.identifiers import ChangeId, MessageId, ThreadId
from services.live.streams import Streamed, Streams
from services.llm.port import ModelFailed, Trouble
from services.usecases.answering import Answering

MESSAGE = MessageId(1)
THREAD = ThreadId(1)
BLOCK = "<change>\n<original>a</original>\n<proposed>b</proposed>\n<reason>c</reason>\n</change>"


class Viewers:
    """Everybody who looks on."""

    def __init__(self, count: int = 1) -> None:
        self.streams = Streams()
        self.heard: list[Streamed] = []
        self.streams.begin(MESSAGE, THREAD)
        for _ in range(count):
            self.streams.subscribe(THREAD, self.heard.append)

    def text(self) -> str:
        """What one viewer has read."""
        return "".join(part for one in self.heard for part in one.closed) + self.heard[-1].tail


class Desk:
    """Numbers cards as they come."""

    def __init__(self) -> None:
        self.changes: list[ProposedChange | BrokenBlock] = []

    async def make(self, change: ProposedChange | BrokenBlock) -> ChangeId:
        self.changes.append(change)
        return ChangeId(len(self.changes))


async def keep(body: str) -> None:
    """Nothing to store."""


async def spoken(text: str, size: int) -> AsyncIterator[str]:
    for at in range(0, len(text), size):
        yield text[at : at + size]
        await asyncio.sleep(0)


async def given(text: str, size: int = 5) -> tuple[Answering, Viewers, Desk]:
    viewers, desk = Viewers(), Desk()
    answering = Answering(MESSAGE, "Claude", viewers.streams, desk.make, keep)
    await answering.run(spoken(text, size))
    return answering, viewers, desk


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000])
async def test_cards_stand_where_they_were_proposed_however_the_words_arrive(size: int) -> None:
    answering, viewers, desk = await given(f"First.\n\n{BLOCK}\n\nThen.\n\n{BLOCK}{BLOCK}\nLast.", size)

    assert answering.body == "First.\n\n{{change:1}}\n\nThen.\n\n{{change:2}}\n\n{{change:3}}\n\nLast."
    assert desk.changes == [ProposedChange("a", "b", "c")] * 3
    assert viewers.text().split() == ["First.", "Then.", "Last."]


async def test_a_card_alone_is_an_answer_and_nothing_at_all_is_none() -> None:
    answering, _, _ = await given(BLOCK)

    assert answering.body == "{{change:1}}"
    with pytest.raises(ModelFailed) as failed:
        await given(" \n ")
    assert failed.value.trouble is Trouble.NO_ANSWER


async def test_a_thousand_words_to_fifty_viewers_cost_next_to_nothing() -> None:
    viewers, desk = Viewers(50), Desk()
    answering = Answering(MESSAGE, "Claude", viewers.streams, desk.make, keep)
    text = "".join(f"word{number} " + "\n\n" * (number % 40 == 0) for number in range(1_000))
    before = time.process_time()

    await answering.run(spoken(text, 6))

    assert time.process_time() - before < 0.5
    assert answering.body.split() == text.split()


async def test_a_block_that_never_ends_costs_little_as_well() -> None:
    before = time.process_time()

    _, _, desk = await given("<change><original>" + "word " * 38_000, 10)

    assert time.process_time() - before < 2
    assert desk.changes == [
        BrokenBlock("The answer stopped in the middle of this change.", "<original>" + "word " * 38_000)
    ]


async def test_what_was_said_before_somebody_stopped_it_is_there() -> None:
    viewers, desk = Viewers(), Desk()
    answering = Answering(MESSAGE, "Claude", viewers.streams, desk.make, keep)

    async def endless() -> AsyncIterator[str]:
        yield "So far "
        await asyncio.Event().wait()

    task = asyncio.create_task(answering.run(endless()))
    while not viewers.text():  # noqa: ASYNC110  (the first words are about to come)
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert answering.body == "So far"
