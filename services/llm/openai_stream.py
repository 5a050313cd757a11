"""OpenAI's client, made to spend less on each word of an answer.

It builds nested objects for each event of a stream, and pydantic-ai handles each in turn: half a millisecond a word,
for events that differ in their word only. Here events that came together and hold nothing but words become one before
any of that; all others pass as they are (docs/decisions/0016-words-in-bursts.md).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletionChunk

from services.llm.bursts import Bursts

Event = dict[str, object]

_OF_EVENTS = {
    "id",
    "object",
    "created",
    "model",
    "choices",
    "system_fingerprint",
    "service_tier",
    "obfuscation",
}
_OF_CHOICES = {"index", "delta"}
_OF_DELTAS = {"role", "content"}
"""What an event may hold, apart from what is empty, if it is to be joined to the one before it."""


class BurstingOpenAI(AsyncOpenAI):
    """OpenAI's client whose chats are streamed in bursts."""

    async def post(self, path: str, *, stream_cls: object = None, **how: object) -> object:  # type: ignore[override]
        """As OpenAI's own `post`, with `BurstingStream` in place of its stream of chat events."""
        if stream_cls == AsyncStream[ChatCompletionChunk]:
            stream_cls = BurstingStream
        return await super().post(path, stream_cls=stream_cls, **how)  # type: ignore[call-overload]


class BurstingStream(AsyncStream[object]):
    """The events of a chat as OpenAI's own stream gives them, except that words that came together are together."""

    _bursts: Bursts[object] | None = None

    async def __aiter__(self) -> AsyncIterator[ChatCompletionChunk]:
        self._bursts = Bursts(super().__aiter__())
        try:
            async for burst in self._bursts:
                for event in joined(burst):
                    yield ChatCompletionChunk.model_construct(**event)  # type: ignore[arg-type]
        finally:
            await self._bursts.close()

    async def close(self) -> None:
        """Read no more, and close the response and the connection."""
        if self._bursts is not None:
            await self._bursts.close()
        await super().close()


def joined(events: Iterable[object]) -> list[Event]:
    """The same answer in fewer events: those in a row that hold words of one choice and nothing else are one.

    Leaves out what is no JSON object, and says nothing.
    """
    result: list[Event] = []
    last: _Words | None = None
    for event in events:
        if not isinstance(event, dict):
            continue
        words = _words_of(event)
        if last is not None and words is not None and words.choice == last.choice:
            last.add(words)
        else:
            result.append(event)
            last = words
    return result


class _Words:
    """An event that holds words and nothing else."""

    def __init__(self, choice: object, delta: Event, words: str) -> None:
        self.choice, self._delta, self._words = choice, delta, words

    def add(self, following: _Words) -> None:
        """Put the words of the next event into this one."""
        self._words += following._words
        self._delta["content"] = self._words


def _words_of(event: Event) -> _Words | None:
    choices = event.get("choices")
    if not (isinstance(choices, list) and len(choices) == 1 and _holds_only(event, _OF_EVENTS)):
        return None
    choice = choices[0]
    if not (isinstance(choice, dict) and _holds_only(choice, _OF_CHOICES)):
        return None
    delta = choice.get("delta")
    if not (isinstance(delta, dict) and _holds_only(delta, _OF_DELTAS)):
        return None
    words = delta.get("content")
    return _Words(choice.get("index"), delta, words) if isinstance(words, str) else None


def _holds_only(part: Event, names: set[str]) -> bool:
    return all(name in names or value in (None, []) for name, value in part.items())
