"""Telling the watchers of one RFC (§15.1): the whole transaction of an act that 5,000 people hear of."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

from benchmarks.figure import Figure
from benchmarks.storage import empty_site
from services.domain.actors import Actor, Role
from services.domain.audit import ActionKind
from services.domain.clock import now
from services.domain.identifiers import Login, Slug, UserId
from services.domain.trailers import new_operation_id
from services.store.queries import users, watches
from services.store.queries.watches import WatchLevel
from services.usecases.context import Context
from services.usecases.record import record_action
from services.usecases.views.notified import will_notify

WATCHERS = 5_000
TIMES = 5
SOUL, ALONE = Slug("soul"), Slug("alone")


def measure() -> list[Figure]:
    """On a database of its own, every watcher with mail for it on: a row, and a mail, for each."""
    return asyncio.run(_measure())


async def _measure() -> list[Figure]:
    counting = []
    async with empty_site() as context:
        actor = await _people(context)
        alone = [await _seconds_to_tell(context, actor, ALONE) for _ in range(TIMES)]
        held = Held()
        watching = asyncio.create_task(held.watch())
        told = [await _seconds_to_tell(context, actor, SOUL) for _ in range(TIMES)]
        watching.cancel()
        for _ in range(TIMES):
            began = time.perf_counter()
            await will_notify(context, viewer=actor, kind=ActionKind.DECLINE_IDEA, slug=SOUL)
            counting.append(time.perf_counter() - began)
    return [
        Figure(
            f"telling and mailing {WATCHERS:,} watchers, slowest of {TIMES}", 1000 * max(told), "ms", 1000
        ),
        Figure("the same act where nobody watches, slowest", 1000 * max(alone), "ms"),
        Figure("longest that the event loop answered nobody else meanwhile", 1000 * held.longest, "ms", 50),
        Figure(f"“will notify {WATCHERS:,}”, slowest of {TIMES}", 1000 * max(counting), "ms"),
    ]


async def _people(context: Context) -> Actor:
    async with context.store.write() as work:
        ids = [
            await users.insert(
                work,
                gitea_id=100_000 + number,
                login=Login(f"watcher{number}"),
                email=f"watcher{number}@example.org",
                display_name="",
                avatar_url="",
                role=Role.CONTRIBUTOR,
            )
            for number in range(WATCHERS + 1)
        ]
        for person in ids:
            await watches.set_level(work, user_id=person, slug=SOUL, level=WatchLevel.WATCHING, at=now())
            await users.set_wishes(work, user_id=person, values={"email_watched_structural": True})
    return Actor(id=UserId(ids[0]), login=Login("watcher0"), display_name="Watcher")


class Held:
    """How long everybody else waited for the event loop."""

    longest = 0.0

    async def watch(self) -> None:
        """Ask for the loop a thousand times a second."""
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            self.longest = max(self.longest, time.perf_counter() - began - 0.001)


async def _seconds_to_tell(context: Context, actor: Actor, slug: Slug) -> float:
    began = time.perf_counter()
    async with context.store.write() as work:
        await record_action(
            work,
            context,
            actor_user_id=actor.id,
            on_behalf_of=actor.login,
            kind=ActionKind.DECLINE_IDEA,
            op_id=new_operation_id(),
            slug=slug,
            at=datetime(2026, 1, 1, tzinfo=UTC),
        )
    return time.perf_counter() - began
