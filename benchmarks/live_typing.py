"""Ten people typing in one document of 200 kB, each with an open page (§8.9): processor time, delay, and one text."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AsyncExitStack
from itertools import cycle

from websockets.asyncio.client import ClientConnection

from benchmarks.crowd import add_document, cpu_seconds, load_page, open_branch, signed_in
from benchmarks.figure import Figure, percentile
from benchmarks.page_socket import page_socket
from services.domain.shared_text import ChangeSet, from_units, to_units
from tests.support.live_line import headers_of, live_line
from tests.support.server import RunningServer, running_server

TYPISTS = 10
KEYS_PER_SECOND = 5.0
"""A fast typist's sixty words a minute."""
SECONDS = 20.0
SIZE = 200_000


class Delays:
    """When each key was sent, and how long it took to every other window."""

    def __init__(self) -> None:
        self._sent: defaultdict[str, list[float]] = defaultdict(list)
        self.heard: list[float] = []
        self.acknowledged: list[float] = []

    def sent(self, client_id: str) -> None:
        self._sent[client_id].append(time.perf_counter())

    def hear(self, client_id: str, number: int) -> None:
        self.heard.append((time.perf_counter() - self._sent[client_id][number]) * 1000)


class Typist:
    """One window that types where its person is, and shows what the others type."""

    def __init__(self, connection: ClientConnection, delays: Delays, seed: int) -> None:
        self._connection, self._delays = connection, delays
        self._dice = random.Random(seed)
        self._answers: dict[int, asyncio.Future[dict[str, object]]] = {}
        self._numbers: Iterator[int] = iter(range(1, 1_000_000))
        self._from: defaultdict[str, int] = defaultdict(int)
        self.units, self.version, self.client_id = "", 0, ""

    @property
    def text(self) -> str:
        return from_units(self.units)

    async def join(self) -> None:
        reply = await self._ask({"type": "join", "text": True})
        self.units, self.version = to_units(str(reply["text"])), int(str(reply["version"]))
        self.client_id = str(reply["clientID"])

    async def type_for(self, seconds: float) -> None:
        """Keys at a person's pace, each on the text as seen by then; one push at a time, as the editor does."""
        at = self._dice.randrange(len(self.units))
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            await asyncio.sleep(self._dice.expovariate(KEYS_PER_SECOND))
            at = min(at + 1, len(self.units))
            change = ChangeSet.replace(len(self.units), at, at, self._dice.choice("etaoin shrdlu"))
            self._delays.sent(self.client_id)
            began = time.perf_counter()
            reply = await self._ask(
                {"type": "push", "version": self.version, "updates": [change.to_json()], "cursor": [at, at]}
            )
            if "error" in reply:
                raise RuntimeError(f"a key was refused: {reply}")
            self._delays.acknowledged.append((time.perf_counter() - began) * 1000)

    async def listen(self) -> None:
        async for frame in self._connection:
            message = json.loads(frame)
            if answer := self._answers.pop(message.get("replyTo") or 0, None):
                answer.set_result(message)
            elif message.get("type") == "updates" and self.client_id:
                self._apply(message)

    def _apply(self, message: dict[str, list[dict[str, object]]]) -> None:
        for update in message["updates"]:
            sender = str(update["clientID"])
            self.units = ChangeSet.from_json(update["changes"]).apply(self.units)
            self.version += 1
            if sender != self.client_id:
                self._delays.hear(sender, self._from[sender])
            self._from[sender] += 1

    async def _ask(self, message: dict[str, object]) -> dict[str, object]:
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._connection.send(json.dumps({"id": number, **message}))
        return await self._answers[number]


def measure() -> list[Figure]:
    """Start a site, let them type, and compare what they see at the end."""
    with running_server() as server:
        with signed_in(server):
            add_document(server, size=SIZE)
        return asyncio.run(_measure(server))


async def _measure(server: RunningServer) -> list[Figure]:
    delays = Delays()
    with signed_in(server) as people:
        async with open_branch(server) as (_, branch), AsyncExitStack() as stack:
            typists: list[Typist] = []
            for number, person in zip(range(TYPISTS), cycle(people.values()), strict=False):
                page = await asyncio.to_thread(load_page, person, branch)
                headers = headers_of(person)
                await stack.enter_async_context(page_socket(server.url, page.client_id, headers))
                line = await stack.enter_async_context(live_line(server.url, page.key, headers))
                typist = Typist(line.connection, delays, number)
                stack.callback(asyncio.create_task(typist.listen()).cancel)
                await typist.join()
                typists.append(typist)
            cpu, wall = await _type(server, typists)
            different = await _settle(typists)
    keys = len(delays.acknowledged)
    return [
        Figure(
            "10 people typing in 200 kB: share of one core",
            100 * cpu / wall,
            "%",
            25,
            f"{keys / wall:.0f} keys a second",
        ),
        Figure(
            "an edit on the others' screens, p95",
            percentile(delays.heard, 0.95),
            "ms",
            200,
            f"p50 {percentile(delays.heard, 0.5):.1f}",
        ),
        Figure("an edit acknowledged, p95", percentile(delays.acknowledged, 0.95), "ms"),
        Figure("windows whose text differs at the end", different, "of 10", 0),
    ]


async def _type(server: RunningServer, typists: list[Typist]) -> tuple[float, float]:
    await asyncio.sleep(2)  # what loading the pages began is over
    cpu, began = cpu_seconds(server.pid), time.perf_counter()
    await asyncio.gather(*(typist.type_for(SECONDS) for typist in typists))
    return cpu_seconds(server.pid) - cpu, time.perf_counter() - began


async def _settle(typists: list[Typist]) -> int:
    """Wait until everybody has heard everything; how many have another text than the first."""
    async with asyncio.timeout(10):
        while len({typist.version for typist in typists}) > 1:  # noqa: ASYNC110  (nobody tells us)
            await asyncio.sleep(0.05)
    return sum(typist.text != typists[0].text for typist in typists)
