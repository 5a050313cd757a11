"""Bot writes under way and done: `operations`, moved on by compare-and-set (ARCHITECTURE §2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from services.domain.clock import now
from services.domain.events import JsonValue
from services.domain.identifiers import OperationId, UserId
from services.store.shape import Shape, storable, table_of
from services.store.tables import Operation
from services.store.work import Work

operations = table_of(Operation)


class OperationState(StrEnum):
    """How far an operation is; parked ones wait for an admin after a restore (§17)."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    PARKED = "parked"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRow:
    """One bot write."""

    id: OperationId
    kind: str
    state: OperationState
    actor_user_id: UserId | None
    on_behalf_of: str
    intent: Mapping[str, JsonValue]
    effect: Mapping[str, JsonValue]
    error: str | None
    attempts: int
    created_at: datetime
    updated_at: datetime


SHAPE = Shape(OperationRow, operations)


async def begin(
    work: Work,
    *,
    id: OperationId,  # noqa: A002
    kind: str,
    actor_user_id: UserId | None,
    on_behalf_of: str,
    intent: Mapping[str, JsonValue],
    at: datetime | None = None,
) -> bool:
    """Write down what is meant before the bot acts; False when this operation was begun already."""
    values = {
        "id": id,
        "kind": str(kind),
        "state": OperationState.PENDING.value,
        "actor_user_id": actor_user_id,
        "on_behalf_of": on_behalf_of,
        "intent": storable(intent),
        "effect": {},
        "attempts": 0,
        "created_at": at or now(),
        "updated_at": at or now(),
    }
    return await work.insert_unless_there(operations, values)


async def find(work: Work, *, id: OperationId) -> OperationRow | None:  # noqa: A002
    """The operation with this id."""
    return SHAPE.read_if(await work.first(SHAPE.select.where(operations.c.id == id)))


async def pending(work: Work) -> list[OperationRow]:
    """Those whose end isn't known, oldest first: what recovery looks at."""
    return await list_in_state(work, state=OperationState.PENDING)


async def list_in_state(work: Work, *, state: OperationState) -> list[OperationRow]:
    """All operations in one state, oldest first."""
    statement = SHAPE.select.where(operations.c.state == state.value).order_by(
        operations.c.created_at, operations.c.id
    )
    return [SHAPE.read(row) for row in await work.rows(statement)]


async def finish(work: Work, *, id: OperationId, effect: Mapping[str, JsonValue]) -> bool:  # noqa: A002
    """Pending becomes done; False when somebody else ended it first, and nothing was written."""
    return await _end(work, id, state=OperationState.DONE, effect=storable(effect))


async def fail(work: Work, *, id: OperationId, error: str) -> bool:  # noqa: A002
    """Pending becomes failed; False when somebody else ended it first, and nothing was written."""
    return await _end(work, id, state=OperationState.FAILED, error=storable(error))


async def note_attempt(work: Work, *, id: OperationId, error: str | None = None) -> int:  # noqa: A002
    """Count one more try of a pending operation and why the last one didn't do; how many it is now."""
    values = {"attempts": operations.c.attempts + 1, "error": storable(error), "updated_at": now()}
    await work.change(operations.update().where(operations.c.id == id).values(**values))
    return await work.number(select(operations.c.attempts).where(operations.c.id == id)) or 0


async def unpark(work: Work, *, id: OperationId) -> bool:  # noqa: A002
    """Parked becomes pending, with its tries counted anew; False when it is not parked."""
    is_parked = (operations.c.id == id) & (operations.c.state == OperationState.PARKED.value)
    fresh = operations.update().where(is_parked)
    values = {"state": OperationState.PENDING.value, "attempts": 0, "error": None, "updated_at": now()}
    return await work.change(fresh.values(**values)) == 1


async def _end(work: Work, id: OperationId, *, state: OperationState, **values: object) -> bool:  # noqa: A002
    is_pending = (operations.c.id == id) & (operations.c.state == OperationState.PENDING.value)
    statement = operations.update().where(is_pending)
    return await work.change(statement.values(state=state.value, updated_at=now(), **values)) == 1
