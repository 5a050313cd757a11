"""Sagas under way and over: `sagas` with their `operations`, `saga_steps` and `saga_claims` (§13.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Executable, select

from services.domain.clock import now
from services.domain.events import JsonValue
from services.domain.identifiers import OperationId, Slug, UserId
from services.domain.saga import Course, StepState
from services.store.queries.operations import OperationState, operations
from services.store.queries.operations import unpark as unpark_operation
from services.store.shape import Shape, storable, table_of
from services.store.tables import Saga, SagaClaim, SagaStep
from services.store.work import Work

sagas = table_of(Saga)
saga_steps = table_of(SagaStep)
saga_claims = table_of(SagaClaim)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """One step of a saga."""

    number: int
    name: str
    state: StepState
    effect: Mapping[str, JsonValue]
    attempts: int
    error: str | None
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaRow:
    """One saga: pending while it runs, done, failed (all undone), or parked, when it waits for a person."""

    op_id: OperationId
    rfc_slug: Slug
    course: Course
    reason: str | None
    created_at: datetime
    kind: str
    state: OperationState
    actor_user_id: UserId | None
    on_behalf_of: str
    intent: Mapping[str, JsonValue]
    updated_at: datetime
    steps: tuple[StepRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Own:
    op_id: OperationId
    rfc_slug: Slug
    course: Course
    reason: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    kind: str
    state: OperationState
    actor_user_id: UserId | None
    on_behalf_of: str
    intent: Mapping[str, JsonValue]
    updated_at: datetime


OWN = Shape(_Own, sagas)
SHARED = Shape(_Shared, operations, prefix="operation_")
STEP = Shape(StepRow, saga_steps)
JOINED = select(*OWN.columns, *SHARED.columns).select_from(
    sagas.join(operations, operations.c.id == sagas.c.op_id)
)


async def begin(work: Work, *, op_id: OperationId, slug: Slug, steps: Sequence[str]) -> None:
    """Write down the steps of an operation that has been begun; all wait."""
    saga = {"op_id": op_id, "rfc_slug": slug, "course": Course.FORWARD.value, "created_at": now()}
    await work.insert_many(sagas, [saga])
    begun = {"op_id": op_id, "state": StepState.WAITING.value, "effect": {}, "attempts": 0}
    rows = [begun | {"number": number, "name": name} for number, name in enumerate(steps, 1)]
    await work.insert_many(saga_steps, rows)


async def claim(work: Work, *, op_id: OperationId, name: str) -> OperationId | None:
    """Keep a name for one saga; the saga that has it, if another does."""
    if await work.insert_unless_there(saga_claims, {"name": name, "op_id": op_id}):
        return None
    holder = await holder_of(work, name=name)
    return None if holder == op_id else holder


async def holder_of(work: Work, *, name: str) -> OperationId | None:
    """Which saga keeps a name."""
    row = await work.first(select(saga_claims.c.op_id).where(saga_claims.c.name == name))
    return None if row is None else OperationId(row["op_id"])


async def claimed(work: Work, *, prefix: str) -> list[str]:
    """All names that sagas keep and that begin so."""
    statement = select(saga_claims.c.name).where(saga_claims.c.name.startswith(prefix, autoescape=True))
    return [str(row["name"]) for row in await work.rows(statement.order_by(saga_claims.c.name))]


async def release(work: Work, *, op_id: OperationId) -> None:
    """Free what a saga kept."""
    await work.change(saga_claims.delete().where(saga_claims.c.op_id == op_id))


async def find(work: Work, *, op_id: OperationId) -> SagaRow | None:
    """One saga with its steps."""
    found = await _listed(work, JOINED.where(sagas.c.op_id == op_id))
    return found[0] if found else None


async def latest_for_slug(work: Work, *, slug: Slug) -> SagaRow | None:
    """The last saga of an entry, whatever became of it."""
    newest = JOINED.where(sagas.c.rfc_slug == slug).order_by(sagas.c.created_at.desc(), sagas.c.op_id)
    found = await _listed(work, newest.limit(1))
    return found[0] if found else None


async def list_in_states(work: Work, *, states: Iterable[OperationState]) -> list[SagaRow]:
    """All sagas in these states, oldest first."""
    wanted = operations.c.state.in_([state.value for state in states])
    return await _listed(work, JOINED.where(wanted).order_by(sagas.c.created_at, sagas.c.op_id))


async def begin_step(work: Work, *, op_id: OperationId, number: int, state: StepState) -> bool:
    """Store that a step is being done or undone; False when that stands there already."""
    return await _set_step(
        work, op_id, number, saga_steps.c.state != state.value,
        state=state.value, attempts=0, error=None, started_at=now(), ended_at=None,
    )  # fmt: skip


async def end_step(
    work: Work,
    *,
    op_id: OperationId,
    number: int,
    state: StepState,
    effect: Mapping[str, JsonValue] | None = None,
) -> bool:
    """Store that a step is done or undone; False when that stands there already."""
    return await _set_step(
        work, op_id, number, saga_steps.c.state != state.value,
        state=state.value, effect=storable(effect or {}), error=None, ended_at=now(),
    )  # fmt: skip


async def note_attempt(work: Work, *, op_id: OperationId, number: int, error: str) -> None:
    """Count a try of a step that came to nothing, and why."""
    await _set_step(
        work, op_id, number, None, attempts=saga_steps.c.attempts + 1, error=storable(error)
    )  # fmt: skip


async def steer(work: Work, *, op_id: OperationId, course: Course, reason: str | None) -> None:
    """Have a saga go this way from now on."""
    values = {"course": course.value, "reason": storable(reason)}
    await work.change(sagas.update().where(sagas.c.op_id == op_id).values(**values))


async def park(work: Work, *, op_id: OperationId) -> bool:
    """Have a running saga wait for a person; False when it does not run."""
    running = (operations.c.id == op_id) & (operations.c.state == OperationState.PENDING.value)
    statement = operations.update().where(running)
    return await work.change(statement.values(state=OperationState.PARKED.value, updated_at=now())) == 1


async def unpark(work: Work, *, op_id: OperationId) -> bool:
    """Have a waiting saga run again, with its tries counted anew; False when it does not wait."""
    if not await unpark_operation(work, id=op_id):
        return False
    fresh = saga_steps.update().where(saga_steps.c.op_id == op_id)
    await work.change(fresh.values(attempts=0, error=None))
    under_way = saga_steps.c.state.in_([StepState.DOING.value, StepState.UNDOING.value])
    await work.change(fresh.where(under_way).values(started_at=now()))
    return True


async def _listed(work: Work, statement: Executable) -> list[SagaRow]:
    found = [(OWN.read(row), SHARED.read(row)) for row in await work.rows(statement)]
    steps = await _steps_of(work, [own.op_id for own, _ in found])
    return [
        SagaRow(
            op_id=own.op_id,
            rfc_slug=own.rfc_slug,
            course=own.course,
            reason=own.reason,
            created_at=own.created_at,
            kind=shared.kind,
            state=shared.state,
            actor_user_id=shared.actor_user_id,
            on_behalf_of=shared.on_behalf_of,
            intent=shared.intent,
            updated_at=shared.updated_at,
            steps=tuple(steps[own.op_id]),
        )
        for own, shared in found
    ]


async def _steps_of(work: Work, op_ids: Sequence[OperationId]) -> dict[OperationId, list[StepRow]]:
    found: dict[OperationId, list[StepRow]] = {op_id: [] for op_id in op_ids}
    statement = select(saga_steps.c.op_id, *STEP.columns).where(saga_steps.c.op_id.in_(op_ids))
    for row in await work.rows(statement.order_by(saga_steps.c.op_id, saga_steps.c.number)):
        found[OperationId(row["op_id"])].append(STEP.read(row))
    return found


async def _set_step(
    work: Work, op_id: OperationId, number: int, condition: ColumnElement[bool] | None, **values: object
) -> bool:
    statement = saga_steps.update().where(saga_steps.c.op_id == op_id, saga_steps.c.number == number)
    if condition is not None:
        statement = statement.where(condition)
    return await work.change(statement.values(**values)) == 1
