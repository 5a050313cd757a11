"""An answer of a thousand tokens, told to fifty open pages as it comes (§8.4): what the server spends on it."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from itertools import cycle

from benchmarks.crowd import OpenPage, add_document, cpu_seconds, load_page, open_branch, signed_in
from benchmarks.figure import Figure
from benchmarks.page_socket import Heard, PageSocket, page_socket
from services.domain.trailers import new_operation_id
from tests.support.live_line import headers_of
from tests.support.model_server import ModelServer, model_server
from tests.support.server import RunningServer, running_server

VIEWERS = 50
TOKENS = 1_000
TOKENS_PER_SECOND = 100
SIZE = 20_000
LAST = "the last word of this answer"
PATIENCE = 90
IDLE_SECONDS = 5.0


def measure() -> list[Figure]:
    """Start a site with a model behind it, open the pages, and ask."""
    return asyncio.run(_measure())


async def _measure() -> list[Figure]:
    async with model_server(bytewise=False) as model:
        with running_server(start=False, settings=model.settings()) as server:
            await asyncio.to_thread(server.start)
            return await _ask(server, model)


async def _ask(server: RunningServer, model: ModelServer) -> list[Figure]:
    heard = _Heard()
    with signed_in(server) as people:
        await asyncio.to_thread(add_document, server, size=SIZE)
        async with open_branch(server) as (_, branch), AsyncExitStack() as stack:
            pages: list[tuple[OpenPage, PageSocket]] = []
            for _, person in zip(range(VIEWERS), cycle(people.values()), strict=False):
                page = await asyncio.to_thread(load_page, person, branch, mode="discuss")
                socket = page_socket(server.url, page.client_id, headers_of(person), heard.of(page))
                pages.append((page, await stack.enter_async_context(socket)))
            model.says = ["Ready. ", LAST]
            await _answer(pages, heard)  # the first question loads the library
            await asyncio.sleep(3)
            idle = cpu_seconds(server.pid)
            await asyncio.sleep(IDLE_SECONDS)
            idle = (cpu_seconds(server.pid) - idle) / IDLE_SECONDS
            model.says, model.pace = _tokens(), 1 / TOKENS_PER_SECOND
            cpu, before = cpu_seconds(server.pid), sum(socket.bytes for _, socket in pages)
            began = time.monotonic()
            await _answer(pages, heard)
            open_pages = idle * (time.monotonic() - began)
            cpu = cpu_seconds(server.pid) - cpu - open_pages
            sent = (sum(socket.bytes for _, socket in pages) - before) / VIEWERS / 1000
    return [
        Figure(f"an answer of {TOKENS} tokens to {VIEWERS} viewers: server CPU", cpu, "s", 1, f"{sent:.0f} kB to each"),
        Figure("beside it, the same pages without an answer for as long", open_pages, "s"),
    ]  # fmt: skip


async def _answer(pages: list[tuple[OpenPage, PageSocket]], heard: _Heard) -> None:
    heard.forget()
    page, socket = pages[0]
    wish = {
        "text": "Say something.",
        "model": "local",
        "about": "document",
        "quote": "",
        "start": 0,
        "end": 0,
    }
    await socket.send(page.event("ask", {**wish, "section": "", "op": new_operation_id()}))
    async with asyncio.timeout(PATIENCE):
        await heard.everybody.wait()


class _Heard:
    """Who has read the answer to its end."""

    def __init__(self) -> None:
        self.everybody = asyncio.Event()
        self._who: set[str] = set()

    def forget(self) -> None:
        self._who.clear()
        self.everybody.clear()

    def of(self, page: OpenPage) -> Heard:
        def hear(frame: str) -> None:
            if LAST in frame:
                self._who.add(page.client_id)
                if len(self._who) == VIEWERS:
                    self.everybody.set()

        return hear


def _tokens() -> list[str]:
    """Prose in paragraphs, as models write it."""
    words = ["It ", "says ", "what ", "it ", "has ", "to ", "say, ", "and ", "no ", "more. "]
    said = [
        words[number % len(words)] + ("\n\n" if number % 90 == 89 else "") for number in range(TOKENS - 1)
    ]
    return [*said, f"\n\n{LAST}"]
