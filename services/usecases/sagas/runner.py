"""Carrying a saga on until all of it is done, nothing is left of it, or only a person can tell how (§13.5).

Each step is stored before it acts and after it. Who is killed in between finds at the next start which step it
was; the step then asks Gitea what happened, and the saga goes forward: a kill is not a failure. What Gitea
refuses for good, or too often, turns the saga round, and the steps are undone in reverse; after its `point` it
only goes forward. What can go neither way is parked, and waits for a person.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

from services.domain.clock import now
from services.domain.errors import (
    GiteaConflict,
    GiteaNotFound,
    GiteaRefused,
    GiteaUnreachable,
    ProductError,
    StorageUnavailable,
    Upstream,
)
from services.domain.events import SagaMoved
from services.domain.identifiers import OperationId
from services.domain.saga import LEFT_BEHIND, Course, StepState
from services.gitea.outcomes import StillChecking
from services.store.queries import events, operations, sagas
from services.store.queries.operations import OperationState
from services.store.queries.sagas import SagaRow, StepRow
from services.store.work import Work
from services.usecases.bot_writes import CHECKS_WAITED_FOR, I
from services.usecases.context import Context
from services.usecases.locking import one_process
from services.usecases.sagas.saga import PointPassed, Run, SagaKind

log = logging.getLogger(__name__)

TRIES = 6
"""How often Gitea may fail at a step before it counts as refused."""
PATIENCE = timedelta(minutes=30)
"""How long Gitea may be out of reach before a step counts as refused."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds between two tries; each pause is twice the one before."""

T = TypeVar("T")


async def run_saga(context: Context, saga: SagaKind[I], op_id: OperationId) -> None:
    """Carry a saga on, one process at a time; raises StorageUnavailable, with nothing lost."""
    context.in_flight.add(op_id)
    try:
        async with one_process(context.store, f"saga-{op_id[:1]}"):
            while await _advance(context, saga, op_id):
                pass
    finally:
        context.in_flight.discard(op_id)


async def _advance(context: Context, saga: SagaKind[I], op_id: OperationId) -> bool:
    """One step, forward or back; whether there is more to do."""
    async with context.store.read() as work:
        row = await sagas.find(work, op_id=op_id)
    if row is None or row.state is not OperationState.PENDING:
        return False
    return await (_forward if row.course is Course.FORWARD else _back)(context, saga, row)


async def _forward(context: Context, saga: SagaKind[I], row: SagaRow) -> bool:
    step = next((step for step in row.steps if step.state is not StepState.DONE), None)
    run = saga.run_of(row)
    if step is None:
        return await _complete(context, saga, row, run)
    await _begin(context, row, step, StepState.DOING)
    definition = saga.steps[step.number - 1]
    effect = await _tried(context, saga, row, step, definition.do(context, run))
    if isinstance(effect, _Failed):
        return effect.goes_on
    await _done(context, saga, row, step, effect)
    await definition.settle(context, run, effect)
    return True


async def _back(context: Context, saga: SagaKind[I], row: SagaRow) -> bool:
    step = next((step for step in reversed(row.steps) if step.state in LEFT_BEHIND), None)
    run = saga.run_of(row)
    if step is None:
        return await _undone(context, saga, row, run)
    await _begin(context, row, step, StepState.UNDOING)
    definition = saga.steps[step.number - 1]
    try:
        left = await _tried(context, saga, row, step, definition.undo(context, run))
    except PointPassed as passed:
        return await _go_forward(context, saga, row, step, passed)
    if isinstance(left, _Failed):
        return left.goes_on
    async with context.store.write() as work:
        if await sagas.end_step(work, op_id=row.op_id, number=step.number, state=StepState.UNDONE):
            await definition.record_undone(work, context, run)
        await _tell(work, row)
    await definition.settle(context, run, None)
    return True


class _Failed:
    """A step came to nothing; whether the saga goes on all the same, by another try or the other way."""

    def __init__(self, *, goes_on: bool) -> None:
        self.goes_on = goes_on


async def _tried(
    context: Context, saga: SagaKind[I], row: SagaRow, step: StepRow, act: Awaitable[T]
) -> T | _Failed:
    try:
        return await act
    except StorageUnavailable:
        raise
    except ProductError as error:
        return _Failed(goes_on=await _after_failure(context, saga, row, step, error))


