"""How every bot write runs, so that a kill at any moment neither loses nor doubles it (ARCHITECTURE §2).

1. The use-case writes an `operations` row with its intent, in the transaction that checked the act (A).
2. `carry_out` has the bot act, marked with the operation's id; acting again for the same id finds the first.
3. Transaction B, all or nothing: the operation is done (compare-and-set), the record, the events.
4. After that the refresher reads what the bot changed.

What Gitea refuses for good ends the operation and gives back what was kept for it. Where nobody knows
whether it happened, the operation stays pending and `recover` asks again until it knows.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Generic, TypeVar, cast

from pydantic import JsonValue, TypeAdapter

from services.domain.audit import ActionKind
from services.domain.clock import now
from services.domain.errors import (
    GiteaConflict,
    GiteaNotFound,
    GiteaRefused,
    GiteaUnreachable,
    Upstream,
)
from services.domain.identifiers import Login, OperationId, PullNumber, UserId
from services.domain.trailers import Credit
from services.gitea.outcomes import StillChecking
from services.store.queries import operations
from services.store.queries.operations import OperationRow
from services.store.work import Work
from services.usecases.context import Context

log = logging.getLogger(__name__)

CHECKS_WAITED_FOR = 3
"""How often a merge is tried, half a minute each, while Gitea checks whether it merges (§10.5)."""
KEPT = "What you asked for is written down, and is done as soon as Gitea allows it."
LOOK_FIRST = "Wait a minute and look at the page again before you try once more."


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What is meant, complete enough to do it after a restart; `display_name` is the actor's at the time."""

    display_name: str


I = TypeVar("I", bound=Intent)  # noqa: E741
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Written(Generic[I, E]):
    """A write that happened: for whom, what was meant and what came of it."""

    op_id: OperationId
    actor_id: UserId | None
    login: Login
    intent: I
    effect: E


class BotWrite(ABC, Generic[I, E]):
    """One kind of bot write."""

    kind: ClassVar[ActionKind]
    patience: ClassVar[timedelta]
    """When Gitea answers with errors for so long, without having done it, it has failed."""
    intent_type: type[I]
    effect_type: type[E]

    @abstractmethod
    async def act(self, context: Context, credit: Credit, intent: I, *, again: bool) -> E:
        """Have the bot do it, or find that it did it already for this operation; raises Upstream."""

    @abstractmethod
    async def record(self, work: Work, context: Context, written: Written[I, E]) -> None:
        """Write down, in transaction B, everything that follows from it."""

    def pull_number(self, intent: I, effect: E) -> PullNumber | None:
        """Which PR of the meta repository the refresher should read now, if it is one."""
        return None

    async def look(self, context: Context, intent: I, effect: E) -> None:
        """Have the refresher read what was written; writes to other repositories say which."""
        await context.refresher.nudge(context.meta, self.pull_number(intent, effect))

    async def give_up(self, work: Work, op_id: OperationId, intent: I) -> None:
        """Give back what was kept for it."""

    def stored_intent(self, intent: I) -> Mapping[str, JsonValue]:
        """The intent as its row keeps it."""
        return _stored(self.intent_type, intent)

    def intent_of(self, operation: OperationRow) -> I:
        """The intent of a stored operation."""
        return TypeAdapter(self.intent_type).validate_python(dict(operation.intent))

    def effect_of(self, operation: OperationRow) -> E:
        """What came of an operation that is done."""
        return TypeAdapter(self.effect_type).validate_python(dict(operation.effect))


async def begin(
    work: Work, write: BotWrite[I, E], *, op_id: OperationId, actor_id: UserId | None, login: Login, intent: I
) -> bool:
    """Write the intent down, in transaction A; False when this operation was begun before.

    What the app does by itself has no actor, and is done on behalf of the bot (§1).
    """
    return await operations.begin(
        work,
        id=op_id,
        kind=write.kind,
        actor_user_id=actor_id,
        on_behalf_of=login,
        intent=write.stored_intent(intent),
    )


async def carry_out(context: Context, write: BotWrite[I, E], op_id: OperationId, *, again: bool = False) -> E:
    """Do a pending operation and record it; `again` where an earlier try may have got anywhere.

    Raises Upstream: with `KEPT` in its words if the operation stays pending, else it has failed.
    """
    context.in_flight.add(op_id)
    try:
        async with context.store.read() as work:
            operation = await _pending(work, op_id)
        intent = write.intent_of(operation)
        credit = Credit(op_id, Login(operation.on_behalf_of), intent.display_name)
        try:
            effect = await write.act(context, credit, intent, again=again)
        except Upstream as error:
            raise await _after_failure(context, write, operation, error, again=again) from error
        await _conclude(context, write, operation, intent, effect)
    finally:
        context.in_flight.discard(op_id)
    await write.look(context, intent, effect)
    return effect


async def _pending(work: Work, op_id: OperationId) -> OperationRow:
    operation = await operations.find(work, id=op_id)
    if operation is None:
        raise LookupError(f"operation {op_id} was never begun")
    return operation


async def _conclude(
    context: Context, write: BotWrite[I, E], operation: OperationRow, intent: I, effect: E
) -> None:
    """Transaction B; nothing where somebody else recorded this operation first."""
    written = Written(operation.id, operation.actor_user_id, Login(operation.on_behalf_of), intent, effect)
    async with context.store.write() as work:
        if await operations.finish(work, id=operation.id, effect=_stored(write.effect_type, effect)):
            await write.record(work, context, written)


async def _after_failure(
    context: Context, write: BotWrite[I, E], operation: OperationRow, error: Upstream, *, again: bool
) -> Upstream:
    """End the operation or keep it pending; the error to tell."""
    final = _is_final(error, operation, write.patience, again=again)
    reason = f"{error.message} ({error.detail})" if error.detail else error.message
    outcome = "failed" if final else "waits for another try"
    log.warning("%s %s for %s %s: %s", operation.kind, operation.id, operation.on_behalf_of, outcome, reason)
    async with context.store.write() as work:
        if not final:
            await operations.note_attempt(work, id=operation.id, error=reason)
        elif await operations.fail(work, id=operation.id, error=reason):
            await write.give_up(work, operation.id, write.intent_of(operation))
    if final:
        return error
    return type(error)(
        f"{error.message} {KEPT}", hint=LOOK_FIRST, answered=error.answered, detail=error.detail
    )


def _is_final(error: Upstream, operation: OperationRow, patience: timedelta, *, again: bool) -> bool:
    """Whether it certainly did not happen and won't by trying again.

    A refused token says that nothing happened now, but nothing of what an earlier try did.
    """
    match error:
        case GiteaConflict() | GiteaNotFound():
            return True
        case GiteaRefused():
            return not again
        case GiteaUnreachable():
            return False
        case StillChecking():
            return operation.attempts + 1 >= CHECKS_WAITED_FOR
    return now() - operation.created_at > patience


def _stored(kind: type[E], value: E) -> Mapping[str, JsonValue]:
    return cast("Mapping[str, JsonValue]", TypeAdapter(kind).dump_python(value, mode="json"))
