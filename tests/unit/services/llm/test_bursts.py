"""A stream read in bursts: nothing is lost, what came together is given together, and the first does not wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from services.llm import bursts as reading
from services.llm.bursts import Bursts

PATIENCE = 30


class Wire:
    """What another side sends; items sent while nobody reads are there together, as in a socket."""

    def __init__(self) -> None:
        self.reads = 0
        self._sent: asyncio.Queue[Sequence[int] | Exception | None] = asyncio.Queue()

    def send(self, *items: int) -> None:
        self._sent.put_nowait(items)

    def end(self, error: Exception | None = None) -> None:
        self._sent.put_nowait(error)

    async def __aiter__(self) -> AsyncIterator[int]:
        while True:
            packets = [await self._sent.get()]
            self.reads += 1
            await asyncio.sleep(
                0
            )  # a socket is heard in the loop's next turn, with all that has come by then
            while not self._sent.empty():
                packets.append(self._sent.get_nowait())
            for packet in packets:
                if packet is None:
                    return
                if isinstance(packet, Exception):
                    raise packet
                for item in packet:
                    yield item


async def test_the_first_is_given_before_anything_else_comes() -> None:
    wire = Wire()
    bursts = Bursts(aiter(wire))
    wire.send(1)
    async with asyncio.timeout(PATIENCE):
        assert await anext(aiter(bursts)) == [1]
    await bursts.close()


async def test_what_comes_in_a_pause_is_given_together_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST_RUN_SECONDS", PATIENCE)  # also where the machine is busy
    wire = Wire()
    bursts = Bursts(aiter(wire))
    given = aiter(bursts)
    async with asyncio.timeout(PATIENCE):
        wire.send(1)
        assert await anext(given) == [1]
        for number in range(2, 12):
            wire.send(number)
        assert await anext(given) == list(range(2, 12))
        wire.send(12)
        assert await anext(given) == [12]
        wire.end()
        assert [burst async for burst in given] == []
    assert wire.reads == 4


async def test_a_stream_that_never_waits_is_given_whole_and_in_order_and_lets_others_run() -> None:
    wire = Wire()
    bursts = Bursts(aiter(wire))
    many = range(200_000)
    wire.send(*many)
    wire.end()
    turns = 0

    async def something_else() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    other = asyncio.create_task(something_else())
    async with asyncio.timeout(PATIENCE):
        assert await anext(aiter(bursts)) == [0]
        before = turns
        given = [burst async for burst in bursts]
    other.cancel()
    assert [item for burst in given for item in burst] == list(many)[1:]
    assert min(len(given), turns - before) > 2


async def test_an_error_comes_after_everything_before_it() -> None:
    wire = Wire()
    wire.send(1, 2)
    wire.end(ConnectionError("gone"))
    given: list[int] = []
    with pytest.raises(ConnectionError, match="gone"):
        await take_all(Bursts(aiter(wire)), given)
    assert given == [1, 2]


async def take_all(bursts: Bursts[int], given: list[int]) -> None:
    async for burst in bursts:
        given.extend(burst)


async def test_after_the_close_nothing_is_read_any_more() -> None:
    wire = Wire()
    bursts = Bursts(aiter(wire))
    wire.send(1)
    async with asyncio.timeout(PATIENCE):
        assert await anext(aiter(bursts)) == [1]
        await bursts.close()
        wire.send(2)
        await asyncio.sleep(0)
    assert wire.reads == 1
