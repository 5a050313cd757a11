"""Readings that pages share when they ask at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from services.usecases.shared_readings import SharedReadings


class Library:
    """Reads slowly, and counts."""

    def __init__(self) -> None:
        self.read = 0
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()

    def reader(self) -> Callable[[], Awaitable[int]]:
        async def read() -> int:
            self.read += 1
            number = self.read
            self.begun.set()
            await self.gate.wait()
            return number

        return read


async def test_all_who_ask_at_once_share_one_reading() -> None:
    readings, library = SharedReadings(), Library()
    library.gate.set()
    assert await asyncio.gather(*(readings.of("key", library.reader()) for _ in range(50))) == [1] * 50


async def test_who_comes_while_a_reading_goes_on_gets_one_that_began_after_they_came() -> None:
    readings, library = SharedReadings(), Library()
    first = asyncio.create_task(readings.of("key", library.reader()))
    await library.begun.wait()
    late = [asyncio.create_task(readings.of("key", library.reader())) for _ in range(3)]
    await asyncio.sleep(0)
    assert library.read == 1

    library.gate.set()

    assert (await first, await asyncio.gather(*late)) == (1, [2] * 3)
    assert await readings.of("key", library.reader()) == 3


async def test_readings_of_different_things_do_not_wait_for_each_other() -> None:
    readings, slow, quick = SharedReadings(), Library(), Library()
    waiting = asyncio.create_task(readings.of("slow", slow.reader()))
    await slow.begun.wait()
    quick.gate.set()
    assert await readings.of("quick", quick.reader()) == 1
    slow.gate.set()
    assert await waiting == 1


async def test_one_who_goes_away_does_not_spoil_it_for_the_others() -> None:
    readings, library = SharedReadings(), Library()
    goes, stays = (asyncio.create_task(readings.of("key", library.reader())) for _ in range(2))
    await library.begun.wait()
    goes.cancel()

    library.gate.set()

    assert await stays == 1
    assert goes.cancelled()


async def test_a_failure_reaches_all_who_share_it_and_the_next_reading_is_free() -> None:
    async def fail() -> int:
        raise ValueError("away")

    readings, library = SharedReadings(), Library()
    asked = (readings.of("key", fail) for _ in range(2))
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["away", "away"]
    library.gate.set()
    assert await readings.of("key", library.reader()) == 1
    with pytest.raises(ValueError, match="away"):
        await readings.of("key", fail)
