"""Turns a model's stream into what viewers see: talk in complete blocks, a growing tail, and change cards (§8.6)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from services.domain.change_protocol import AnswerParser, AnswerText, BrokenBlock, Fragment, ProposedChange
from services.domain.identifiers import ChangeId, MessageId
from services.live.streams import Streams

FLUSH_SECONDS = 0.1
"""How often viewers are sent what came meanwhile."""
MOST_CARDS = 40
LONGEST_TALK = 60_000
"""Characters of talk that are kept; the rest is cut off and said to be."""
CUT_OFF = "\n\n(The rest of this answer was too long to keep.)"

MakeCard = Callable[[ProposedChange | BrokenBlock], Awaitable[ChangeId]]
"""Stores a change of the answer, pending or refused, and gives its number."""


def card_line(change_id: ChangeId) -> str:
    """The line of a message that stands for one of its cards; pages show the card there."""
    return f"{{{{change:{change_id}}}}}"


@dataclass(slots=True)
class Answering:
    """One answer as it comes. `body` is what the message will hold: talk, with a line for each card."""

    message_id: MessageId
    streams: Streams
    make_card: MakeCard
    body: str = ""
    cards: list[ChangeId] = field(default_factory=list)
    _sent: int = 0
    """Characters of the body that viewers have as complete blocks."""

    async def run(self, words: AsyncIterator[str]) -> None:
        """Take the whole stream; raises what the stream raises, with everything before it kept."""
        parser = AnswerParser()
        loop = asyncio.get_running_loop()
        shown_at = 0.0
        try:
            async for chunk in words:
                await self._take(parser.feed(chunk))
                if loop.time() - shown_at >= FLUSH_SECONDS:
                    self._show()
                    shown_at = loop.time()
        finally:
            await self._take(parser.finish())
            self._show()

    async def _take(self, fragments: list[Fragment]) -> None:
        for fragment in fragments:
            if isinstance(fragment, AnswerText):
                self._say(fragment.text)
            elif len(self.cards) < MOST_CARDS:
                change_id = await self.make_card(fragment)
                self.cards.append(change_id)
                self._say(f"\n\n{card_line(change_id)}\n\n")

    def _say(self, text: str) -> None:
        room = LONGEST_TALK - len(self.body)
        if room > 0:
            self.body += text if len(text) <= room else text[:room] + CUT_OFF

    def _show(self) -> None:
        """Send paragraphs that are complete; what may still grow is the tail."""
        ready = self.body.rfind("\n\n")
        if ready < self._sent or self.body.count("```", 0, ready) % 2:
            ready = self._sent
        blocks = tuple(block for block in self.body[self._sent : ready].split("\n\n") if block.strip())
        if blocks and self.body.count("```", self._sent, ready) > 0:
            blocks = (self.body[self._sent : ready],)
        self._sent = ready
        self.streams.put(self.message_id, blocks, self.body[ready:])
