"""Turns a model's stream into what viewers see: talk in complete blocks, a growing tail, and change cards (§8.6).

What comes is gathered and handled ten times a second at most, so that a quick model costs no more than a slow one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from services.domain.answer_body import card_line, harmless
from services.domain.change_protocol import AnswerParser, AnswerText, BrokenBlock, Fragment, ProposedChange
from services.domain.identifiers import ChangeId, MessageId
from services.domain.markdown_blocks import BlockCutter
from services.live.streams import Streams
from services.llm.port import ModelFailed, Trouble

FLUSH_SECONDS = 0.1
"""How often viewers are sent what came meanwhile."""
KEEP_SECONDS = 2.0
"""How often what was said so far is stored, for the case that the server is killed."""
MOST_CARDS = 40
LONGEST_ANSWER = 300_000
"""Characters after which a model is not listened to any more."""

MakeCard = Callable[[ProposedChange | BrokenBlock], Awaitable[ChangeId]]
"""Stores a change of the answer, pending or refused, and gives its number."""
Keep = Callable[[str], Awaitable[None]]
"""Stores what the message says so far."""


@dataclass(slots=True)
class Answering:
    """One answer as it comes, by the model of this `name`."""

    message_id: MessageId
    name: str
    streams: Streams
    make_card: MakeCard
    keep: Keep
    cards: list[ChangeId] = field(default_factory=list)
    left_out: int = 0
    """Changes beyond the most that one answer may propose."""
    _said: list[str | ChangeId] = field(default_factory=list)
    _news: list[str] = field(default_factory=list)
    """Talk that viewers have not been sent."""
    _cutter: BlockCutter = field(default_factory=BlockCutter)

    @property
    def body(self) -> str:
        """What the message holds: talk, with a line for each card."""
        runs = groupby(self._said, key=lambda part: isinstance(part, str))
        written = (_written(list(run), talk=talk) for talk, run in runs)
        return "\n\n".join(part for part in written if part)

    async def run(self, words: AsyncIterator[str]) -> None:
        """Take the whole stream.

        Raises ModelFailed and whatever else the stream raises, with everything before it kept.
        """
        parser, arrived = AnswerParser(), _Arrived()
        reader = asyncio.create_task(self._read(words, arrived), name=f"stream of answer {self.message_id}")
        try:
            await self._follow(reader, parser, arrived)
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
            await self._take([*parser.feed(arrived.take()), *parser.finish()])
            self._show()
        reader.result()
        if not self.body:
            raise ModelFailed(self.name, Trouble.NO_ANSWER)

    async def _read(self, words: AsyncIterator[str], arrived: _Arrived) -> None:
        length = 0
        try:
            async for word in words:
                length += len(word)
                if length > LONGEST_ANSWER:
                    raise ModelFailed(self.name, Trouble.TOO_MUCH)
                arrived.put(word)
        finally:
            if isinstance(words, AsyncGenerator):
                await words.aclose()

    async def _follow(self, reader: asyncio.Task[None], parser: AnswerParser, arrived: _Arrived) -> None:
        """Handle what has arrived, then wait a moment, until the stream ends."""
        loop = asyncio.get_running_loop()
        kept_at = loop.time()
        while not reader.done():
            await arrived.wait(reader)
            await self._take(parser.feed(arrived.take()))
            self._show()
            if loop.time() - kept_at > KEEP_SECONDS:
                await self.keep(self.body)
                kept_at = loop.time()
            await asyncio.wait({reader}, timeout=FLUSH_SECONDS)

    async def _take(self, fragments: list[Fragment]) -> None:
        for fragment in fragments:
            if isinstance(fragment, AnswerText):
                self._said.append(fragment.text)
                self._news.append(fragment.text)
            elif len(self.cards) < MOST_CARDS:
                change_id = await self.make_card(fragment)
                self.cards.append(change_id)
                self._said.append(change_id)
            else:
                self.left_out += 1

    def _show(self) -> None:
        """Send what is new; cards are told of by events."""
        if self._news:
            blocks = self._cutter.feed("".join(self._news))
            self._news.clear()
            self.streams.put(self.message_id, blocks, self._cutter.tail)


def _written(run: Sequence[str | ChangeId], *, talk: bool) -> str:
    if talk:
        words = harmless("".join(str(part) for part in run))
        return words.strip("\n").rstrip() if words.strip() else ""
    return "\n\n".join(card_line(ChangeId(int(part))) for part in run)


class _Arrived:
    """Words that a model has said and nobody has handled."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._some = asyncio.Event()

    def put(self, word: str) -> None:
        self._words.append(word)
        self._some.set()

    def take(self) -> str:
        words = "".join(self._words)
        self._words.clear()
        self._some.clear()
        return words

    async def wait(self, reader: asyncio.Task[None]) -> None:
        """Until there is something, or nothing more will come."""
        some = asyncio.ensure_future(self._some.wait())
        try:
            await asyncio.wait({some, reader}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            some.cancel()
