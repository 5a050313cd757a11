"""The event bus: tells open pages what happened, in the order of the commits (ARCHITECTURE §2).

It follows the stored events, so it also tells what other processes and commands did. It looks every second,
and at once after `wake()`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from services.domain.events import Event

log = logging.getLogger(__name__)

TAIL_SECONDS = 1.0
BATCH = 500
EVERY_TOPIC = "*"
"""Subscribe to this to be told of every stored event."""
PASSING_TOPIC = "~"
"""Subscribe to this to be told of everything that is told in passing in this process, and not stored."""
BEFORE_YIELDING = 50
"""Subscribers told in a row before other work gets the event loop."""


class StoredEvent(Protocol):
    """An event as the log keeps it: one row per topic."""

    @property
    def id(self) -> int:
        """Its place in the order of commits."""

    @property
    def topic(self) -> str:
        """The topic this row is for."""

    @property
    def event(self) -> Event:
        """What happened."""


class EventLog(Protocol):
    """Where events are stored."""

    async def after(self, event_id: int, limit: int) -> Sequence[StoredEvent]:
        """The events that followed `event_id`, in order."""

    async def last_id(self) -> int:
        """The newest id, 0 before the first."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a subscriber is told: the event and its place in the order of commits."""

    id: int
    event: Event


Callback = Callable[[Told], Awaitable[None] | None]
Unsubscribe = Callable[[], None]


class Bus:
    """Tells each subscriber every event of its topics: once, in order, isolated from all others."""

    def __init__(self, events: EventLog) -> None:
        self._events = events
        self._by_topic: defaultdict[str, dict[_Subscription, None]] = defaultdict(dict)
        self._awake = asyncio.Event()
        self._tail: asyncio.Task[None] | None = None
        self.last_id = 0
        """The newest event told so far."""

    async def start(self) -> None:
        """Follow the events from now on."""
        self.last_id = await self._events.last_id()
        self._tail = asyncio.create_task(self._follow(), name="event bus")

    async def stop(self) -> None:
        """Stop following, and let subscribers finish what they were told last."""
        tail, self._tail = self._tail, None
        if tail is not None:
            tail.cancel()
            with suppress(asyncio.CancelledError):
                await tail
        running = [item.task for followers in self._by_topic.values() for item in followers if item.task]
        await asyncio.gather(*running, return_exceptions=True)

    def wake(self) -> None:
        """Look for new events at once; call it after a commit that wrote some."""
        self._awake.set()

    def tell(self, event: Event) -> None:
        """Tell the open pages of this process something that is not worth storing, such as that somebody types."""
        told = Told(self.last_id, event)
        topics = (*event.topics, PASSING_TOPIC)
        followers = {item: None for topic in topics for item in self._by_topic.get(topic, ())}
        for subscription in followers:
            subscription.tell(told)

    def subscribe(self, topics: Iterable[str], callback: Callback) -> Unsubscribe:
        """Have `callback` told what happens on these topics until the returned function is called.

        An event on several of them is told once. A callback that is still busy gets equal events as one.
        """
        subscription = _Subscription(callback)
        watched = tuple(dict.fromkeys(topics))
        for topic in watched:
            self._by_topic[topic][subscription] = None
        return lambda: self._drop(subscription, watched)

    @property
    def subscriber_count(self) -> int:
        """How many subscriptions there are (for metrics and leak tests)."""
        return len({id(item) for followers in self._by_topic.values() for item in followers})

    async def _follow(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(TAIL_SECONDS):
                    await self._awake.wait()
            self._awake.clear()
            await self._catch_up()

    async def _catch_up(self) -> None:
        try:
            while batch := await self._events.after(self.last_id, BATCH):
                await self._tell(batch)
                self.last_id = batch[-1].id
        except Exception:
            # Border: the tail of the events must outlive a database that is away for a moment.
            log.exception("event bus: could not read the events after %d", self.last_id)

    async def _tell(self, batch: Sequence[StoredEvent]) -> None:
        told_so_far = 0
        for told, topics in _distinct(batch):
            watched = (*topics, EVERY_TOPIC)
            followers = {item: None for topic in watched for item in self._by_topic.get(topic, ())}
            for subscription in followers:
                subscription.tell(told)
                told_so_far += 1
                if told_so_far % BEFORE_YIELDING == 0:
                    await asyncio.sleep(0)

    def _drop(self, subscription: _Subscription, topics: Iterable[str]) -> None:
        subscription.closed = True
        for topic in topics:
            followers = self._by_topic.get(topic)
            if followers is not None:
                followers.pop(subscription, None)
                if not followers:
                    del self._by_topic[topic]


def _distinct(batch: Sequence[StoredEvent]) -> list[tuple[Told, set[str]]]:
    """The batch with each event once, at its last place, with all its topics.

    All of it is committed already, so whoever reads after being told once has seen everything.
    """
    found: dict[Event, tuple[Told, set[str]]] = {}
    for row in batch:
        _, topics = found.get(row.event, (None, set()))
        found[row.event] = (Told(row.id, row.event), topics | {row.topic})
    return list(found.values())


class _Subscription:
    """One subscriber's queue; its own task tells it, so that a slow one holds up nobody else."""

    __slots__ = ("callback", "closed", "task", "waiting")

    def __init__(self, callback: Callback) -> None:
        self.callback = callback
        self.closed = False
        self.waiting: dict[Event, Told] = {}
        self.task: asyncio.Task[None] | None = None

    def tell(self, told: Told) -> None:
        if self.closed:
            return
        self.waiting[told.event] = told  # an equal event that still waits needs telling once
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._deliver(), name="event subscriber")

    async def _deliver(self) -> None:
        while self.waiting and not self.closed:
            told = self.waiting.pop(next(iter(self.waiting)))
            try:
                outcome = self.callback(told)
                if outcome is not None:
                    await outcome
            except Exception:
                # Border: one page's trouble is not the others'.
                log.exception("a subscriber failed on %s", told.event.kind)
