"""Acts that have not ended yet: one at a time on each thing, and pressing twice is one press."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Final

from services.domain.actors import Actor
from services.domain.audit import ActionKind
from services.domain.clock import now
from services.domain.errors import Busy
from services.domain.identifiers import OperationId
from services.store.queries import operations
from services.store.queries.operations import OperationRow, OperationState

if TYPE_CHECKING:
    from services.usecases.context import Context

JUST_BEGUN: Final = timedelta(seconds=2)
"""So long nobody may have taken up an operation that was written down."""
LOOK_SECONDS: Final = 0.1
HINT: Final = "Wait a moment and look at the page again."


class BegunAlready(Busy):
    """The same person has begun the same already, with this operation."""

    def __init__(self, operation: OperationRow) -> None:
        super().__init__("You have begun this already. It is done as soon as Gitea allows it.", hint=HINT)
        self.op_id: OperationId = operation.id


def name_of(operation: OperationRow) -> str:
    """Whose act it is, as people call them."""
    name = operation.intent.get("display_name")
    return name if isinstance(name, str) and name else operation.on_behalf_of


def require_free(
    under_way: Iterable[OperationRow],
    *,
    by: Actor,
    act: ActionKind | None,
    what: str,
    together: bool = False,
) -> None:
    """Raise Busy where one of these acts on a thing has not ended; BegunAlready where it is this very one.

    `act` is None for one that is never the same twice; one done `together` is the same whoever began it.
    """
    for operation in under_way:
        mine = operation.actor_user_id == by.id
        if operation.kind == act and (mine or together):
            raise BegunAlready(operation)
        who = "You are" if mine else f"{name_of(operation)} is"
        raise Busy(f"{who} deciding on {what} right now.", hint=HINT)


class OnePress:
    """Around what raises BegunAlready for a second press: that one waits for the first, and is done with it."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __aenter__(self) -> None:
        """Nothing is to be prepared."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Whether the first press did it."""
        return isinstance(error, BegunAlready) and await _done(self._context, error.op_id)


async def _done(context: Context, op_id: OperationId) -> bool:
    """Whether an operation did what it was to do, once it has ended; False too where nobody carries it out now."""
    while True:
        async with context.store.read() as work:
            operation = await operations.find(work, id=op_id)
        if operation is None or operation.state is not OperationState.PENDING:
            return operation is not None and operation.state is OperationState.DONE
        if op_id not in context.in_flight and now() - operation.created_at > JUST_BEGUN:
            return False
        await asyncio.sleep(LOOK_SECONDS)
