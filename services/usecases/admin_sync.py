"""Reading Gitea now, because an admin asks (§4), and taking up what a restore parked (§17)."""

from __future__ import annotations

from services.domain.actors import Actor
from services.domain.audit import ActionKind
from services.domain.errors import Conflict, NotFound
from services.domain.identifiers import OperationId
from services.domain.permissions import may_run_admin
from services.domain.trailers import new_operation_id
from services.store.queries import operations
from services.store.queries.operations import OperationRow, OperationState
from services.store.work import Work
from services.usecases.context import Context
from services.usecases.graduation import GRADUATION
from services.usecases.people import entitled
from services.usecases.record import record_action
from services.usecases.recover import drop, take_up
from services.usecases.refresh import SweepReport


async def sync_now(context: Context, *, actor: Actor | None) -> SweepReport:
    """One sweep at once; raises NotSignedIn, Muted and Forbidden."""
    async with context.store.read() as work:
        await entitled(work, may_run_admin, actor, act="have Gitea read")
    return await context.refresher.sweep()


async def resume_write(context: Context, *, actor: Actor | None, op_id: OperationId) -> OperationState:
    """*Look again* at a parked write: found on Gitea it is recorded, else it is done now; how it stands then.

    Pending means that Gitea does not say yet: it is tried again by itself. Graduations are decided on in their queue.
    Raises NotSignedIn, Muted, Forbidden, NotFound, and Conflict where it is not parked (any more).
    """
    async with context.store.write() as work:
        operation = await _unparked(
            work, context, actor, op_id, ActionKind.RESUME_WRITE, act="have a write looked at again"
        )
    state, _ = await take_up(context, operation)
    return state


async def drop_write(context: Context, *, actor: Actor | None, op_id: OperationId) -> None:
    """*Drop* a parked write: it is not done any more, and what was kept for it (a slug, a card) is free again.

    What Gitea has of it already stays as it is. Raises NotSignedIn, Muted, Forbidden, NotFound, and Conflict where it
    is not parked (any more).
    """
    async with context.store.write() as work:
        operation = await _unparked(work, context, actor, op_id, ActionKind.DROP_WRITE, act="drop a write")
        await drop(work, operation, why="dropped by an admin after a restore")


async def _unparked(
    work: Work, context: Context, actor: Actor | None, op_id: OperationId, kind: ActionKind, *, act: str
) -> OperationRow:
    """A parked write that an admin decides on, pending from now on; that is recorded."""
    person = await entitled(work, may_run_admin, actor, act=act)
    operation = await operations.find(work, id=op_id)
    if operation is None or operation.kind == GRADUATION.kind:
        raise NotFound("There is no such write.")
    if not await operations.unpark(work, id=op_id):
        raise Conflict("This write does not wait for anybody.")
    await record_action(
        work,
        context,
        actor_user_id=person.id,
        on_behalf_of=person.login,
        kind=kind,
        op_id=new_operation_id(),
        details={"write": operation.kind, "operation": op_id},
    )
    return operation
