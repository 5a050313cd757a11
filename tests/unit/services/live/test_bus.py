"""What subscribers of the bus are told, in which order, and what one's trouble does to the others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest

from services.domain.events import CatalogChanged, Event, MuteChanged, PullChanged, RoleChanged
from services.domain.identifiers import PullNumber, Repository, Slug, UserId
from services.live.bus import Bus, Told

META = Repository("org/meta")


@dataclass(frozen=True)
class Row:
    """One stored event."""

    id: int
    topic: str
    event: Event


@dataclass
class MemoryLog:
    """An event log in memory."""

    rows: list[Row] = field(default_factory=list)
    broken: bool = False

    def say(self, *happened: Event) -> None:
        for event in happened:
            for topic in event.topics:
                self.rows.append(Row(len(self.rows) + 1, topic, event))

    async def after(self, event_id: int, limit: int) -> Sequence[Row]:
        if self.broken:
            self.broken = False
            raise OSError("the database is away")
        return [row for row in self.rows if row.id > event_id][:limit]

    async def last_id(self) -> int:
        return len(self.rows)


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
async def bus(log: MemoryLog) -> AsyncIterator[Bus]:
    running = Bus(log)
    await running.start()
    yield running
    await running.stop()


class Listener:
    """Notes what it is told, and lets a test wait for it."""

    def __init__(self) -> None:
        self.heard: list[Event] = []
        self._more = asyncio.Event()

    async def __call__(self, told: Told) -> None:
        self.heard.append(told.event)
        self._more.set()

    async def until(self, count: int) -> list[Event]:
        async with asyncio.timeout(30):
            while len(self.heard) < count:
                self._more.clear()
                await self._more.wait()
        return self.heard


async def test_a_subscriber_hears_its_topics_in_the_order_of_the_commits(bus: Bus, log: MemoryLog) -> None:
    listener = Listener()
    bus.subscribe(["user:1", "user:2"], listener)

    log.say(MuteChanged(UserId(1)), RoleChanged(UserId(3)), RoleChanged(UserId(2)), RoleChanged(UserId(1)))
    bus.wake()

    assert await listener.until(3) == [
        MuteChanged(UserId(1)),
        RoleChanged(UserId(2)),
        RoleChanged(UserId(1)),
    ]


async def test_an_event_on_two_topics_of_a_subscriber_is_told_once(bus: Bus, log: MemoryLog) -> None:
    listener = Listener()
    bus.subscribe(["pr:_meta/7", "rfc:silence", "catalog"], listener)
    pull = PullChanged(META, PullNumber(7), Slug("silence"))
    after = CatalogChanged((Slug("silence"),))

    log.say(pull, after)
    bus.wake()

    assert await listener.until(2) == [pull, after]


async def test_events_of_another_process_are_heard_without_waking(bus: Bus, log: MemoryLog) -> None:
    listener = Listener()
    bus.subscribe(["catalog"], listener)

    log.say(CatalogChanged((Slug("human"),)))

    assert await listener.until(1) == [CatalogChanged((Slug("human"),))]


async def test_what_was_committed_before_the_start_is_not_told(log: MemoryLog) -> None:
    log.say(CatalogChanged((Slug("old"),)))
    bus, listener = Bus(log), Listener()
    bus.subscribe(["catalog"], listener)
    await bus.start()

    log.say(CatalogChanged((Slug("new"),)))
    bus.wake()
    heard = await listener.until(1)
    await bus.stop()

    assert heard == [CatalogChanged((Slug("new"),))]


async def test_a_failing_subscriber_is_logged_and_the_others_hear_everything(
    bus: Bus, log: MemoryLog, caplog: pytest.LogCaptureFixture
) -> None:
    listener = Listener()

    def fail(_: Told) -> None:
        raise RuntimeError("a page in trouble")

    bus.subscribe(["catalog"], fail)
    bus.subscribe(["catalog"], listener)

    with caplog.at_level(logging.ERROR):
        log.say(CatalogChanged((Slug("a"),)), CatalogChanged((Slug("b"),)))
        bus.wake()
        await listener.until(2)

    assert [record.message for record in caplog.records] == ["a subscriber failed on CatalogChanged"] * 2


async def test_a_slow_subscriber_holds_up_nobody_and_hears_equal_events_once(
    bus: Bus, log: MemoryLog
) -> None:
    listener, release, calls = Listener(), asyncio.Event(), []

    async def slow(told: Told) -> None:
        calls.append(told.event)
        await release.wait()

    bus.subscribe(["catalog"], slow)
    bus.subscribe(["catalog"], listener)
    for name in ("a", "b", "b"):
        log.say(CatalogChanged((Slug(name),)))
        bus.wake()
        await listener.until(len(log.rows))
    release.set()
    await bus.stop()

    assert calls == [CatalogChanged((Slug("a"),)), CatalogChanged((Slug("b"),))]


async def test_nothing_is_told_after_unsubscribing(bus: Bus, log: MemoryLog) -> None:
    gone, listener = Listener(), Listener()
    unsubscribe = bus.subscribe(["catalog"], gone)
    bus.subscribe(["catalog"], listener)

    unsubscribe()
    log.say(CatalogChanged((Slug("a"),)))
    bus.wake()
    await listener.until(1)

    assert gone.heard == []
    assert bus.subscriber_count == 1


async def test_a_database_that_is_away_for_a_moment_loses_no_event(
    bus: Bus, log: MemoryLog, caplog: pytest.LogCaptureFixture
) -> None:
    listener = Listener()
    bus.subscribe(["catalog"], listener)
    log.broken = True

    log.say(CatalogChanged((Slug("a"),)))
    bus.wake()

    assert await listener.until(1) == [CatalogChanged((Slug("a"),))]
    assert [record.message for record in caplog.records] == ["event bus: could not read the events after 0"]


async def test_five_hundred_subscribers_all_hear_and_the_last_id_moves_on(bus: Bus, log: MemoryLog) -> None:
    listeners = [Listener() for _ in range(500)]
    for listener in listeners:
        bus.subscribe(["catalog"], listener)

    log.say(CatalogChanged((Slug("a"),)))
    bus.wake()
    for listener in listeners:
        await listener.until(1)

    assert bus.last_id == 1
