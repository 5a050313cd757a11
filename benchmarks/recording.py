"""Recording one act (§6.5): the whole transaction, and what of it is the event that tells open admin pages."""

from __future__ import annotations

import asyncio
import time

from benchmarks.figure import Figure, percentile
from benchmarks.storage import empty_site
from services.domain.actors import Role
from services.domain.audit import ActionKind
from services.domain.events import RecordGrew
from services.domain.identifiers import Login, UserId
from services.domain.trailers import new_operation_id
from services.store.queries import users
from services.usecases.context import Context
from services.usecases.record import record_action

TIMES = 2_000


def measure() -> list[Figure]:
    """By turns with and without the event, so that both see the same load."""
    return asyncio.run(_measure())


async def _measure() -> list[Figure]:
    took: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    async with empty_site() as context:
        person = await _person(context)
        for number in range(TIMES):
            told = number % 2 == 0
            took[told].append(await _record(context, person, told=told))
    clock, work = (
        {told: percentile([pair[at] for pair in pairs], 0.5) for told, pairs in took.items()} for at in (0, 1)
    )
    return [
        Figure("recording an act, p50", clock[True], "ms", detail=f"processor time {work[True]:.2f} ms"),
        Figure("of it, telling the admin pages", clock[True] - clock[False], "ms",
               detail=f"processor time {work[True] - work[False]:.2f} ms"),
    ]  # fmt: skip


async def _person(context: Context) -> UserId:
    async with context.store.write() as work:
        return await users.insert(
            work,
            gitea_id=1,
            login=Login("writer"),
            email="",
            display_name="Writer",
            avatar_url="",
            role=Role.CONTRIBUTOR,
        )


async def _record(context: Context, person: UserId, *, told: bool) -> tuple[float, float]:
    """Milliseconds on the clock and of the processor."""
    began, busy = time.perf_counter(), time.process_time()
    async with context.store.write() as work:
        await record_action(
            work,
            context,
            actor_user_id=person,
            on_behalf_of=Login("writer"),
            kind=ActionKind.SIGN_IN,
            op_id=new_operation_id(),
        )
        if not told:
            del work.events[RecordGrew()]
    return (time.perf_counter() - began) * 1000, (time.process_time() - busy) * 1000
