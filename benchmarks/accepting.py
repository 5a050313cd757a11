"""Accepting a change: from the click on one page to the card and the text on another one, commit included (§19)."""

from __future__ import annotations

import asyncio
import base64
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from benchmarks.crowd import SLUG, OpenPage, add_document, cpu_seconds, load_page, open_branch, signed_in
from benchmarks.figure import Figure, milliseconds, percentile
from benchmarks.page_socket import page_socket
from services.domain.identifiers import ChangeId
from services.domain.prose_diff import Span
from services.domain.trailers import new_operation_id
from services.usecases.context import Context
from services.usecases.suggest import suggest
from tests.support.beside import actor_called
from tests.support.live_line import headers_of
from tests.support.server import META, ORG, REVIEWER, WRITER, RunningServer, running_server

SIZE = 20_000
"""Bytes of the document: an ordinary RFC."""
CARDS = 30
REST_SECONDS = 1.0
"""Between two clicks, as somebody who reads what they accept."""
PATIENCE = 20
IN_THE_TEXT = '"pieces":'
"""What patches the text and nothing else."""
SENTENCE = re.compile(r"(?<=\. )[A-Z][^.]+\.(?= )")
"""One inside a paragraph."""


Send = Callable[[str], Awaitable[None]]


@dataclass
class Watcher:
    """What a page is waiting for: frames that hold these words."""

    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _missing: set[tuple[str, ...]] = field(default_factory=set)

    def wait_for(self, *frames: tuple[str, ...]) -> None:
        """From now on, for each of `frames` one that holds all its words."""
        self._missing = set(frames)
        self.arrived.clear()

    def hear(self, frame: str) -> None:
        """One frame of the page's socket."""
        if not self._missing:
            return
        plain = frame.replace("\\", "")  # HTML inside of JavaScript inside of JSON
        self._missing -= {frame for frame in self._missing if all(words in plain for words in frame)}
        if not self._missing:
            self.arrived.set()


def measure() -> list[Figure]:
    """Start a site with a branch full of cards and accept them one by one; the forge alone for comparison."""
    with running_server() as server:
        with signed_in(server):
            body = add_document(server, size=SIZE)
        return asyncio.run(_measure(server, body))


async def _measure(server: RunningServer, body: str) -> list[Figure]:
    watcher = Watcher()
    with signed_in(server) as people:
        async with open_branch(server) as (context, branch), AsyncExitStack() as stack:
            cards = await _suggest(context, branch, body)
            pages: list[OpenPage] = []
            sends = []
            for login, heard in ((WRITER, ignore), (REVIEWER, watcher.hear)):
                page = await asyncio.to_thread(load_page, people[login], branch, mode="discuss")
                socket = page_socket(server.url, page.client_id, headers_of(people[login]), heard)
                sends.append((await stack.enter_async_context(socket)).send)
                pages.append(page)
            await asyncio.sleep(2)  # what loading the pages began is over
            cpu = cpu_seconds(server.pid)
            times = [await _accept(sends[0], pages[0], watcher, *one) for one in cards]
            cpu = (cpu_seconds(server.pid) - cpu) * 1000 / CARDS
    alone = [milliseconds(_commit_alone(server, body, number)) for number in range(CARDS)]
    return [
        _timed("accept to updated page of somebody else, p95", times, 150),
        Figure("the same: server CPU of one accept", cpu, "ms"),
        _timed("a commit of the same file by the forge alone, p95", alone),
    ]


async def _accept(send: Send, page: OpenPage, watcher: Watcher, card: ChangeId, word: str) -> float:
    """Milliseconds from the click until the other page has heard of it, then a rest."""
    watcher.wait_for((f'data-change="{card}" data-state="accepted"',), (word, IN_THE_TEXT))
    began = time.perf_counter()
    await send(page.event("press", _press(card)))
    async with asyncio.timeout(PATIENCE):
        await watcher.arrived.wait()
    took = (time.perf_counter() - began) * 1000
    await asyncio.sleep(REST_SECONDS)
    return took


def _timed(what: str, times: list[float], target: float | None = None) -> Figure:
    return Figure(what, percentile(times, 0.95), "ms", target, f"p50 {percentile(times, 0.5):.0f}")


def ignore(frame: str) -> None:
    """The page of whoever clicks."""
    del frame


def _press(card: ChangeId) -> dict[str, object]:
    return {
        "key": f"c{card}",
        "act": "accept",
        "id": card,
        "op": new_operation_id(),
        "text": None,
        "sentences": [],
    }


async def _suggest(context: Context, branch: str, body: str) -> list[tuple[ChangeId, str]]:
    """Cards all over the document, each with a word of its own to know it by."""
    actor = await actor_called(context, WRITER)
    sentences = [found.span() for found in SENTENCE.finditer(body)]
    cards = []
    for number in range(CARDS):
        span = Span(*sentences[number * len(sentences) // CARDS])
        word = f"accepted{number:03}"
        proposed = f"{body[span.start : span.end]} {word}"
        card = await suggest(
            context, actor=actor, slug=SLUG, branch=branch, span=span, proposed=proposed, reason=""
        )
        cards.append((card, word))
    return cards


def _commit_alone(server: RunningServer, body: str, number: int) -> Callable[[], None]:
    path = f"/api/v1/repos/{ORG}/{META}/contents/rfcs/beside.md"

    def commit() -> None:
        content = base64.b64encode(f"{body}\n{number}\n".encode()).decode()
        known = server.forge.admin.get(path)
        change = {"content": content, "message": "Beside"}
        if known.is_success:
            answer = server.forge.admin.put(path, json={**change, "sha": known.json()["sha"]})
        else:
            answer = server.forge.admin.post(path, json=change)
        answer.raise_for_status()

    return commit
