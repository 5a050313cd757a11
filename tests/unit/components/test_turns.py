"""Work shared by all who ask for it at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from components.turns import Turns


class Kitchen:
    """Makes results slowly, and remembers of what."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.gate = threading.Event()
        self.began = threading.Event()

    def make(self, source: str) -> str:
        self.began.set()
        assert self.gate.wait(30)
        self.made.append(source)
        return source.upper()


def reading(source: str) -> Callable[[], str]:
    return lambda: source


async def test_all_who_wait_during_a_turn_share_the_next_of_what_the_last_one_reads() -> None:
    kitchen = Kitchen()
    turns = Turns(kitchen.make)
    first = asyncio.create_task(turns.newest("branch", reading("one")))
    assert await asyncio.to_thread(kitchen.began.wait, 30)
    others = [asyncio.create_task(turns.newest("branch", reading(text))) for text in ("two", "three", "four")]
    await asyncio.sleep(0)

    kitchen.gate.set()

    assert await first == "ONE"
    assert await asyncio.gather(*others) == ["FOUR"] * 3
    assert kitchen.made == ["one", "four"]


async def test_one_who_asks_for_what_is_being_made_shares_it_without_a_rest() -> None:
    kitchen = Kitchen()
    turns = Turns(kitchen.make, rest=lambda took: 1_000 * took)
    first = asyncio.create_task(turns.newest("branch", reading("text")))
    assert await asyncio.to_thread(kitchen.began.wait, 30)
    second = asyncio.create_task(turns.newest("branch", reading("text")))
    await asyncio.sleep(0)

    kitchen.gate.set()

    async with asyncio.timeout(30):
        assert await asyncio.gather(first, second) == ["TEXT", "TEXT"]
    assert kitchen.made == ["text"]


async def test_what_was_made_is_kept_for_those_who_come_next() -> None:
    kitchen = Kitchen()
    kitchen.gate.set()
    turns = Turns(kitchen.make)
    assert [await turns.newest("branch", reading("same")) for _ in range(3)] == ["SAME"] * 3
    assert kitchen.made == ["same"]


async def test_one_who_goes_away_does_not_spoil_it_for_the_others() -> None:
    kitchen = Kitchen()
    turns = Turns(kitchen.make)
    goes, stays = (asyncio.create_task(turns.newest("branch", reading("text"))) for _ in range(2))
    assert await asyncio.to_thread(kitchen.began.wait, 30)
    goes.cancel()

    kitchen.gate.set()

    assert await stays == "TEXT"


async def test_a_failure_reaches_whoever_waits_and_the_next_turn_is_free() -> None:
    def fail(source: str) -> str:
        if source == "bad":
            raise ValueError(source)
        return source

    turns = Turns(fail)
    with pytest.raises(ValueError, match="bad"):
        await turns.newest("branch", reading("bad"))
    assert await turns.newest("branch", reading("good")) == "good"
