"""Answers while they are given: rendered once for everybody who looks on, sent in closed blocks and a tail (§8.4)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypedDict

from anyio import to_thread
from nicegui import Client, background_tasks

from components.notice import run_in_pages
from services.domain.identifiers import MessageId, ThreadId
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import render_message
from services.live.streams import Streamed, Streams

PAUSE_SECONDS: Final = 0.1
"""How often a page is told of new words at most."""
PAUSE_FOR_EACH: Final = 0.006
"""Seconds by which each page more makes it rarer, so that a crowd does not cost more than a few."""


class Part(TypedDict):
    """What the browser gets: HTML of the closed blocks from `first` on, and of the tail after them."""

    message: int
    first: int
    blocks: list[str]
    tail: str
    ended: bool


@dataclass(slots=True)
class _Answer:
    closed: list[str] = field(default_factory=list)
    tail: str = ""
    blocks: list[str] = field(default_factory=list)
    """HTML of the first ones of `closed`."""
    tail_html: str = ""
    ended: bool = False


class AnswerFeed:
    """The answers under way on this site, for the pages that show them."""

    def __init__(self) -> None:
        self._threads: dict[ThreadId, _ThreadFeed] = {}

    def join(self, client: Client, streams: Streams, thread_id: ThreadId, base: LinkBase) -> list[Part]:
        """Tell this page of a thread's answers until it is closed; returns what is there already."""
        thread = self._threads.get(thread_id)
        if thread is None:
            thread = self._threads[thread_id] = _ThreadFeed(base)
            thread.leave_stream = streams.subscribe(thread_id, thread.told)
        thread.clients[client.id] = client
        client.on_delete(lambda: self._leave(thread_id, client))
        return thread.so_far()

    def so_far(self, thread_id: ThreadId) -> list[Part]:
        """What the answers of a thread say now, for a page that missed something."""
        thread = self._threads.get(thread_id)
        return [] if thread is None else thread.so_far()

    def _leave(self, thread_id: ThreadId, client: Client) -> None:
        thread = self._threads[thread_id]
        del thread.clients[client.id]
        if not thread.clients:
            thread.leave_stream()
            del self._threads[thread_id]


class _ThreadFeed:
    """One thread: at most one rendering runs, and tells what came meanwhile when it is over."""

    def __init__(self, base: LinkBase) -> None:
        self.clients: dict[str, Client] = {}
        self.leave_stream: Callable[[], None] = _nothing
        self._base = base
        self._answers: dict[MessageId, _Answer] = {}
        self._behind: set[MessageId] = set()
        self._running = False

    def told(self, streamed: Streamed) -> None:
        """More of an answer came."""
        answer = self._answers.setdefault(streamed.message_id, _Answer())
        del answer.closed[streamed.first :]
        answer.closed.extend(streamed.closed)
        answer.tail, answer.ended = streamed.tail, streamed.ended
        self._behind.add(streamed.message_id)
        if not self._running:
            self._running = True
            background_tasks.create(self._run(), name="answers to the pages")

    def so_far(self) -> list[Part]:
        """What has been rendered."""
        return [_part(message_id, answer, 0) for message_id, answer in self._answers.items()]

    async def _run(self) -> None:
        try:
            while self._behind:
                await asyncio.sleep(PAUSE_SECONDS + PAUSE_FOR_EACH * len(self.clients))
                behind, self._behind = self._behind, set()
                for message_id in behind:
                    await self._bring_up(message_id)
        finally:
            self._running = False

    async def _bring_up(self, message_id: MessageId) -> None:
        answer = self._answers[message_id]
        first, tail, ended = len(answer.blocks), answer.tail, answer.ended
        fresh = answer.closed[first:]
        html = await to_thread.run_sync(
            lambda: [render_message(text, base=self._base) for text in [*fresh, tail]]
        )
        answer.tail_html = html.pop()
        answer.blocks.extend(html)
        part = _part(message_id, answer, first)
        part["ended"] = ended
        if ended:
            del self._answers[message_id]
        await self._tell(part)

    async def _tell(self, part: Part) -> None:
        """A page that misses some of it notices at the next part, and asks for all."""
        code = f"document.dispatchEvent(new CustomEvent('rfc:answer', {{detail: {json.dumps(part)}}}))"
        await run_in_pages(code, list(self.clients.values()))


def _part(message_id: MessageId, answer: _Answer, first: int) -> Part:
    return Part(
        message=message_id,
        first=first,
        blocks=answer.blocks[first:],
        tail=answer.tail_html,
        ended=answer.ended,
    )


def _nothing() -> None:
    """Nothing to leave yet."""
