"""A database call is waited for to its end, and a cancellation comes after it."""

from __future__ import annotations

import asyncio

import pytest

from services.store.uninterrupted import uninterrupted


class Call:
    """A call that ends when told to."""

    def __init__(self) -> None:
        self.begun, self.allowed, self.ended = asyncio.Event(), asyncio.Event(), False

    async def run(self, *, fail: bool = False) -> str:
        self.begun.set()
        await self.allowed.wait()
        self.ended = True
        if fail:
            raise KeyError("call")
        return "result"


async def test_the_result_is_the_calls() -> None:
    call = Call()
    call.allowed.set()

    assert await uninterrupted(call.run()) == "result"


async def test_the_error_is_the_calls() -> None:
    call = Call()
    call.allowed.set()

    with pytest.raises(KeyError):
        await uninterrupted(call.run(fail=True))


@pytest.mark.parametrize("fail", [False, True])
async def test_however_often_it_is_cancelled_the_call_ends_first(fail: bool) -> None:
    call = Call()
    waiting = asyncio.create_task(uninterrupted(call.run(fail=fail)))
    await call.begun.wait()

    for _ in range(3):
        waiting.cancel()
        await asyncio.wait([waiting], timeout=0.01)
    still_waiting = not waiting.done()
    call.allowed.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert (still_waiting, call.ended) == (True, True)


async def test_a_time_limit_is_told_after_the_call_ended() -> None:
    call = Call()

    async def limited() -> None:
        async with asyncio.timeout(0.01) as limit:
            asyncio.get_running_loop().call_at((limit.when() or 0) + 0.04, call.allowed.set)
            await uninterrupted(call.run())

    with pytest.raises(TimeoutError):
        await limited()

    assert call.ended
