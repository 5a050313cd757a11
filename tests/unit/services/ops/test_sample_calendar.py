"""The days of the sample story: weeks go by while it is told, and none of them twice (§17)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from services.domain import clock
from services.domain.clock import now
from services.ops.sample_calendar import Calendar
from services.ops.sample_documents import sample_ideas
from services.ops.sample_pulls import sample_pulls
from services.ops.sample_work import sample_work


@pytest.fixture
def told() -> Iterator[list[timedelta]]:
    """How late the forge was told to be; afterwards the clock is right."""
    yield []
    clock.run_behind(timedelta())


def days_ago() -> float:
    """How late the app's clock is."""
    return (datetime.now(UTC) - now()) / timedelta(days=1)


def test_app_and_forge_turn_to_the_same_day(told: list[timedelta]) -> None:
    Calendar(told.append).turn_to(40)

    assert told == [timedelta(days=40)]
    assert days_ago() == pytest.approx(40, abs=0.001)


def test_time_goes_on_between_acts_and_never_back(told: list[timedelta]) -> None:
    calendar = Calendar(told.append)
    calendar.turn_to(3)
    calendar.later()
    calendar.turn_to(5)

    assert told[1] < told[0]
    assert told[2] == told[1]


def test_nothing_happens_in_the_future(told: list[timedelta]) -> None:
    calendar = Calendar(told.append)
    calendar.turn_to(0.01)
    calendar.later()

    assert told[-1] == timedelta()


def test_a_story_without_days_is_told_today(told: list[timedelta]) -> None:
    Calendar(told.append).later()

    assert told == []
    assert days_ago() == pytest.approx(0, abs=0.001)


def test_the_sample_story_is_written_down_in_the_order_of_its_days() -> None:
    days = [one.days_ago for part in (sample_ideas(), sample_work(), sample_pulls()) for one in part]

    assert days == sorted(days, reverse=True)
