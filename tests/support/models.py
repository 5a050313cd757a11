"""A model that says what a test tells it to: the only participant that tests make up, since the others cost money."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace

from services.domain.change_protocol import ProposedChange
from services.domain.identifiers import MessageId
from services.llm.port import Participant, Question
from services.store.queries import threads
from services.store.queries.threads import MessageRow
from services.usecases.models import Models
from tests.support.world import World

KEY = "claude"


@dataclass
class Scripted:
    """Says its words one by one; an error among them is raised, an event waited for."""

    words: list[str | Exception | asyncio.Event] = field(default_factory=list)
    key: str = KEY
    asked: list[Question] = field(default_factory=list)
    closed: int = 0
    said_first: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the first word is out."""

    @property
    def name(self) -> str:
        """What people read."""
        return self.key.capitalize()

    def says(self, *words: str | Exception | asyncio.Event) -> None:
        """What it answers from now on."""
        self.words = list(words)
        self.said_first = asyncio.Event()

    async def answer(self, question: Question) -> AsyncIterator[str]:
        """The script."""
        self.asked.append(question)
        try:
            for word in list(self.words):
                if isinstance(word, Exception):
                    raise word
                if isinstance(word, asyncio.Event):
                    await word.wait()
                    continue
                yield word
                self.said_first.set()
        finally:
            self.closed += 1


def block(change: ProposedChange) -> str:
    """A change as a model writes it."""
    return (
        f"\n<change>\n<original>{change.original}</original>\n<proposed>{change.proposed}</proposed>\n"
        f"<reason>{change.reason}</reason>\n</change>\n"
    )


def proposal_of(original: str, proposed: str, reason: str = "It is clearer.") -> str:
    """The same from its parts."""
    return block(ProposedChange(original, proposed, reason))


def with_models(world: World, *participants: Participant) -> None:
    """Have these take part in a world, besides the copy-editor."""
    world.context = replace(world.context, models=Models(besides=participants))


async def answers_over(world: World) -> None:
    """Wait until every answer is over."""
    await world.context.answers.wait()


async def message_of(world: World, message_id: MessageId) -> MessageRow:
    """A message as it is stored."""
    async with world.store.read() as work:
        row = await threads.message(work, id=message_id)
    assert row is not None
    return row


def slowly(text: str, size: int) -> Iterable[str]:
    """The text in pieces of so many characters."""
    return (text[at : at + size] for at in range(0, len(text), size))
