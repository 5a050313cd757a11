"""A page that is not made in time says so in our words (§14)."""

from __future__ import annotations

import asyncio

import pytest

from pages.errors import FRAMEWORK_SECONDS, RESPONSE_SECONDS, TooSlow, in_time


async def test_a_page_that_is_not_made_in_time_is_given_up() -> None:
    with pytest.raises(TooSlow) as given_up:
        await in_time(asyncio.Event().wait(), seconds=0)  # it never comes to an end

    assert (given_up.value.status, given_up.value.retryable) == (503, True)


async def test_a_time_out_of_something_else_stays_what_it_is() -> None:
    async def refused() -> None:
        raise TimeoutError("the database")

    with pytest.raises(TimeoutError, match="the database"):
        await in_time(refused(), seconds=60)


def test_the_framework_never_gives_up_first() -> None:
    assert FRAMEWORK_SECONDS > RESPONSE_SECONDS
