"""Recovery: every operation whose end nobody knows is asked for on Gitea, then completed or tried again."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from services.domain.clock import now
from services.domain.errors import GiteaUnreachable, ProductError
from services.store.queries import operations, sagas
from services.store.queries.operations import OperationRow, OperationState
from services.store.work import Work
from services.usecases.bot_writes import BotWrite, carry_out
from services.usecases.carry_writes import CARRY
from services.usecases.change_writes import ACCEPT, UNDO
from services.usecases.context import Context
from services.usecases.contribute import CONTRIBUTE
from services.usecases.delete_branch import DELETE_WRITES
from services.usecases.graduation import GRADUATION, carry_on
from services.usecases.idea_writes import DECLINE, MERGE, WITHDRAW
from services.usecases.live_texts.flush import FLUSH
from services.usecases.metadata_writes import METADATA_WRITES
from services.usecases.propose import PROPOSE
from services.usecases.pull_writes import PULL_WRITES
from services.usecases.resolution_writes import RESOLUTION_WRITES
from services.usecases.resolve_pull import resume_resolutions
from services.usecases.restore_branch import RESTORE
from services.usecases.supersede import close_superseded

log = logging.getLogger(__name__)

_KNOWN: tuple[BotWrite[Any, Any], ...] = (
    PROPOSE,
    MERGE,
    DECLINE,
    WITHDRAW,
    CONTRIBUTE,
    RESTORE,
    CARRY,
    FLUSH,
    ACCEPT,
    UNDO,
    *PULL_WRITES,
    *METADATA_WRITES,
    *RESOLUTION_WRITES,
    *DELETE_WRITES,
)
_WRITES: Mapping[str, BotWrite[Any, Any]] = MappingProxyType({write.kind: write for write in _KNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What recovery did: operations completed, ended as failed, and still waiting."""

    completed: int = 0
    failed: int = 0
    waiting: int = 0


async def recover(context: Context, *, idle_for: timedelta = timedelta(0)) -> Recovery:
    """Take up pending operations that nobody has touched for `idle_for`; never raises for Gitea's sake."""
    await close_superseded(context)
    async with context.store.read() as work:
        pending = await operations.pending(work)
    before = now() - idle_for
    waiting = [item for item in pending if item.updated_at <= before and _waits(context, item)]
    ends: list[OperationState] = []
    for operation in waiting:
        end, reachable = await take_up(context, operation)
        ends.append(end)
        if not reachable:
            break
    await resume_resolutions(context)
    return Recovery(
        completed=ends.count(OperationState.DONE),
        failed=ends.count(OperationState.FAILED),
        waiting=len(waiting) - ends.count(OperationState.DONE) - ends.count(OperationState.FAILED),
    )


async def resume_graduations(context: Context) -> int:
    """Carry on every graduation that is under way and that this process does not carry on already; how many."""
    async with context.store.read() as work:
        running = await sagas.list_in_states(work, states=[OperationState.PENDING])
    left = [row.op_id for row in running if row.op_id not in context.in_flight]
    for op_id in left:
        carry_on(context, op_id)
    return len(left)


def _waits(context: Context, item: OperationRow) -> bool:
    """Whether a write waits to be taken up; graduations have steps, and are carried on by themselves."""
    return item.id not in context.in_flight and item.kind != GRADUATION.kind


async def take_up(context: Context, operation: OperationRow) -> tuple[OperationState, bool]:
    """Ask for a pending operation, and complete it or try again: how it stands then, and whether Gitea answers at all.

    Never raises for Gitea's sake.
    """
    write = _WRITES.get(operation.kind)
    if write is None:
        log.warning("operation %s is of an unknown kind, %s", operation.id, operation.kind)
        return OperationState.PENDING, True
    reachable = True
    try:
        await carry_out(context, write, operation.id, again=True)
        log.info("operation %s (%s) is complete", operation.id, operation.kind)
    except ProductError as error:
        reachable = not isinstance(error, GiteaUnreachable)
    async with context.store.read() as work:
        present = await operations.find(work, id=operation.id)
    return (present or operation).state, reachable


async def drop(work: Work, operation: OperationRow, *, why: str) -> None:
    """End a pending operation without doing it, and give back what was kept for it; `why` stays in its row."""
    write = _WRITES.get(operation.kind)
    if await operations.fail(work, id=operation.id, error=why) and write is not None:
        await write.give_up(work, operation.id, write.intent_of(operation))
