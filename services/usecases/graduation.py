"""The graduation of a super-draft as a saga (§13.3, §13.5): its five steps in order, and what is written down of it."""

from __future__ import annotations

from typing import Any, ClassVar

from services.domain.audit import ActionKind
from services.domain.identifiers import OperationId
from services.domain.trailers import new_operation_id
from services.store.work import Work
from services.usecases.context import Context
from services.usecases.graduation_announcing import Announce
from services.usecases.graduation_intent import GraduationIntent, GraduationRun, record
from services.usecases.graduation_pull import OPEN_PULL, MergePull
from services.usecases.graduation_repository import CreateRepository, SeedRepository
from services.usecases.record import record_action
from services.usecases.sagas.runner import run_saga
from services.usecases.sagas.saga import SagaKind, SagaStep

MERGING = 4
"""The number of the step after which it only goes forward."""


class Graduation(SagaKind[GraduationIntent]):
    """Everything of it happens, or nothing is left of it."""

    kind: ClassVar[str] = "graduate"
    intent_type = GraduationIntent
    steps: ClassVar[tuple[SagaStep[Any, Any], ...]] = (
        CreateRepository(),
        SeedRepository(),
        OPEN_PULL,
        MergePull(),
        Announce(),
    )
    point: ClassVar[int] = MERGING

    async def record_complete(self, work: Work, context: Context, run: GraduationRun) -> None:
        """The closing bracket of its audit rows."""
        await record(work, context, run, ActionKind.GRADUATE_COMPLETE)

    async def record_turned(self, work: Work, context: Context, run: GraduationRun, reason: str) -> None:
        """Why it turned round."""
        await record(work, context, run, ActionKind.GRADUATE_FAILED, details={"reason": reason})

    async def record_undone(self, work: Work, context: Context, run: GraduationRun, reason: str) -> None:
        """The closing bracket where nothing is left of it."""
        await record(work, context, run, ActionKind.GRADUATE_UNDONE, details={"reason": reason})

    async def record_stuck(self, work: Work, context: Context, run: GraduationRun, reason: str) -> None:
        """Why a person has to decide; each time is a row of its own."""
        await record_action(
            work,
            context,
            actor_user_id=None,
            on_behalf_of=context.bot.login,
            kind=ActionKind.GRADUATE_STUCK,
            op_id=new_operation_id(),
            slug=run.intent.slug,
            details={"graduation": run.op_id, "reason": reason},
        )


GRADUATION = Graduation()


def carry_on(context: Context, op_id: OperationId) -> None:
    """Carry a graduation on in the background, unless this process is doing so."""
    context.sagas.launch(op_id, run_saga(context, GRADUATION, op_id))