async def _after_failure(
    context: Context, saga: SagaKind[I], row: SagaRow, step: StepRow, error: ProductError
) -> bool:
    detail = getattr(error, "detail", "")
    reason = error.message
    log.warning("%s %s, step %d (%s): %s (%s)", row.kind, row.op_id, step.number, step.name, reason, detail)
    async with context.store.write() as work:
        await sagas.note_attempt(work, op_id=row.op_id, number=step.number, error=reason)
        await _tell(work, row)
        present = await sagas.find(work, op_id=row.op_id)
        tried = step if present is None else present.steps[step.number - 1]
        final = is_final(error, tried)
        if final:
            return await _change_course(work, context, saga, row, reason)
    await asyncio.sleep(min(FIRST_PAUSE * 2 ** (tried.attempts - 1), LONGEST_PAUSE))
    return True


def is_final(error: ProductError, step: StepRow) -> bool:
    """Whether trying the step once more makes no sense; `step.attempts` counts this failure too."""
    match error:
        case GiteaConflict() | GiteaNotFound() | GiteaRefused():
            return True
        case GiteaUnreachable():
            return step.started_at is not None and now() - step.started_at > PATIENCE
        case StillChecking():
            return step.attempts >= CHECKS_WAITED_FOR
        case Upstream():
            return step.attempts >= TRIES
    return not error.retryable or step.attempts >= TRIES


def may_turn(saga: SagaKind[I], row: SagaRow) -> bool:
    """Whether there still is a way back."""
    return row.steps[saga.point - 1].state is not StepState.DONE


async def _change_course(work: Work, context: Context, saga: SagaKind[I], row: SagaRow, reason: str) -> bool:
    """Turn round while there is a way back; else wait for a person."""
    run = saga.run_of(row)
    if row.course is Course.FORWARD and may_turn(saga, row):
        await sagas.steer(work, op_id=row.op_id, course=Course.BACK, reason=reason)
        await saga.record_turned(work, context, run, reason)
        return True
    await sagas.park(work, op_id=row.op_id)
    await saga.record_stuck(work, context, run, reason)
    return False


async def _begin(context: Context, row: SagaRow, step: StepRow, state: StepState) -> None:
    if step.state is state:
        return
    async with context.store.write() as work:
        await sagas.begin_step(work, op_id=row.op_id, number=step.number, state=state)
        await _tell(work, row)


async def _done(context: Context, saga: SagaKind[I], row: SagaRow, step: StepRow, effect: object) -> None:
    definition, run = saga.steps[step.number - 1], saga.run_of(row)
    stored = definition.stored(effect)
    async with context.store.write() as work:
        if await sagas.end_step(
            work, op_id=row.op_id, number=step.number, state=StepState.DONE, effect=stored
        ):
            await definition.record(work, context, run, effect)
        await _tell(work, row)


async def _go_forward(
    context: Context, saga: SagaKind[I], row: SagaRow, step: StepRow, passed: PointPassed
) -> bool:
    async with context.store.write() as work:
        await sagas.steer(work, op_id=row.op_id, course=Course.FORWARD, reason=None)
    await _done(context, saga, row, step, passed.effect)
    return True


async def _complete(context: Context, saga: SagaKind[I], row: SagaRow, run: Run[I]) -> bool:
    async with context.store.write() as work:
        if await operations.finish(work, id=row.op_id, effect={}):
            await sagas.release(work, op_id=row.op_id)
            await saga.record_complete(work, context, run)
        await _tell(work, row)
    return False


async def _undone(context: Context, saga: SagaKind[I], row: SagaRow, run: Run[I]) -> bool:
    reason = row.reason or "It was undone."
    async with context.store.write() as work:
        if await operations.fail(work, id=row.op_id, error=reason):
            await sagas.release(work, op_id=row.op_id)
            await saga.record_undone(work, context, run, reason)
        await _tell(work, row)
    return False


async def _tell(work: Work, row: SagaRow) -> None:
    await events.append(work, SagaMoved(row.rfc_slug, row.op_id))
